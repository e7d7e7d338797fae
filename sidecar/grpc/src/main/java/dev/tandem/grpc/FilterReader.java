package dev.tandem.grpc;

import dev.tandem.store.TaskFilter;
import dev.tandem.task.Limits;
import dev.tandem.v1.CountTasksRequest;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.WatchTasksRequest;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The conditions that tasks are picked by. */
final class FilterReader {
    private static final int CONDITIONS_MAX = 32;

    private FilterReader() {}

    static TaskFilter of(Checks checks, ListTasksRequest request) {
        return new TaskFilter(
                checks.states("states", request.getStatesList()),
                checks.names("queues", request.getQueuesList(), CONDITIONS_MAX),
                checks.names("kinds", request.getKindsList(), CONDITIONS_MAX),
                checks.nameOrEmpty("node", request.getNode()),
                labels(checks, request.getLabelsList()),
                request.hasCreatedFrom() ? checks.time("created_from", request.getCreatedFrom()) : 0,
                request.hasCreatedBefore()
                        ? checks.time("created_before", request.getCreatedBefore())
                        : Long.MAX_VALUE);
    }

    static TaskFilter of(Checks checks, CountTasksRequest request) {
        return new TaskFilter(
                checks.states("states", request.getStatesList()),
                checks.names("queues", request.getQueuesList(), CONDITIONS_MAX),
                checks.names("kinds", request.getKindsList(), CONDITIONS_MAX),
                checks.nameOrEmpty("node", request.getNode()),
                labels(checks, request.getLabelsList()),
                request.hasCreatedFrom() ? checks.time("created_from", request.getCreatedFrom()) : 0,
                request.hasCreatedBefore()
                        ? checks.time("created_before", request.getCreatedBefore())
                        : Long.MAX_VALUE);
    }

    static TaskFilter of(Checks checks, WatchTasksRequest request) {
        return new TaskFilter(
                checks.states("states", request.getStatesList()),
                checks.names("queues", request.getQueuesList(), CONDITIONS_MAX),
                checks.names("kinds", request.getKindsList(), CONDITIONS_MAX),
                checks.nameOrEmpty("node", request.getNode()),
                labels(checks, request.getLabelsList()),
                0,
                Long.MAX_VALUE);
    }

    private static Map<String, String> labels(Checks checks, List<String> values) {
        if (values.isEmpty()) {
            return Map.of();
        }
        if (values.size() > Limits.LABELS_MAX) {
            checks.violate("labels", "must be at most " + Limits.LABELS_MAX + ", and are " + values.size());
            return Map.of();
        }
        TreeMap<String, String> labels = new TreeMap<>();
        for (int i = 0; i < values.size(); i++) {
            String pair = values.get(i);
            String field = "labels[" + i + "]";
            int equals = pair.indexOf('=');
            if (equals < 0) {
                checks.violate(field, "must be key=value, and " + Checks.is(pair));
                continue;
            }
            String key = checks.name(field, pair.substring(0, equals));
            String value = checks.text(field, pair.substring(equals + 1), Limits.LABEL_VALUE_BYTES_MAX);
            String other = labels.put(key, value);
            if (other != null && !other.equals(value)) {
                checks.violate(field, "asks for another value of a label that is asked for already");
            }
        }
        return Collections.unmodifiableMap(labels);
    }
}
