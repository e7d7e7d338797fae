package dev.tandem.store;

/**
 * What holds for one call, beside the command or query.
 *
 * @param deadlineNanos of {@link System#nanoTime}; a store refuses work that it finds past it, and {@link #NEVER} is
 *     none. A command that has begun is never broken off.
 * @param epoch of a query about one namespace: it fails as FENCED unless the store's {@link dev.tandem.task.Gate} is of this epoch, whatever its role, in
 *     the view that answers; {@link #ANY_EPOCH} is answered always. A command says its own
 */
public record CallOptions(long deadlineNanos, Consistency consistency, long epoch) {
    /** The epoch of a query that is not routed by a policy. */
    public static final long ANY_EPOCH = -1;

    public CallOptions(long deadlineNanos, Consistency consistency) {
        this(deadlineNanos, consistency, ANY_EPOCH);
    }

    public CallOptions withEpoch(long epoch) {
        return new CallOptions(deadlineNanos, consistency, epoch);
    }

    /** The deadline that never passes. */
    public static final long NEVER = Long.MAX_VALUE;

    /** Linearizable, without a deadline. */
    public static final CallOptions DEFAULT = new CallOptions(NEVER, Consistency.LINEARIZABLE);

    /** Whether the deadline has passed at {@code nanoTime}. */
    public boolean isPast(long nanoTime) {
        return deadlineNanos != NEVER && nanoTime - deadlineNanos >= 0;
    }
}
