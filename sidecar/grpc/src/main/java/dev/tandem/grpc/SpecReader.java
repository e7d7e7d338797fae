package dev.tandem.grpc;

import dev.tandem.task.Limits;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.Verb;
import dev.tandem.v1.Part;
import dev.tandem.v1.Task;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What an application says of a task, read from its message. */
final class SpecReader {
    private static final String MASKABLE =
            "must name queue, kind, priority, payload, labels, retry_policy, retention or due_time, and ";

    private final ApiLimits limits;

    SpecReader(ApiLimits limits) {
        this.limits = limits;
    }

    TaskSpec spec(Checks checks, String field, Task task) {
        return new TaskSpec(
                checks.nameOrEmpty(field + ".queue", task.getQueue()),
                checks.nameOrEmpty(field + ".kind", task.getKind()),
                priority(checks, field, task),
                checks.payload(field + ".payload", task.getPayload(), limits.payloadBytesMax()),
                labels(checks, field, task),
                retry(checks, field, task),
                retention(checks, field, task));
    }

    /** The fields of {@code task} that the mask names. */
    Verb.Update update(
            Checks checks, String taskId, long expectedVersion, Task task, Iterable<String> mask, long nowMillis) {
        Verb.Update update = new Verb.Update(taskId, expectedVersion, null, null, null, null, null, null, null, null);
        boolean isEmpty = true;
        for (String path : mask) {
            isEmpty = false;
            update = with(checks, update, task, path, nowMillis);
        }
        if (isEmpty) {
            checks.violate("update_mask", MASKABLE + "is empty");
        }
        return update;
    }

    private Verb.Update with(Checks checks, Verb.Update was, Task task, String path, long nowMillis) {
        String queue = was.queue();
        String kind = was.kind();
        Integer priority = was.priority();
        var payload = was.payload();
        Map<String, String> labels = was.labels();
        RetryPolicy retry = was.retry();
        Long retention = was.retentionMillis();
        Long due = was.dueAtMillis();
        switch (path) {
            case "queue" -> queue = checks.nameOrEmpty("task.queue", task.getQueue());
            case "kind" -> kind = checks.nameOrEmpty("task.kind", task.getKind());
            case "priority" -> priority = priority(checks, "task", task);
            case "payload" -> payload = checks.payload("task.payload", task.getPayload(), limits.payloadBytesMax());
            case "labels" -> labels = labels(checks, "task", task);
            case "retry_policy" -> retry = retry(checks, "task", task);
            case "retention" -> retention = retention(checks, "task", task);
            case "due_time" -> due = due(checks, "task.due_time", task, nowMillis);
            default -> checks.violate("update_mask", MASKABLE + Checks.is(path));
        }
        return new Verb.Update(
                was.taskId(), was.expectedVersion(), queue, kind, priority, payload, labels, retry, retention, due);
    }

    /** The due time in milliseconds; 0 for at once. */
    long due(Checks checks, String field, Task task, long nowMillis) {
        if (!task.hasDueTime()) {
            return 0;
        }
        long due = checks.time(field, task.getDueTime());
        if (due - nowMillis > Limits.HORIZON_MILLIS_MAX) {
            checks.violate(field, "must be at most ten years ahead");
            return 0;
        }
        return due;
    }

    /** The parts of a task to be created: each node's local id. */
    Map<String, String> parts(Checks checks, String field, Task task) {
        int count = task.getPartsCount();
        if (count == 0) {
            return Map.of();
        }
        if (count > Limits.PARTS_MAX) {
            checks.violate(field + ".parts", "must be at most " + Limits.PARTS_MAX + ", and are " + count);
            return Map.of();
        }
        TreeMap<String, String> parts = new TreeMap<>();
        for (Map.Entry<String, Part> part : task.getPartsMap().entrySet()) {
            String at = field + ".parts[" + Checks.shown(part.getKey()) + "]";
            parts.put(
                    checks.name(at, part.getKey()),
                    checks.text(at + ".local_id", part.getValue().getLocalId(), Limits.TEXT_BYTES_MAX));
        }
        return Collections.unmodifiableMap(parts);
    }

    TaskError error(Checks checks, String field, dev.tandem.v1.TaskError error) {
        int codeLength = error.getCode().length();
        if (codeLength > Limits.ERROR_CODE_LENGTH_MAX) {
            checks.violate(
                    field + ".code",
                    "must be at most " + Limits.ERROR_CODE_LENGTH_MAX + " characters, and has " + codeLength);
        }
        return new TaskError(
                error.getCode(), checks.text(field + ".message", error.getMessage(), Limits.ERROR_MESSAGE_BYTES_MAX));
    }

    /** The error, or null where the message is unset. */
    @Nullable
    TaskError errorOrNull(Checks checks, String field, boolean isSet, dev.tandem.v1.TaskError error) {
        return isSet ? error(checks, field, error) : null;
    }

    private static int priority(Checks checks, String field, Task task) {
        return checks.range(field + ".priority", task.getPriority(), Limits.PRIORITY_MIN, Limits.PRIORITY_MAX);
    }

    private static long retention(Checks checks, String field, Task task) {
        return task.hasRetention()
                ? checks.millis(field + ".retention", task.getRetention(), 0, Limits.HORIZON_MILLIS_MAX)
                : TaskSpec.DEFAULT_RETENTION_MILLIS;
    }

    private static Map<String, String> labels(Checks checks, String field, Task task) {
        int count = task.getLabelsCount();
        if (count == 0) {
            return Map.of();
        }
        if (count > Limits.LABELS_MAX) {
            checks.violate(field + ".labels", "must be at most " + Limits.LABELS_MAX + ", and are " + count);
            return Map.of();
        }
        TreeMap<String, String> labels = new TreeMap<>();
        for (Map.Entry<String, String> label : task.getLabelsMap().entrySet()) {
            String at = field + ".labels[" + Checks.shown(label.getKey()) + "]";
            labels.put(
                    checks.name(at, label.getKey()), checks.text(at, label.getValue(), Limits.LABEL_VALUE_BYTES_MAX));
        }
        return Collections.unmodifiableMap(labels);
    }

    private static RetryPolicy retry(Checks checks, String field, Task task) {
        if (!task.hasRetryPolicy()) {
            return RetryPolicy.DEFAULT;
        }
        dev.tandem.v1.RetryPolicy policy = task.getRetryPolicy();
        RetryPolicy otherwise = RetryPolicy.DEFAULT;
        String at = field + ".retry_policy";
        int attempts = policy.hasMaxAttempts()
                ? checks.range(at + ".max_attempts", policy.getMaxAttempts(), 1, Limits.ATTEMPTS_MAX)
                : otherwise.maxAttempts();
        long initial = policy.hasInitialBackoff()
                ? checks.millis(at + ".initial_backoff", policy.getInitialBackoff(), 0, Limits.BACKOFF_MILLIS_MAX)
                : otherwise.initialBackoffMillis();
        long max = policy.hasMaxBackoff()
                ? checks.millis(at + ".max_backoff", policy.getMaxBackoff(), 0, Limits.BACKOFF_MILLIS_MAX)
                : Math.max(initial, otherwise.maxBackoffMillis());
        if (max < initial) {
            checks.violate(at + ".max_backoff", "must not be below initial_backoff");
        }
        int multiplier = policy.hasMultiplier()
                ? multiplier(checks, at + ".multiplier", policy.getMultiplier())
                : otherwise.multiplierPermille();
        return new RetryPolicy(attempts, initial, max, multiplier);
    }

    private static int multiplier(Checks checks, String field, double value) {
        double permille = value * 1000;
        long rounded = Math.round(permille);
        // Three decimals have no exact double: what is off by less than a millionth of a step is meant as the step.
        if (!(Math.abs(permille - rounded) < 1e-6) || rounded < 1000 || rounded > Limits.MULTIPLIER_PERMILLE_MAX) {
            checks.violate(field, "must be 1 to 10 with at most three decimals, and is " + value);
            return 1000;
        }
        return (int) rounded;
    }
}
