package dev.tandem.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. Safe for use by several threads. */
public final class TestClock extends Clock {
    /** Where a new clock stands: the start of 2026, in milliseconds since 1970. */
    public static final long START_MILLIS = 1_767_225_600_000L;

    private final AtomicLong millis = new AtomicLong(START_MILLIS);

    /** Moves it; a negative duration moves it back, as a stepped wall clock does. */
    public void advance(Duration by) {
        advanceMillis(by.toMillis());
    }

    /** Like {@link #advance}. */
    public void advanceMillis(long by) {
        millis.addAndGet(by);
    }

    /** Puts it to an instant, in milliseconds since 1970. */
    public void set(long toMillis) {
        millis.set(toMillis);
    }

    @Override
    public long millis() {
        return millis.get();
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    /** Always this clock: no test of ours needs another zone. */
    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
