package dev.tandem.migration;

import dev.tandem.migration.Migration.Comparison;
import dev.tandem.migration.Migration.Walk;
import dev.tandem.migration.Migrations.Status;
import dev.tandem.routing.Policy;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A move's status as admin pages show it. */
final class StatusJson {
    private StatusJson() {}

    static JsonObject of(Status status) {
        Migration migration = status.migration();
        JsonObject json = new JsonObject()
                .put("migration", migration.toJson())
                .put("route", route(migration.namespace(), status.policy()))
                .put("is_over", status.isOver())
                .put("obstacles", new JsonArray(status.obstacles()))
                .put("progress", progress(status));
        if (status.step() != null) {
            json.put("step", status.step());
        }
        return json;
    }

    static JsonObject route(String namespace, Policy policy) {
        return new JsonObject()
                .put("namespace", namespace)
                .put("etag", policy.epoch())
                .put("phase", policy.phase().name())
                .put("source", policy.source())
                .put("target", policy.target())
                .put("authority", policy.authority())
                .put("mirror", policy.mirror())
                .put("read_percent", policy.readPercent())
                .put("may_lag", policy.mayLag());
    }

    private static JsonObject progress(Status status) {
        Migration migration = status.migration();
        Comparison verified = migration.verified();
        Walk copied = migration.copied();
        Walk compared = verified == null ? Walk.NOT_BEGUN : verified.walk();
        Walk current = copied.isOver() && verified != null ? compared : copied;
        boolean goesOn = !status.isOver() && !migration.isPaused();
        return new JsonObject()
                .put("copied", copied.done())
                .put("copy_total", copied.total())
                .put("compared", compared.done())
                .put("compare_total", compared.total())
                .put("in_flight", verified == null ? 0 : verified.inFlight())
                .put("differing", verified == null ? 0 : verified.differing())
                .put("rate_per_second", Math.round(ratePerSecond(current, status.atMillis())))
                .put("seconds_left", goesOn ? secondsLeft(current, status.atMillis()) : null);
    }

    /** From its beginning to its end, or up to now. */
    private static double ratePerSecond(Walk walk, long nowMillis) {
        long millis = (walk.isOver() ? walk.endedAtMillis() : nowMillis) - walk.beganAtMillis();
        return walk.done() == 0 ? 0 : walk.done() * 1000.0 / Math.max(1, millis);
    }

    /** Of the walk that is under way; null if that can't be told. */
    private static @Nullable Long secondsLeft(Walk walk, long nowMillis) {
        double rate = ratePerSecond(walk, nowMillis);
        if (walk.isOver()) {
            return 0L;
        }
        return rate == 0 ? null : (long) Math.ceil(Math.max(0, walk.total() - walk.done()) / rate);
    }
}
