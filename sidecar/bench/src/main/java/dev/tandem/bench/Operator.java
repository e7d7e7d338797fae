package dev.tandem.bench;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Takes the steps of one namespace's moves by a sidecar's admin port, as an operator does by {@code tandem migrate}. */
final class Operator {
    private static final Duration ANSWER_MAX = Duration.ofSeconds(40);

    /**
     * A move as the admin port tells it.
     *
     * @param copied records that have been copied
     * @param copyMillis how long the copying took; 0 if it has not ended
     * @param compareMillis how long the comparing took; 0 if it has not ended
     * @param differing records that really differ
     * @param secondsLeft null if it can't be told
     */
    record Status(
            String phase,
            long copied,
            long copyTotal,
            long copyMillis,
            long compared,
            long compareTotal,
            long compareMillis,
            long inFlight,
            long differing,
            double ratePerSecond,
            @Nullable Double secondsLeft,
            List<String> obstacles) {
        static Status of(JsonObject json) {
            JsonObject migration = json.getJsonObject("migration");
            JsonObject progress = json.getJsonObject("progress");
            JsonArray obstacles = json.getJsonArray("obstacles", new JsonArray());
            Number rate = progress.getNumber("rate_per_second");
            Number left = progress.getNumber("seconds_left");
            return new Status(
                    json.getJsonObject("route").getString("phase"),
                    progress.getLong("copied"),
                    progress.getLong("copy_total"),
                    millis(migration.getJsonObject("copied")),
                    progress.getLong("compared"),
                    progress.getLong("compare_total"),
                    millis(migration.getJsonObject("verified")),
                    progress.getLong("in_flight"),
                    progress.getLong("differing"),
                    rate == null ? 0 : rate.doubleValue(),
                    left == null ? null : left.doubleValue(),
                    obstacles.stream().map(String::valueOf).toList());
        }

        private static long millis(@Nullable JsonObject walk) {
            long ended = walk == null ? 0 : walk.getLong("endedAt", 0L);
            // One that took less than the clock can tell has ended, too.
            return ended == 0
                    ? 0
                    : Math.max(1, ended - Objects.requireNonNull(walk).getLong("beganAt"));
        }

        boolean isCopied() {
            return copyMillis > 0;
        }

        boolean isCompared() {
            return compareMillis > 0;
        }
    }

    private final Admin admin;
    private final int port;
    private final String token;
    private final String namespace;
    private final String who;

    /** @param who as which it acts, for the record */
    Operator(Vertx vertx, int port, String token, String namespace, String who) {
        this.admin = new Admin(vertx);
        this.port = port;
        this.token = token;
        this.namespace = namespace;
        this.who = who;
    }

    /**
     * Takes a step, and waits until it is answered.
     *
     * @param verb the last part of the page's path
     * @param more fields beside the namespace
     * @throws Admin.Refusal if it is refused
     */
    Status step(String verb, JsonObject more) {
        JsonObject body =
                new JsonObject().put("namespace", namespace).put("who", who).mergeIn(more);
        return ask("/migrations/" + verb, body);
    }

    Status status() {
        return ask("/migrations?namespace=" + URLEncoder.encode(namespace, StandardCharsets.UTF_8), null);
    }

    private Status ask(String path, @Nullable JsonObject body) {
        try {
            JsonObject json = Waiting.on(admin.ask(port, path, token, body), ANSWER_MAX, "the answer to " + path);
            return Status.of(json);
        } catch (BenchException e) {
            if (e.getCause() instanceof Admin.Refusal refusal) {
                throw refusal;
            }
            throw e;
        } catch (ClassCastException | NullPointerException e) {
            throw new BenchException("the answer to " + path + " is not what was expected: " + e.getMessage(), e);
        }
    }
}
