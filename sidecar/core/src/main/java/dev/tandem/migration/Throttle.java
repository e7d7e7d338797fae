package dev.tandem.migration;

import java.util.Arrays;

/**
 * How long to wait between two pages of copying or comparing, so that callers do not notice: it looks at how long a small question takes.
 *
 * <p>Not safe for use by several threads.
 */
final class Throttle {
    /** The longest wait. */
    static final long PAUSE_MILLIS_MAX = 1_000;

    /** How many times as long as the question that was asked last: so that at least a fifth of the time is worked, and quick stores are not waited for. */
    static final long PAUSES_MAX = 4;

    private static final int SAMPLES = 8;

    /** Up to this much longer than at rest nobody minds. */
    private static final double FACTOR = 2;

    /** Below this, a difference is noise. */
    private static final long NANOS_MIN = 2_000_000;

    private final long[] latest = new long[SAMPLES];
    private long restNanos = Long.MAX_VALUE;
    private int count;
    private long pauseMillis;

    /**
     * Takes one measurement into account, and says how long to wait now.
     *
     * @param nanos how long the question took that was asked last
     */
    long pauseMillis(long nanos) {
        latest[count++ % SAMPLES] = nanos;
        long median = median();
        if (count >= SAMPLES) {
            restNanos = Math.min(restNanos, median);
        }
        boolean isBusy = count >= SAMPLES && median > Math.max(FACTOR * restNanos, (double) restNanos + NANOS_MIN);
        long most = Math.min(PAUSE_MILLIS_MAX, Math.max(1, PAUSES_MAX * nanos / 1_000_000));
        pauseMillis = isBusy ? Math.min(most, Math.max(1, 2 * pauseMillis)) : pauseMillis / 2;
        return pauseMillis;
    }

    private long median() {
        long[] sorted = Arrays.copyOf(latest, Math.min(count, SAMPLES));
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
