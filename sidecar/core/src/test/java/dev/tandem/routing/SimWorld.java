package dev.tandem.routing;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Time that goes on from event to event, in an order that a seed decides. Everything of one simulation happens in one thread. */
final class SimWorld {
    static final long START_MILLIS = 1_000_000;

    /** Whether all that stores do is printed: for looking into one seed. */
    static final boolean IS_TRACED = Boolean.getBoolean("tandem.trace");

    private record Event(long atNanos, long number, Runnable what) {}

    final Random random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::number));
    private long nowNanos = TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
    private long numbers;

    SimWorld(long seed) {
        this.random = new Random(seed);
    }

    long nanos() {
        return nowNanos;
    }

    long millis() {
        return TimeUnit.NANOSECONDS.toMillis(nowNanos);
    }

    void after(long nanos, Runnable what) {
        events.add(new Event(nowNanos + nanos, ++numbers, what));
    }

    void afterMillis(long millis, Runnable what) {
        after(TimeUnit.MILLISECONDS.toNanos(millis), what);
    }

    /** Runs on until this time, or until nothing is left to happen. */
    void runUntil(long millis) {
        long until = TimeUnit.MILLISECONDS.toNanos(millis);
        while (!events.isEmpty() && events.peek().atNanos() <= until) {
            Event event = events.remove();
            nowNanos = event.atNanos();
            event.what().run();
        }
        nowNanos = Math.max(nowNanos, until);
    }

    void trace(String what) {
        if (IS_TRACED) {
            System.out.println(nowNanos / 1_000 + " us: " + what);
        }
    }

    boolean chance(double percent) {
        return random.nextDouble() * 100 < percent;
    }

    /** Between the two, mostly near the lower one. */
    long microsBetween(long low, long high) {
        double share = Math.pow(random.nextDouble(), 4);
        return low + (long) (share * (high - low));
    }
}
