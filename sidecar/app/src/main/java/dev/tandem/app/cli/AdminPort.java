package dev.tandem.app.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** The admin port of a process with a Raft member. */
final class AdminPort {
    /** An admin port that is silent for so long is taken for gone; changes of who votes may take a minute. */
    private static final Duration ANSWER_MAX = Duration.ofSeconds(70);

    private static final Duration CONNECT_MAX = Duration.ofSeconds(3);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(CONNECT_MAX).build();

    private final String address;

    AdminPort(String address) {
        this.address = address;
        try {
            uri("/raft");
        } catch (IllegalArgumentException e) {
            throw new BadInput("--admin must be host:port, not \"" + address + "\"");
        }
    }

    /** No answer, or a refusal; the message is a sentence. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean isRefusal;

        Failure(String sentence, boolean isRefusal) {
            super(sentence, null, false, false);
            this.isRefusal = isRefusal;
        }

        int exitCode() {
            return isRefusal ? ExitCode.REFUSED : ExitCode.UNREACHABLE;
        }
    }

    JsonObject get(String path) throws Failure, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    JsonObject post(String path, JsonObject body) throws Failure, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body.encode())));
    }

    private URI uri(String path) {
        return URI.create("http://" + address + path);
    }

    private JsonObject send(HttpRequest.Builder request) throws Failure, InterruptedException {
        try {
            HttpResponse<String> answer = HTTP.send(request.timeout(ANSWER_MAX).build(), BodyHandlers.ofString());
            if (answer.statusCode() == 404) {
                throw new Failure("the process at " + address + " is no member of Raft groups", true);
            }
            JsonObject json = new JsonObject(answer.body());
            if (answer.statusCode() != 200) {
                throw new Failure(json.getString("error", answer.body()), true);
            }
            return json;
        } catch (DecodeException e) {
            throw new Failure("what listens at " + address + " is no admin port of Tandem's", true);
        } catch (ConnectException e) {
            throw new Failure("nobody listens at " + address, false);
        } catch (IOException e) {
            throw new Failure(address + " does not answer: " + e.getMessage(), false);
        }
    }
}
