package dev.tandem.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The waits between attempts: each twice as long as the one before up to a bound, half of it left to chance. */
final class Backoff {
    private final long minMillis;
    private final long maxMillis;
    private long nextMillis;

    Backoff(ClientOptions options) {
        this.minMillis = options.backoffMin().toMillis();
        this.maxMillis = options.backoffMax().toMillis();
        this.nextMillis = minMillis;
    }

    /** The next wait in milliseconds, 1 or more; not below what the sidecar asks for. */
    long nextMillis(@Nullable Duration atLeast) {
        long span = nextMillis;
        nextMillis = Math.min(maxMillis, nextMillis * 2);
        long drawn = span - ThreadLocalRandom.current().nextLong(span / 2 + 1);
        // What the sidecar asks for gets some chance on top, lest all callers come back at once.
        return atLeast == null ? Math.max(1, drawn) : Math.max(1, atLeast.toMillis() + drawn / 2);
    }

    /** Begins anew, after a success. */
    void reset() {
        nextMillis = minMillis;
    }
}
