package dev.tandem.routing;

import dev.tandem.testkit.TestClock;
import java.util.HashMap;
import java.util.Map;

/** Timers that fire when the test moves the clock, and not before. */
final class FakeTimers implements Timers {
    private record Due(long atMillis, Runnable task) {}

    private final TestClock clock;
    private final Map<Long, Due> due = new HashMap<>();
    private long nextId;

    FakeTimers(TestClock clock) {
        this.clock = clock;
    }

    @Override
    public long set(long delayMillis, Runnable task) {
        if (delayMillis < 1) {
            throw new IllegalArgumentException("a timer of " + delayMillis + " ms");
        }
        due.put(++nextId, new Due(clock.millis() + delayMillis, task));
        return nextId;
    }

    @Override
    public void cancel(long id) {
        due.remove(id);
    }

    int size() {
        return due.size();
    }

    /** When the next one fires; {@link Long#MAX_VALUE} if none is set. */
    long nextAtMillis() {
        return due.values().stream().mapToLong(Due::atMillis).min().orElse(Long.MAX_VALUE);
    }

    /** Moves the clock to the next timer, if there is one by {@code untilMillis}, and fires it. */
    boolean fireNext(long untilMillis) {
        long id = -1;
        Due first = null;
        for (Map.Entry<Long, Due> each : due.entrySet()) {
            Due candidate = each.getValue();
            if (first == null
                    || candidate.atMillis() < first.atMillis()
                    || (candidate.atMillis() == first.atMillis() && each.getKey() < id)) {
                id = each.getKey();
                first = candidate;
            }
        }
        if (first == null || first.atMillis() > untilMillis) {
            return false;
        }
        due.remove(id);
        clock.set(Math.max(clock.millis(), first.atMillis()));
        first.task().run();
        return true;
    }
}
