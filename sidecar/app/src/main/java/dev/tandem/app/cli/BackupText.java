package dev.tandem.app.cli;

import dev.tandem.backup.BackupContents;
import dev.tandem.backup.NamespaceSummary;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What a backup has, for people and for programs. */
final class BackupText {
    private static final int NAMES_SHOWN_MAX = 10;

    private BackupText() {}

    static JsonObject json(BackupContents contents, long bytes) {
        JsonArray namespaces = new JsonArray();
        for (NamespaceSummary each : contents.namespaces()) {
            namespaces.add(new JsonObject()
                    .put("namespace", each.namespace())
                    .put("version", each.version())
                    .put("time", Instant.ofEpochMilli(each.timeMillis()).toString())
                    .put("tasks", each.tasks())
                    .put("tombstones", each.tombstones())
                    .put("leases", each.leases())
                    .put("requests", each.requests())
                    .put("changes", each.changes())
                    .put("unreadable", new JsonArray(each.unreadable())));
        }
        return new JsonObject()
                .put("begun_at", Instant.ofEpochMilli(contents.timeMillis()).toString())
                .put("tandem_version", contents.version())
                .put("store", contents.source())
                .put("bytes", bytes)
                .put("namespaces", namespaces);
    }

    /** A line about the file, and a line for each namespace. */
    static String of(BackupContents contents, long bytes) {
        List<List<String>> rows = new ArrayList<>();
        for (NamespaceSummary each : contents.namespaces()) {
            rows.add(List.of(
                    each.namespace(),
                    Long.toString(each.tasks()),
                    Long.toString(each.tombstones()),
                    Long.toString(each.leases()),
                    Long.toString(each.requests()),
                    Long.toString(each.changes()),
                    Long.toString(each.version())));
        }
        String head = "A whole backup of " + size(bytes) + ", begun at " + Instant.ofEpochMilli(contents.timeMillis())
                + " by Tandem " + contents.version() + " from " + contents.source() + ".\n";
        return rows.isEmpty()
                ? head + "It has no namespaces.\n"
                : head
                        + Table.of(
                                List.of("NAMESPACE", "TASKS", "DELETED", "LEASES", "REQUESTS", "CHANGES", "VERSION"),
                                rows);
    }

    /** What people are warned of; one line each. */
    static List<String> warnings(BackupContents contents) {
        List<String> warnings = new ArrayList<>();
        for (NamespaceSummary each : contents.namespaces()) {
            List<String> names = each.unreadable();
            if (!names.isEmpty()) {
                warnings.add("warning: of the namespace " + each.namespace()
                        + ", these can't be read and are not in the backup: "
                        + String.join(", ", names.subList(0, Math.min(NAMES_SHOWN_MAX, names.size())))
                        + (names.size() > NAMES_SHOWN_MAX ? ", .." : ""));
            }
        }
        return warnings;
    }

    static String size(long bytes) {
        return bytes < 10_240 ? bytes + " bytes" : bytes < 10 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
    }
}
