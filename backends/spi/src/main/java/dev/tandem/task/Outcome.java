package dev.tandem.task;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a command came to. A rejection is a value too: the command was evaluated, and nothing was changed. */
public sealed interface Outcome {
    /** The record as it was written. */
    record Applied(Task task) implements Outcome {}

    /** Nothing had to change: the record is as the command wants it, or the command was applied before. */
    record Unchanged(Task task) implements Outcome {}

    /**
     * The task is gone.
     *
     * @param version the tombstone's
     */
    record Deleted(String taskId, long version) implements Outcome {}

    /**
     * What a claim got; may be empty.
     *
     * @param nextDueAtMillis when it is worth asking again, if nothing changes until then; {@link Long#MAX_VALUE} if
     *     nothing is scheduled; {@link #NEVER_AGAIN} for a repeated request, which gets only what it got before, as far
     *     as it is still held
     */
    record Claimed(List<Task> tasks, long nextDueAtMillis) implements Outcome {
        /** No time: asking again under the same request id will not get anything else. */
        public static final long NEVER_AGAIN = 0;
    }

    /**
     * What a sweep or prune did.
     *
     * @param more whether it stopped at its limit with work left
     */
    record Swept(long requeued, long deleted, boolean more) implements Outcome {}

    /** The lease as it was written. A released one has no holder. */
    record Granted(LeaderLease lease) implements Outcome {}

    /**
     * Records were taken over.
     *
     * @param applied how many of them: those that were newer. One that several shards have a part of counts for each
     */
    record Mirrored(long applied) implements Outcome {}

    /**
     * The gate after a {@link Verb.MoveGate}.
     *
     * @param moved whether it is as the command wants it, now or from earlier; else it was not as expected, and is left alone
     */
    record Gated(Gate gate, boolean moved) implements Outcome {}

    /** So many entries were taken out of the outbox. */
    record Acknowledged(long entries) implements Outcome {}

    /**
     * The command was routed by another policy than the store has, or the store takes none now. Nothing was changed.
     *
     * @param gate the store's
     */
    record Fenced(Gate gate) implements Outcome {}

    /**
     * The rules say no, and nothing was changed.
     *
     * @param message a sentence for people
     * @param task the record that stood in the way, if there is one
     * @param lease the leader's lease that stood in the way, if there is one
     */
    record Rejected(
            Reason reason,
            String message,
            @Nullable Task task,
            @Nullable LeaderLease lease) implements Outcome {
        static Rejected of(Reason reason, String message, @Nullable Task task) {
            return new Rejected(reason, message, task, null);
        }
    }

    /** Why the rules said no. */
    enum Reason {
        /** No such task or lease. */
        NOT_FOUND(1),
        /** The id is taken. */
        ALREADY_EXISTS(2),
        /** The record has another version than the caller expects. */
        VERSION_MISMATCH(3),
        /** The state that is asked for does not follow the one that the task is in. */
        ILLEGAL_TRANSITION(4),
        /** The field can't be changed in the state that the task is in. */
        WRONG_STATE(5),
        /** The caller's lease ran out, was taken back, or never was. */
        LEASE_LOST(6),
        /** A worker holds the task; only its token may do this. */
        LEASE_REQUIRED(7),
        /** Another holder has the scope. */
        LEASE_HELD(8),
        /** The request id was used for another command. */
        REQUEST_ID_REUSED(9),
        /** The task has parts, and they decide when it has succeeded. */
        PARTS_DECIDE(10),
        /** The task has as many parts as a task may have. */
        TOO_MANY_PARTS(11);

        private final int code;

        Reason(int code) {
            this.code = code;
        }

        /** The number that stands for this reason in stored bytes; never reused, never changed. */
        public int code() {
            return code;
        }

        /**
         * The reason with this {@link #code}.
         *
         * @throws CodecException if there is none
         */
        public static Reason ofCode(int code) {
            for (Reason reason : values()) {
                if (reason.code == code) {
                    return reason;
                }
            }
            throw new CodecException("unknown rejection reason " + code);
        }
    }

    /** Whether the command did what it was asked to, now or earlier. */
    default boolean succeeded() {
        return !(this instanceof Rejected || this instanceof Fenced || (this instanceof Gated gated && !gated.moved()));
    }
}
