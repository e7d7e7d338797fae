package dev.tandem.grpc;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Part;
import dev.tandem.task.Progress;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.v1.Lease;
import dev.tandem.v1.Task;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records as messages. */
final class ProtoTasks {
    private ProtoTasks() {}

    static Task of(dev.tandem.task.Task task) {
        TaskSpec spec = task.spec();
        Task.Builder out = Task.newBuilder()
                .setNamespace(task.namespace())
                .setTaskId(task.id())
                .setEtag(Long.toString(task.version()))
                .setState(of(task.state()))
                .setQueue(spec.queue())
                .setKind(spec.kind())
                .setPriority(spec.priority())
                .setPayload(ProtoBytes.of(spec.payload()))
                .setRetryPolicy(of(spec.retry()))
                .setRetention(duration(spec.retentionMillis()))
                .setAttempts(task.attempts())
                .setCreateTime(timestamp(task.createdAtMillis()))
                .setUpdateTime(timestamp(task.updatedAtMillis()))
                .setResult(ProtoBytes.of(task.result()));
        if (!spec.labels().isEmpty()) {
            out.putAllLabels(spec.labels());
        }
        if (task.dueAtMillis() > 0) {
            out.setDueTime(timestamp(task.dueAtMillis()));
        }
        if (task.startedAtMillis() > 0) {
            out.setStartTime(timestamp(task.startedAtMillis()));
        }
        if (task.finishedAtMillis() > 0) {
            out.setFinishTime(timestamp(task.finishedAtMillis()));
        }
        TaskLease lease = task.lease();
        if (lease != null) {
            out.setLease(of(lease));
        }
        if (!task.progress().equals(Progress.NONE)) {
            out.setProgress(dev.tandem.v1.Progress.newBuilder()
                    .setPercent(task.progress().percent())
                    .setNote(task.progress().note()));
        }
        TaskError error = task.error();
        if (error != null) {
            out.setError(of(error));
        }
        for (Map.Entry<String, Part> part : task.parts().entrySet()) {
            out.putParts(part.getKey(), of(part.getValue()));
        }
        return out.build();
    }

    static Lease of(LeaderLease lease) {
        return Lease.newBuilder()
                .setNamespace(lease.namespace())
                .setScope(lease.scope())
                .setHolder(lease.holder())
                .setToken(lease.token())
                .setAcquireTime(timestamp(lease.acquiredAtMillis()))
                .setExpireTime(timestamp(lease.expiresAtMillis()))
                .build();
    }

    static Task.State of(TaskState state) {
        return switch (state) {
            case ENQUEUED -> Task.State.ENQUEUED;
            case PROCESSING -> Task.State.PROCESSING;
            case SUCCEEDED -> Task.State.SUCCEEDED;
            case FAILED -> Task.State.FAILED;
            case CANCELED -> Task.State.CANCELED;
        };
    }

    /** The state of a message; null for one that is unset, or of a newer API. */
    static @Nullable TaskState of(Task.State state) {
        return switch (state) {
            case ENQUEUED -> TaskState.ENQUEUED;
            case PROCESSING -> TaskState.PROCESSING;
            case SUCCEEDED -> TaskState.SUCCEEDED;
            case FAILED -> TaskState.FAILED;
            case CANCELED -> TaskState.CANCELED;
            case STATE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }

    private static dev.tandem.v1.TaskLease of(TaskLease lease) {
        return dev.tandem.v1.TaskLease.newBuilder()
                .setWorkerId(lease.workerId())
                .setToken(lease.token())
                .setExpireTime(timestamp(lease.expiresAtMillis()))
                .build();
    }

    private static dev.tandem.v1.RetryPolicy of(RetryPolicy retry) {
        return dev.tandem.v1.RetryPolicy.newBuilder()
                .setMaxAttempts(retry.maxAttempts())
                .setInitialBackoff(duration(retry.initialBackoffMillis()))
                .setMaxBackoff(duration(retry.maxBackoffMillis()))
                .setMultiplier(retry.multiplierPermille() / 1000.0)
                .build();
    }

    private static dev.tandem.v1.TaskError of(TaskError error) {
        return dev.tandem.v1.TaskError.newBuilder()
                .setCode(error.code())
                .setMessage(error.message())
                .build();
    }

    private static dev.tandem.v1.Part of(Part part) {
        dev.tandem.v1.Part.Builder out = dev.tandem.v1.Part.newBuilder()
                .setLocalId(part.localId())
                .setState(of(part.state()))
                .setUpdateTime(timestamp(part.updatedAtMillis()));
        TaskError error = part.error();
        if (error != null) {
            out.setError(of(error));
        }
        return out.build();
    }

    private static Timestamp timestamp(long millis) {
        return Timestamp.newBuilder()
                .setSeconds(Math.floorDiv(millis, 1000))
                .setNanos((int) Math.floorMod(millis, 1000L) * 1_000_000)
                .build();
    }

    private static Duration duration(long millis) {
        return Duration.newBuilder()
                .setSeconds(millis / 1000)
                .setNanos((int) (millis % 1000) * 1_000_000)
                .build();
    }
}
