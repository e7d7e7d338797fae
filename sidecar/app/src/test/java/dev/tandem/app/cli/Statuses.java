package dev.tandem.app.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Statuses of a move from redis to nodes, as the admin port gives them. */
final class Statuses {
    static final long NOW = 1_800_000_000_000L;

    private Statuses() {}

    static JsonObject walk(long done, long total, boolean isOver) {
        return new JsonObject()
                .put("done", done)
                .put("total", total)
                .put("beganAt", NOW - 60_000)
                .put("endedAt", isOver ? NOW - 1_000 : 0);
    }

    static JsonObject status(JsonObject copied, @Nullable JsonObject verified) {
        JsonObject begun = new JsonObject()
                .put("at", NOW - 300_000)
                .put("who", "ann@desk")
                .put("what", "SINGLE -> DUAL_WRITE")
                .put("evidence", "from epoch 0\033[31m");
        return new JsonObject()
                .put(
                        "migration",
                        new JsonObject()
                                .put("namespace", "orders")
                                .put("source", "redis")
                                .put("target", "nodes")
                                .put("startedAt", NOW - 300_000)
                                .put("paused", false)
                                .put("copied", copied)
                                .put("verified", verified)
                                .put("events", new JsonArray().add(begun)))
                .put(
                        "route",
                        new JsonObject()
                                .put("namespace", "orders")
                                .put("etag", 1)
                                .put("phase", "DUAL_WRITE")
                                .put("source", "redis")
                                .put("target", "nodes")
                                .put("authority", "redis")
                                .put("mirror", "nodes")
                                .put("read_percent", 0)
                                .put("may_lag", false))
                .put("is_over", false)
                .put("obstacles", new JsonArray().add("the backfill is not done"))
                .put("progress", new JsonObject().put("rate_per_second", 1_000).put("seconds_left", 40));
    }

    static JsonObject copying() {
        return status(walk(60_000, 100_000, false), null);
    }

    static JsonObject compared() {
        JsonObject difference = new JsonObject()
                .put("recordKind", "TASK")
                .put("name", "t-1")
                .put("kind", "MISSING")
                .put("authorityVersion", 17)
                .put("mirrorVersion", 0);
        JsonObject verified = walk(100_000, 100_000, true)
                .put("inFlight", 3)
                .put("differing", 101)
                .put("differences", new JsonArray().add(difference));
        return status(walk(100_000, 100_000, true), verified);
    }
}
