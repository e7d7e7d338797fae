package dev.tandem.store;

/**
 * What holds for one call, beside the command or query.
 *
 * @param deadlineNanos of {@link System#nanoTime}; a store refuses work that it finds past it, and {@link #NEVER} is
 *     none. A command that has begun is never broken off.
 */
public record CallOptions(long deadlineNanos, Consistency consistency) {
    /** The deadline that never passes. */
    public static final long NEVER = Long.MAX_VALUE;

    /** Linearizable, without a deadline. */
    public static final CallOptions DEFAULT = new CallOptions(NEVER, Consistency.LINEARIZABLE);

    /** Whether the deadline has passed at {@code nanoTime}. */
    public boolean isPast(long nanoTime) {
        return deadlineNanos != NEVER && nanoTime - deadlineNanos >= 0;
    }
}
