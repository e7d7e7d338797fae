package dev.tandem.task;

/**
 * How often a failing task is tried, and how long it waits in between.
 *
 * <p>The wait after attempt {@code n} is {@code initial * multiplier^(n-1)}, at most {@code max}. It is computed in whole
 * milliseconds and thousandths, without floating point and without jitter, because replicas and other stores must come
 * to the same number.
 *
 * @param maxAttempts claims after which a failure is final; 1 or more
 * @param initialBackoffMillis 0 or more
 * @param maxBackoffMillis not below {@code initialBackoffMillis}
 * @param multiplierPermille the growth a step in thousandths: 2000 doubles; 1000 to 10000
 */
public record RetryPolicy(int maxAttempts, long initialBackoffMillis, long maxBackoffMillis, int multiplierPermille) {
    /** Five attempts, waiting 1 s, 2 s, 4 s and 8 s in between. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(5, 1_000, 60_000, 2_000);

    /** The wait after attempt number {@code attempts}, counted from 1, in milliseconds. */
    public long backoffMillis(int attempts) {
        long wait = Math.min(initialBackoffMillis, maxBackoffMillis);
        for (int i = 1; i < attempts && wait > 0 && wait < maxBackoffMillis && multiplierPermille > 1000; i++) {
            long grown = Math.min(maxBackoffMillis, wait * multiplierPermille / 1000);
            if (grown == wait) {
                break;
            }
            wait = grown;
        }
        return wait;
    }
}
