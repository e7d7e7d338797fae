package dev.tandem.robustness;

import dev.tandem.testkit.HttpClients;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What an operator does to one namespace's move, by the admin ports of whatever sidecars answer. */
final class MoveAdmin {
    /** The token that its sidecars are started with. */
    static final String TOKEN = "the-token-of-a-test";

    private static final Duration ANSWER_MAX = Duration.ofSeconds(15);

    private final HttpClient http = HttpClients.http1();
    private final List<String> admins;
    private final String namespace;

    /** @param admins host:port of each sidecar's admin port */
    MoveAdmin(List<String> admins, String namespace) {
        this.admins = admins;
        this.namespace = namespace;
    }

    /** What an admin port answers, or why there is no answer. */
    record Answer(int status, JsonObject body) {
        boolean isOk() {
            return status == 200;
        }

        String phase() {
            return body.getJsonObject("route").getString("phase");
        }

        boolean isCopied() {
            return body.getJsonObject("migration").getJsonObject("copied").getLong("endedAt") > 0;
        }

        /** Whether the newest comparison has come to its end and found nothing. */
        boolean isVerified() {
            JsonObject verified = body.getJsonObject("migration").getJsonObject("verified");
            return verified != null && verified.getLong("endedAt") > 0 && verified.getLong("differing") == 0;
        }

        boolean isComparing() {
            JsonObject verified = body.getJsonObject("migration").getJsonObject("verified");
            return verified != null && verified.getLong("endedAt") == 0;
        }

        @Override
        public String toString() {
            return status + " " + body.encode();
        }
    }

    /** Takes a step at whichever sidecar answers first, and tells what came of it. */
    Answer step(String step, JsonObject more) {
        Answer answer = new Answer(0, new JsonObject().put("error", "no sidecar answers"));
        for (String admin : admins) {
            answer = send(post(admin, step, more));
            if (answer.status() > 0) {
                return answer;
            }
        }
        return answer;
    }

    Answer step(String step) {
        return step(step, new JsonObject());
    }

    /** Begins a step at one sidecar. */
    CompletableFuture<HttpResponse<String>> begin(int sidecar, String step) {
        return http.sendAsync(post(admins.get(sidecar), step, new JsonObject()), BodyHandlers.ofString());
    }

    /** How the move stands; null if nobody can say now. */
    @Nullable
    Answer status() {
        for (String admin : admins) {
            Answer answer =
                    send(request(admin, "/migrations?namespace=" + namespace).build());
            if (answer.isOk()) {
                return answer;
            }
        }
        return null;
    }

    private HttpRequest post(String admin, String step, JsonObject more) {
        return request(admin, "/migrations/" + step)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(more.copy()
                        .put("namespace", namespace)
                        .put("who", "a test")
                        .encode()))
                .build();
    }

    private static HttpRequest.Builder request(String admin, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + admin + path))
                .header("authorization", "Bearer " + TOKEN)
                .timeout(ANSWER_MAX);
    }

    private Answer send(HttpRequest request) {
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            return new Answer(answer.statusCode(), new JsonObject(answer.body()));
        } catch (IOException e) {
            return new Answer(0, new JsonObject().put("error", String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }
}
