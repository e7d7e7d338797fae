package dev.tandem.robustness;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.tandem.task.Bytes;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Part;
import dev.tandem.task.Progress;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.Task;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.v1.Lease;
import java.util.Collections;
import java.util.TreeMap;

/** What the API shows of records, as the rules know them. */
final class Records {
    private Records() {}

    /** @param leaseMillis what the API does not show: for how long its lease was asked for */
    static Task task(dev.tandem.v1.Task message, long leaseMillis) {
        TreeMap<String, Part> parts = new TreeMap<>();
        message.getPartsMap().forEach((node, part) -> parts.put(node, part(part)));
        return new Task(
                message.getNamespace(),
                message.getTaskId(),
                Long.parseLong(message.getEtag()),
                spec(message),
                TaskState.valueOf(message.getState().name()),
                message.getAttempts(),
                millis(message.getCreateTime()),
                millis(message.getUpdateTime()),
                millis(message.getDueTime()),
                millis(message.getStartTime()),
                millis(message.getFinishTime()),
                message.hasLease() ? lease(message.getLease(), leaseMillis) : null,
                new Progress(
                        message.getProgress().getPercent(),
                        message.getProgress().getNote()),
                Bytes.of(message.getResult().toByteArray()),
                message.hasError() ? error(message.getError()) : null,
                Collections.unmodifiableMap(parts));
    }

    private static TaskSpec spec(dev.tandem.v1.Task message) {
        dev.tandem.v1.RetryPolicy retry = message.getRetryPolicy();
        return new TaskSpec(
                message.getQueue(),
                message.getKind(),
                message.getPriority(),
                Bytes.of(message.getPayload().toByteArray()),
                Collections.unmodifiableMap(new TreeMap<>(message.getLabelsMap())),
                new RetryPolicy(
                        retry.getMaxAttempts(), millis(retry.getInitialBackoff()), millis(retry.getMaxBackoff()), (int)
                                Math.round(retry.getMultiplier() * 1000)),
                millis(message.getRetention()));
    }

    private static TaskLease lease(dev.tandem.v1.TaskLease lease, long leaseMillis) {
        return new TaskLease(lease.getWorkerId(), lease.getToken(), millis(lease.getExpireTime()), leaseMillis);
    }

    private static TaskError error(dev.tandem.v1.TaskError error) {
        return new TaskError(error.getCode(), error.getMessage());
    }

    private static Part part(dev.tandem.v1.Part part) {
        return new Part(
                part.getLocalId(),
                TaskState.valueOf(part.getState().name()),
                part.hasError() ? error(part.getError()) : null,
                millis(part.getUpdateTime()));
    }

    /** A leader's lease. Its version is not shown, and 0. */
    static LeaderLease lease(Lease lease, long leaseMillis) {
        return new LeaderLease(
                lease.getNamespace(),
                lease.getScope(),
                lease.getHolder(),
                lease.getToken(),
                0,
                millis(lease.getAcquireTime()),
                millis(lease.getExpireTime()),
                leaseMillis);
    }

    static long millis(Timestamp time) {
        return time.getSeconds() * 1000 + time.getNanos() / 1_000_000;
    }

    static long millis(Duration duration) {
        return duration.getSeconds() * 1000 + duration.getNanos() / 1_000_000;
    }

    static Duration duration(long millis) {
        return Duration.newBuilder()
                .setSeconds(millis / 1000)
                .setNanos((int) (millis % 1000) * 1_000_000)
                .build();
    }
}
