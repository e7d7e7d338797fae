package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.StoreException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Counts what clients were answered, and the longest time without an acknowledged command. Safe for several threads. */
final class WorkProgress {
    static final String ACKNOWLEDGED = "acknowledged";
    static final String REJECTED = "rejected";
    static final String READ = "read";
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final Map<String, Long> counts = new TreeMap<>();
    private final Map<String, String> said = new TreeMap<>();
    private long lastNanos = System.nanoTime();
    private long longestNanos;
    private @Nullable Throwable surprise;

    synchronized void add(String what) {
        counts.merge(what, 1L, Long::sum);
        notifyAll();
    }

    synchronized void acknowledged(boolean isRejected) {
        long now = System.nanoTime();
        longestNanos = Math.max(longestNanos, now - lastNanos);
        lastNanos = now;
        add(isRejected ? REJECTED : ACKNOWLEDGED);
    }

    synchronized void failed(StoreException failure) {
        said.put(failure.kind().name(), String.valueOf(failure.getMessage()));
        add(failure.kind().name());
    }

    /** Something that no fault explains. */
    synchronized void surprised(Throwable what) {
        surprise = what;
        add("surprise");
    }

    synchronized long count(String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** The last sentence that a failure of this kind came with. */
    synchronized String said(String kind) {
        return said.getOrDefault(kind, "");
    }

    /** The longest time in which no command was answered by an outcome, since the last {@link #measureAnew}. */
    synchronized long longestPauseMillis() {
        return Math.max(longestNanos, System.nanoTime() - lastNanos) / 1_000_000;
    }

    synchronized void measureAnew() {
        longestNanos = 0;
        lastNanos = System.nanoTime();
    }

    void awaitAcknowledged(long more) {
        awaitMore(ACKNOWLEDGED, more);
    }

    void awaitMore(String what, long more) {
        long least = count(what) + more;
        await(what + " to be " + least, () -> count(what) >= least);
    }

    /** Waits until it holds; it is looked at whenever something is counted. */
    synchronized void await(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + BOUND.toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(surprise).isNull();
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("waited " + BOUND + " in vain for " + what + "; so far " + this + " " + said);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }

    synchronized void assertNoSurprise() {
        assertThat(surprise).as("what no fault explains").isNull();
    }

    @Override
    public synchronized String toString() {
        return counts + ", longest pause " + longestPauseMillis() + " ms";
    }
}
