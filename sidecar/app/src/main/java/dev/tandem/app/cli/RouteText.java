package dev.tandem.app.cli;

import dev.tandem.routing.Phase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;

/** How people are told of a policy, as the admin port gives it. */
final class RouteText {
    static final List<String> HEADING = List.of("NAMESPACE", "PHASE", "DECIDES", "FOLLOWS", "READS", "ETAG");

    private RouteText() {}

    /** A policy in a line of a table. */
    static List<String> row(JsonObject route) {
        return List.of(
                route.getString("namespace"),
                route.getString("phase"),
                route.getString("authority"),
                Objects.requireNonNullElse(route.getString("mirror"), "-"),
                reads(route),
                String.valueOf(route.getLong("etag")));
    }

    private static String reads(JsonObject route) {
        return switch (Phase.valueOf(route.getString("phase"))) {
            case SINGLE, DUAL_WRITE, WRITE_SWITCHED -> route.getString("authority");
            case READ_NEWEST -> "both";
            case READ_SWITCHED -> route.getString("mirror") + " " + route.getInteger("read_percent") + " %";
        };
    }

    /** The phase, and what belongs to it. */
    static String phase(JsonObject route) {
        Phase phase = Phase.valueOf(route.getString("phase"));
        return phase + (phase == Phase.READ_SWITCHED ? " " + route.getInteger("read_percent") + " %" : "") + " (etag "
                + route.getLong("etag") + ")";
    }

    /** Who does what, without a full stop. */
    static String sentence(JsonObject route) {
        Phase phase = Phase.valueOf(route.getString("phase"));
        String namespace = route.getString("namespace");
        String authority = route.getString("authority");
        if (phase == Phase.SINGLE) {
            return namespace + " is in " + authority + " (etag " + route.getLong("etag") + ")";
        }
        String mirror = route.getString("mirror");
        return namespace + " is in " + phase(route) + ": " + authority + " decides, " + mirror + " follows"
                + (route.getBoolean("may_lag") && !phase.showsOnlyMirrored() ? " and may lag" : "")
                + switch (phase) {
                    case READ_NEWEST -> ", reads show what both have";
                    case READ_SWITCHED -> ", " + route.getInteger("read_percent") + " % of keys are read in " + mirror;
                    default -> "";
                };
    }
}
