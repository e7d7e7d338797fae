package dev.tandem.task;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One record: what the application asked for, and how far it has come. Immutable.
 *
 * <p>All times are milliseconds since 1970, taken from the command that set them; 0 where it has not happened.
 *
 * @param version the etag: it rises with every change and never repeats for an id, not after delete and re-create
 * @param attempts claims so far since it was created or retried by hand
 * @param dueAtMillis an enqueued task is not claimed before this
 * @param startedAtMillis the newest claim, or move to PROCESSING
 * @param finishedAtMillis when it came to a final state
 * @param lease set while a worker has it; always null unless PROCESSING
 * @param error the newest failure, kept until the task succeeds or is retried by hand
 * @param parts by node, in the order of the names; unmodifiable
 */
public record Task(
        String namespace,
        String id,
        long version,
        TaskSpec spec,
        TaskState state,
        int attempts,
        long createdAtMillis,
        long updatedAtMillis,
        long dueAtMillis,
        long startedAtMillis,
        long finishedAtMillis,
        @Nullable TaskLease lease,
        Progress progress,
        Bytes result,
        @Nullable TaskError error,
        Map<String, Part> parts)
        implements StoredRecord {
    @Override
    public ScanPosition position() {
        return new ScanPosition(RecordKind.TASK, createdAtMillis, 0, id);
    }

    /** The same as another version of it. */
    public Task withVersion(long version) {
        return new Task(
                namespace,
                id,
                version,
                spec,
                state,
                attempts,
                createdAtMillis,
                updatedAtMillis,
                dueAtMillis,
                startedAtMillis,
                finishedAtMillis,
                lease,
                progress,
                result,
                error,
                parts);
    }

    /** When a finished task may be deleted, or {@link Long#MAX_VALUE} for one that is not finished. */
    public long expiresAtMillis() {
        return state.isFinal() ? finishedAtMillis + spec.retentionMillis() : Long.MAX_VALUE;
    }

    /** When the lease runs out, or {@link Long#MAX_VALUE} without one. */
    public long leaseExpiresAtMillis() {
        return lease == null ? Long.MAX_VALUE : lease.expiresAtMillis();
    }

    /** How many bytes the application has put into it: its payload and its result. */
    public int contentBytes() {
        return spec.payload().length() + result.length();
    }

    /** Whether it waits in a queue from which it can be claimed, now or at its time. */
    public boolean isClaimable() {
        return state == TaskState.ENQUEUED && !spec.queue().isEmpty();
    }
}
