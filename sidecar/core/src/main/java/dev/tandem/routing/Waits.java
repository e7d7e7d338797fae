package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How long a call may wait. */
final class Waits {
    /** How long before its deadline a waiting call is answered, so that the answer arrives in time. */
    static final long ANSWER_MARGIN_MILLIS = 50;

    /** How often it is asked again without a notice: a store may not hear of what other sidecars write. */
    static final long POLL_MILLIS = 1_000;

    /** How long after a failure of the store it is asked again, at first. */
    static final long RETRY_MILLIS = 100;

    static final long RETRY_MILLIS_MAX = 5_000;

    private Waits() {}

    /** The shorter of {@code wait} and what the call's deadline leaves; 0 or less if there is no time to wait. */
    static long boundedMillis(Duration wait, CallOptions options) {
        // A wait beyond what fits a long of milliseconds is as good as for ever.
        long millis = wait.compareTo(Duration.ofDays(1)) > 0 ? TimeUnit.DAYS.toMillis(1) : wait.toMillis();
        if (millis <= 0 || options.deadlineNanos() == CallOptions.NEVER) {
            return millis;
        }
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(options.deadlineNanos() - System.nanoTime());
        return Math.min(millis, leftMillis - ANSWER_MARGIN_MILLIS);
    }

    /** The pause before the next try, after this many failures in a row. */
    static long retryMillis(int failures) {
        return Math.min(RETRY_MILLIS_MAX, RETRY_MILLIS << Math.min(failures - 1, 10));
    }
}
