package dev.tandem.robustness;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** Counts what happened, and lets a test wait until it has happened often enough. Safe for use by several threads. */
final class Progress {
    static final String ACKNOWLEDGED = "acknowledged";
    static final String REJECTED = "rejected";

    private final Map<String, Long> counts = new TreeMap<>();

    synchronized void add(String what) {
        counts.merge(what, 1L, Long::sum);
        notifyAll();
    }

    synchronized long count(String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** Waits for this many more of it than there are now. */
    void awaitMore(String what, long more, Duration bound) {
        awaitCount(what, count(what) + more, bound);
    }

    void awaitCount(String what, long least, Duration bound) {
        await(() -> count(what) >= least, what + " to be " + least, bound);
    }

    /** Waits until it holds; it is looked at whenever something is counted. */
    synchronized void await(BooleanSupplier holds, String what, Duration bound) {
        long end = System.nanoTime() + bound.toNanos();
        while (!holds.getAsBoolean()) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("waited " + bound + " in vain for " + what + "; so far " + counts);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    @Override
    public synchronized String toString() {
        return counts.toString();
    }
}
