package dev.tandem.app.cli;

import dev.tandem.routing.Phase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How people are told of a move's status, as the admin port gives it. */
final class MoveText {
    private static final int DIFFERENCES_SHOWN_MAX = 20;
    private static final int EVENTS_SHOWN_MAX = 10;
    private static final int BAR_WIDTH = 30;

    static final List<String> HEADING = List.of("NAMESPACE", "FROM", "TO", "BEGUN", "STATE", "LAST STEP");

    private MoveText() {}

    /** Asks for it. */
    static JsonObject status(AdminPort port, String namespace) throws AdminPort.Failure, InterruptedException {
        return port.get("/migrations?namespace=" + AdminPort.encoded(namespace));
    }

    static Phase phase(JsonObject status) {
        return Phase.valueOf(status.getJsonObject("route").getString("phase"));
    }

    static JsonObject copied(JsonObject status) {
        return status.getJsonObject("migration").getJsonObject("copied");
    }

    /** The newest comparison; null before the first. */
    static @Nullable JsonObject compared(JsonObject status) {
        return status.getJsonObject("migration").getJsonObject("verified");
    }

    static long differing(JsonObject status) {
        JsonObject compared = compared(status);
        return compared == null ? 0 : compared.getLong("differing");
    }

    /** What a step has come to, and what stands in the way of the next one. */
    static String step(JsonObject status) {
        String over = status.getBoolean("is_over") ? ". The move is over" : "";
        return RouteText.sentence(status.getJsonObject("route")) + over + ".\n" + obstacles(status);
    }

    static String dryRun(JsonObject status) {
        String obstacles = obstacles(status);
        return RouteText.sentence(status.getJsonObject("route")) + ", and nothing was changed. The step would be: "
                + status.getString("step") + ".\n"
                + (obstacles.isEmpty() ? "Nothing stands in its way.\n" : obstacles);
    }

    private static String obstacles(JsonObject status) {
        StringBuilder text = new StringBuilder();
        status.getJsonArray("obstacles")
                .forEach(each -> text.append("! ").append(each).append('\n'));
        return text.toString();
    }

    /** All there is to say. */
    static String detail(JsonObject status, long nowMillis) {
        JsonObject migration = status.getJsonObject("migration");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "move",
                ends(migration) + ", begun " + ago(migration.getLong("startedAt"), nowMillis)
                        + (migration.getBoolean("paused") ? ", paused" : "")));
        rows.add(List.of(
                "now",
                RouteText.sentence(status.getJsonObject("route"))
                        + (status.getBoolean("is_over") ? ". The move is over" : "")));
        rows.add(List.of("copied", walk(copied(status)) + speed(status, "copied")));
        rows.add(List.of("compared", comparison(compared(status)) + speed(status, "compared")));
        return Table.of(List.of("namespace", migration.getString("namespace")), rows)
                + obstacles(status)
                + differences(status)
                + history(migration.getJsonArray("events"), nowMillis);
    }

    /** One of several moves, in a line of a table. */
    static List<String> row(JsonObject of, long nowMillis) {
        JsonObject migration = of.getJsonObject("migration");
        JsonArray events = migration.getJsonArray("events");
        return List.of(
                migration.getString("namespace"),
                migration.getString("source"),
                migration.getString("target"),
                ago(migration.getLong("startedAt"), nowMillis),
                of.getBoolean("is_over") ? "over" : migration.getBoolean("paused") ? "paused" : "under way",
                events.isEmpty()
                        ? "-"
                        : Printer.oneLine(
                                events.getJsonObject(events.size() - 1).getString("what")));
    }

    private static String ends(JsonObject migration) {
        return migration.getString("source") + " -> " + migration.getString("target");
    }

    private static String ago(long millis, long nowMillis) {
        return Printer.relative(Duration.ofMillis(millis - nowMillis - 1));
    }

    private static String walk(JsonObject walk) {
        return walk.getLong("beganAt") == 0
                ? "not begun"
                : percent(walk) + " %, " + walk.getLong("done") + " of " + (walk.getLong("endedAt") > 0 ? "" : "about ")
                        + walk.getLong("total") + " records";
    }

    private static String comparison(@Nullable JsonObject compared) {
        if (compared == null || compared.getLong("beganAt") == 0) {
            return compared == null ? "not asked for" : "not begun";
        }
        long inFlight = compared.getLong("inFlight");
        return walk(compared) + (inFlight > 0 ? ", " + inFlight + " were on their way" : "") + ", "
                + compared.getLong("differing") + " differ";
    }

    private static long percent(JsonObject walk) {
        long total = walk.getLong("total");
        if (walk.getLong("endedAt") > 0) {
            return 100;
        }
        return total == 0 ? 0 : Math.min(99, 100 * walk.getLong("done") / total);
    }

    /** How fast the walk goes, if it is the one that is under way. */
    private static String speed(JsonObject status, String which) {
        JsonObject walk = which.equals("copied") ? copied(status) : compared(status);
        JsonObject progress = status.getJsonObject("progress");
        if (walk == null || walk.getLong("beganAt") == 0 || walk.getLong("endedAt") > 0) {
            return "";
        }
        Long left = progress.getLong("seconds_left");
        return ", " + progress.getLong("rate_per_second") + "/s" + (left == null ? "" : ", " + left + "s left");
    }

    private static String differences(JsonObject status) {
        JsonObject compared = compared(status);
        if (compared == null || compared.getJsonArray("differences").isEmpty()) {
            return "";
        }
        JsonObject route = status.getJsonObject("route");
        List<List<String>> rows = new ArrayList<>();
        objects(compared.getJsonArray("differences"))
                .limit(DIFFERENCES_SHOWN_MAX)
                .forEach(each -> rows.add(List.of(
                        each.getString("recordKind").toLowerCase(Locale.ROOT),
                        Printer.oneLine(each.getString("name")),
                        each.getString("kind").toLowerCase(Locale.ROOT),
                        String.valueOf(each.getLong("authorityVersion")),
                        String.valueOf(each.getLong("mirrorVersion")))));
        long more = compared.getLong("differing") - rows.size();
        List<String> heading = List.of(
                "RECORD",
                "NAME",
                "DIFFERS BY",
                "VERSION IN " + route.getString("authority"),
                "VERSION IN " + route.getString("mirror"));
        return "\n" + Table.of(heading, rows) + (more > 0 ? "... and " + more + " more\n" : "");
    }

    private static String history(JsonArray events, long nowMillis) {
        List<List<String>> rows = new ArrayList<>();
        objects(events)
                .skip(Math.max(0, events.size() - EVENTS_SHOWN_MAX))
                .forEach(event -> rows.add(List.of(
                        ago(event.getLong("at"), nowMillis),
                        Printer.oneLine(event.getString("who")),
                        Printer.oneLine(event.getString("what")),
                        Printer.oneLine(event.getString("evidence")))));
        return rows.isEmpty() ? "" : "\n" + Table.of(List.of("WHEN", "WHO", "WHAT", "ON"), rows);
    }

    static Stream<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast);
    }

    /** A status in one line. */
    static String line(JsonObject status) {
        JsonObject migration = status.getJsonObject("migration");
        StringBuilder line = new StringBuilder();
        line.append(migration.getString("namespace")).append(": ");
        line.append(RouteText.phase(status.getJsonObject("route")));
        if (status.getBoolean("is_over")) {
            return line.append(", the move is over").toString();
        }
        line.append(", ").append(ends(migration));
        line.append("; copied ").append(walk(copied(status))).append(speed(status, "copied"));
        JsonObject compared = compared(status);
        if (compared != null) {
            line.append("; compared ").append(comparison(compared)).append(speed(status, "compared"));
        }
        return line.append(migration.getBoolean("paused") ? "; paused" : "").toString();
    }

    /** What there is in a status that is worth another line when it changes. */
    static String change(JsonObject status) {
        JsonObject compared = compared(status);
        return RouteText.phase(status.getJsonObject("route")) + status.getBoolean("is_over")
                + status.getJsonObject("migration").getBoolean("paused")
                + percent(copied(status)) + "/" + (compared == null ? "-" : percent(compared)) + "/"
                + differing(status);
    }

    /** A status in a few lines that are redrawn. */
    static List<String> bars(JsonObject status) {
        JsonObject migration = status.getJsonObject("migration");
        List<String> lines = new ArrayList<>();
        lines.add(migration.getString("namespace") + "  " + ends(migration) + "  "
                + RouteText.phase(status.getJsonObject("route"))
                + (status.getBoolean("is_over")
                        ? ", the move is over"
                        : migration.getBoolean("paused") ? ", paused" : ""));
        if (!status.getBoolean("is_over")) {
            lines.add("copied    " + bar(copied(status)) + walk(copied(status)) + speed(status, "copied"));
            lines.add("compared  " + bar(compared(status)) + comparison(compared(status)) + speed(status, "compared"));
            status.getJsonArray("obstacles").forEach(each -> lines.add("! " + each));
        }
        return lines;
    }

    private static String bar(@Nullable JsonObject walk) {
        int full = walk == null ? 0 : (int) (percent(walk) * BAR_WIDTH / 100);
        return "[" + "#".repeat(full) + "-".repeat(BAR_WIDTH - full) + "]  ";
    }
}
