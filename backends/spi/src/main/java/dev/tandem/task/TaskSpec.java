package dev.tandem.task;

import java.util.Map;

/**
 * What the application said of a task; its life leaves this alone.
 *
 * @param queue what workers claim it from; empty for a task that nobody claims
 * @param kind free text of the application's
 * @param priority higher first
 * @param labels unmodifiable
 * @param retentionMillis how long the finished task is kept
 */
public record TaskSpec(
        String queue,
        String kind,
        int priority,
        Bytes payload,
        Map<String, String> labels,
        RetryPolicy retry,
        long retentionMillis) {
    /** Seven days, as long as the registry that this project started from kept its tasks. */
    public static final long DEFAULT_RETENTION_MILLIS = 7 * 24 * 3600_000L;

    /** A spec with this queue and payload and defaults for all else. */
    public static TaskSpec of(String queue, Bytes payload) {
        return new TaskSpec(queue, "", 0, payload, Map.of(), RetryPolicy.DEFAULT, DEFAULT_RETENTION_MILLIS);
    }

    public TaskSpec withQueue(String queue) {
        return new TaskSpec(queue, kind, priority, payload, labels, retry, retentionMillis);
    }

    public TaskSpec withKind(String kind) {
        return new TaskSpec(queue, kind, priority, payload, labels, retry, retentionMillis);
    }

    public TaskSpec withPriority(int priority) {
        return new TaskSpec(queue, kind, priority, payload, labels, retry, retentionMillis);
    }

    public TaskSpec withPayload(Bytes payload) {
        return new TaskSpec(queue, kind, priority, payload, labels, retry, retentionMillis);
    }

    public TaskSpec withLabels(Map<String, String> labels) {
        return new TaskSpec(queue, kind, priority, payload, labels, retry, retentionMillis);
    }

    public TaskSpec withRetry(RetryPolicy retry) {
        return new TaskSpec(queue, kind, priority, payload, labels, retry, retentionMillis);
    }

    public TaskSpec withRetentionMillis(long retentionMillis) {
        return new TaskSpec(queue, kind, priority, payload, labels, retry, retentionMillis);
    }
}
