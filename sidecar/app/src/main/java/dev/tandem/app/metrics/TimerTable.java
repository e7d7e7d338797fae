package dev.tandem.app.metrics;

import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;

/**
 * Timers by number: made when first needed, found without a hash or an allocation ever after.
 *
 * <p>Safe for any thread: two that make the same timer at once get the same one from the registry.
 */
final class TimerTable {
    private final AtomicReferenceArray<Timer> timers;
    private final IntFunction<Timer> make;

    TimerTable(int size, IntFunction<Timer> make) {
        this.timers = new AtomicReferenceArray<>(size);
        this.make = make;
    }

    void record(int index, long nanos) {
        Timer timer = timers.getAcquire(index);
        if (timer == null) {
            timer = make.apply(index);
            timers.setRelease(index, timer);
        }
        timer.record(nanos, TimeUnit.NANOSECONDS);
    }
}
