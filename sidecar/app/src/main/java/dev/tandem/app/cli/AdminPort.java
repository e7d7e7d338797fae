package dev.tandem.app.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The admin port of a sidecar or a store node. */
final class AdminPort {
    /** An admin port that is silent for so long is taken for gone; changes of who votes may take a minute. */
    private static final Duration ANSWER_MAX = Duration.ofSeconds(70);

    private static final Duration CONNECT_MAX = Duration.ofSeconds(3);

    /** Not HTTP/2, the JDK's way to which loses bytes now and then that follow at once upon the answer that agrees to it. */
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .connectTimeout(CONNECT_MAX)
            .build();

    private static final String BACKUP = "/backup";
    private static final String MAYBE_APPLIED = ". It may have been done all the same: look before you try again";

    private final String address;
    private final @Nullable String token;

    /** @param token that operators are known by; null for none */
    AdminPort(String address, @Nullable String token) {
        this.address = address;
        this.token = token;
        try {
            uri("/raft");
        } catch (IllegalArgumentException e) {
            throw new BadInput("--admin must be host:port, not \"" + address + "\"");
        }
    }

    /** No answer, or a refusal; the message is a sentence. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        private final int exitCode;

        Failure(String sentence, int exitCode) {
            super(sentence, null, false, false);
            this.exitCode = exitCode;
        }

        int exitCode() {
            return exitCode;
        }
    }

    /** Reads a page of JSON. */
    JsonObject get(String path) throws Failure, InterruptedException {
        return send(request(path).timeout(ANSWER_MAX).build());
    }

    /** Has something changed. */
    JsonObject post(String path, JsonObject body) throws Failure, InterruptedException {
        return send(request(path)
                .timeout(ANSWER_MAX)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body.encode()))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        return token == null ? request : request.header("authorization", "Bearer " + token);
    }

    /** A value as it stands behind a question mark. */
    static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /**
     * Begins to read a backup, which may be cut off at any place. The caller closes it.
     *
     * @param query empty, or with a question mark before it
     */
    InputStream export(String query) throws Failure, InterruptedException {
        try {
            HttpResponse<InputStream> answer =
                    HTTP.send(request(BACKUP + query).timeout(ANSWER_MAX).build(), BodyHandlers.ofInputStream());
            if (answer.statusCode() == 200) {
                return answer.body();
            }
            try (InputStream body = answer.body()) {
                throw refusal(answer.statusCode(), new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw silence(e);
        }
    }

    /** Sends a backup, and returns what became of it; however long that takes. */
    JsonObject restore(String query, Supplier<InputStream> backup) throws Failure, InterruptedException {
        HttpRequest request = request(BACKUP + query)
                .header("content-type", "application/octet-stream")
                .POST(BodyPublishers.ofInputStream(backup))
                .build();
        try {
            HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw refusal(answer.statusCode(), answer.body());
            }
            return new JsonObject(answer.body());
        } catch (DecodeException e) {
            throw noAdminPort();
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw silence(e);
        } catch (IOException e) {
            throw new Failure(
                    "the connection to " + address + " broke off (" + e.getMessage()
                            + "): a part of the backup may be there." + " Import it again with --into-existing",
                    ExitCode.UNKNOWN);
        }
    }

    private URI uri(String path) {
        return URI.create("http://" + address + path);
    }

    private JsonObject send(HttpRequest request) throws Failure, InterruptedException {
        try {
            HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
            if (answer.statusCode() == 404) {
                throw new Failure(
                        "the process at " + address + whatItIsNot(request.uri().getPath()), ExitCode.REFUSED);
            } else if (answer.statusCode() != 200) {
                throw refusal(answer.statusCode(), answer.body());
            }
            return new JsonObject(answer.body());
        } catch (DecodeException e) {
            throw noAdminPort();
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw silence(e);
        } catch (IOException e) {
            throw request.method().equals("GET")
                    ? silence(e)
                    : new Failure(
                            "the connection to " + address + " broke off (" + e.getMessage() + ")" + MAYBE_APPLIED,
                            ExitCode.UNKNOWN);
        }
    }

    private static String whatItIsNot(String path) {
        return path.startsWith("/raft")
                ? " is no member of Raft groups"
                : " has no page " + path + ": name the admin port of a sidecar that has several stores";
    }

    private Failure refusal(int status, String body) {
        try {
            JsonObject json = new JsonObject(body);
            boolean isMaybe = json.getBoolean("maybe_applied", false);
            return new Failure(
                    status == 401 ? wrongToken() : json.getString("error", body) + (isMaybe ? MAYBE_APPLIED : ""),
                    isMaybe || json.getBoolean("is_partial", false)
                            ? ExitCode.UNKNOWN
                            : switch (status) {
                                case 404 -> ExitCode.NOT_FOUND;
                                case 503 -> ExitCode.UNREACHABLE;
                                default -> ExitCode.REFUSED;
                            });
        } catch (DecodeException | ClassCastException e) {
            return noAdminPort();
        }
    }

    private String wrongToken() {
        return (token == null
                        ? "the process at " + address + " asks for its admin token"
                        : "the process at " + address + " has another admin token")
                + ": give it by --token-file, TANDEM_ADMIN_TOKEN or TANDEM_ADMIN_TOKEN_FILE";
    }

    private Failure noAdminPort() {
        return new Failure("what listens at " + address + " is no admin port of Tandem's", ExitCode.REFUSED);
    }

    private Failure silence(IOException e) {
        return new Failure(
                e instanceof ConnectException
                        ? "nobody listens at " + address
                        : address + " does not answer: " + e.getMessage(),
                ExitCode.UNREACHABLE);
    }
}
