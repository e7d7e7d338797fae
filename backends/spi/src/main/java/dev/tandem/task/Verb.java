package dev.tandem.task;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a command does. Bounds are checked before a verb is made (see {@link Limits}); rules may rely on them.
 *
 * <p>An {@code expectedVersion} of 0 means any. A {@code token} of 0 means that the caller claims no lease.
 */
public sealed interface Verb {
    /** The number that stands for this verb in stored bytes; never reused, never changed. */
    int code();

    /** A verb on one task. */
    sealed interface OnTask extends Verb {
        String taskId();
    }

    /** A verb on one leader's lease. */
    sealed interface OnLease extends Verb {
        String scope();
    }

    /** A verb on as many tasks as the store finds for it, up to {@code limit}. */
    sealed interface OnMany extends Verb {
        int limit();
    }

    /**
     * Creates a task, if the id is free.
     *
     * @param dueAtMillis not claimed before this; 0 for at once
     * @param delayMillis not claimed before this long after the command's time; 0 for at once
     * @param parts node to its local id, for a fanned-out task
     */
    record Create(String taskId, TaskSpec spec, long dueAtMillis, long delayMillis, Map<String, String> parts)
            implements OnTask {
        @Override
        public int code() {
            return 1;
        }

        public Create withTaskId(String taskId) {
            return new Create(taskId, spec, dueAtMillis, delayMillis, parts);
        }
    }

    /** Replaces the named fields of a task's spec; null leaves a field alone. */
    record Update(
            String taskId,
            long expectedVersion,
            @Nullable String queue,
            @Nullable String kind,
            @Nullable Integer priority,
            @Nullable Bytes payload,
            @Nullable Map<String, String> labels,
            @Nullable RetryPolicy retry,
            @Nullable Long retentionMillis,
            @Nullable Long dueAtMillis)
            implements OnTask {
        @Override
        public int code() {
            return 2;
        }
    }

    /** Reports one node's part; a new node joins the fan-out. The whole takes the state that its parts add up to. */
    record UpdatePart(
            String taskId,
            long expectedVersion,
            String node,
            @Nullable String localId,
            TaskState state,
            @Nullable TaskError error)
            implements OnTask {
        @Override
        public int code() {
            return 3;
        }
    }

    /** Moves a task to another state, for applications that do without claims. */
    record Transition(
            String taskId,
            long expectedVersion,
            long token,
            TaskState to,
            Bytes result,
            @Nullable TaskError error) implements OnTask {
        @Override
        public int code() {
            return 4;
        }
    }

    /**
     * Extends a worker's lease.
     *
     * @param leaseMillis counted from the command's time; 0 for as long as at the claim
     */
    record Renew(
            String taskId,
            long token,
            long leaseMillis,
            @Nullable Progress progress) implements OnTask {
        @Override
        public int code() {
            return 5;
        }
    }

    /** Finishes a task as SUCCEEDED. */
    record Complete(String taskId, long token, Bytes result) implements OnTask {
        @Override
        public int code() {
            return 6;
        }
    }

    /**
     * Reports that an attempt failed: back to the queue after the retry policy's wait, or FAILED for good.
     *
     * @param isFinal do not try again, whatever the policy says
     */
    record Fail(String taskId, long token, TaskError error, boolean isFinal) implements OnTask {
        @Override
        public int code() {
            return 7;
        }
    }

    /** Gives a claimed task back untried; the attempt does not count. */
    record Release(String taskId, long token, long delayMillis) implements OnTask {
        @Override
        public int code() {
            return 8;
        }
    }

    /** Calls a task off, whoever has it. Calling it off twice is a success. */
    record Cancel(String taskId, long expectedVersion, String reason) implements OnTask {
        @Override
        public int code() {
            return 9;
        }
    }

    /** Puts a FAILED or CANCELED task back into its queue with all attempts, and a waiting one's turn at once. */
    record Retry(String taskId, long expectedVersion) implements OnTask {
        @Override
        public int code() {
            return 10;
        }
    }

    /** Removes a task in whatever state, leaving a tombstone with a version. */
    record Delete(String taskId, long expectedVersion) implements OnTask {
        @Override
        public int code() {
            return 11;
        }
    }

    /**
     * Claims due tasks for one worker: highest priority first, then longest due, then by id.
     *
     * <p>Leases that have run out are taken back first, so that a claim sees what they free.
     */
    record Claim(List<String> queues, String workerId, long leaseMillis, int limit) implements OnMany {
        @Override
        public int code() {
            return 12;
        }
    }

    /**
     * Takes back leases that have run out, deletes what its retention no longer keeps, forgets old request ids. A mirror only
     * forgets: the rest comes from the authority.
     */
    record Sweep(int limit) implements OnMany {
        @Override
        public int code() {
            return 13;
        }
    }

    /** Deletes finished tasks that were finished before a time, oldest first. */
    record Prune(Set<TaskState> states, long finishedBeforeMillis, int limit) implements OnMany {
        @Override
        public int code() {
            return 14;
        }
    }

    /** Takes a free or expired scope; by its holder, renews it. */
    record AcquireLease(String scope, String holder, long leaseMillis) implements OnLease {
        @Override
        public int code() {
            return 15;
        }
    }

    /** Extends a leader's lease that still holds. */
    record RenewLease(String scope, long token, long leaseMillis) implements OnLease {
        @Override
        public int code() {
            return 16;
        }
    }

    /** Gives a scope back before its time. */
    record ReleaseLease(String scope, long token) implements OnLease {
        @Override
        public int code() {
            return 17;
        }
    }

    /**
     * Takes over another store's records as they are, each if it is newer than what there is of its name. Doing it again, or
     * in another order, comes to the same.
     *
     * <p>Newer is a higher version, for a lease as well; a task and a tombstone of one id are compared with each other. Of
     * a request, everything that either record says it touched is remembered, until the later of their times. The namespace's time goes
     * on to the command's, which is to be the other store's. Its versions go on behind {@code version} and those of the
     * records. Who reads its changes can't be told of these: cursors from before expire, unless the store is a mirror, and they do when it
     * becomes anything else.
     *
     * @param records of the command's namespace, {@link Limits#MIRROR_MAX} of them at most
     * @param version the highest that the other store has given in the namespace
     */
    record Mirror(List<StoredRecord> records, long version) implements Verb {
        @Override
        public int code() {
            return 18;
        }
    }

    /**
     * Moves the store's gate on, if it is as expected: compare-and-set. Admitted whatever the command's epoch. A gate that is as wanted is left
     * as it is, so a move that broke off is made again. Of several shards the first one decides, and the others follow it.
     *
     * <p>A mirror that becomes anything else has its changes told from then on: cursors from before expire, as several of the records that it
     * took may have one version. A store without an outbox forgets what was in it.
     *
     * @param expectedEpoch of the gate as it is; {@link #ANY_LOWER} for any before {@code to}
     * @param to of a higher epoch than {@code expectedEpoch}
     */
    record MoveGate(long expectedEpoch, Gate to) implements Verb {
        /** Expects any epoch below the one that is wanted. */
        public static final long ANY_LOWER = -1;

        public MoveGate {
            if (to.epoch() <= expectedEpoch) {
                throw new IllegalArgumentException(
                        "a gate does not go from epoch " + expectedEpoch + " to " + to.epoch());
            }
        }

        @Override
        public int code() {
            return 19;
        }
    }

    /**
     * Takes entries out of the outbox, each if its version is the one that is there: the mirror has them.
     *
     * @param shard whose outbox the entries are of. One request may be in several shards' outboxes, each with its own part and a version
     *     that means nothing to the others. With {@link #ANY_SHARD}, tasks and leases are found by their names, and where there are several
     *     shards, requests stay
     * @param entries {@link Limits#MIRROR_MAX} of them at most
     */
    record Acknowledge(int shard, List<OutboxEntry> entries) implements Verb {
        /** Wherever what an entry names belongs. */
        public static final int ANY_SHARD = -1;

        public Acknowledge(List<OutboxEntry> entries) {
            this(ANY_SHARD, entries);
        }

        @Override
        public int code() {
            return 20;
        }
    }
}
