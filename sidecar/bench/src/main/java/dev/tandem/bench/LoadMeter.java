package dev.tandem.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Measures the calls of a load that does not stop, stretch by stretch. Belongs to the load's event loop. */
final class LoadMeter {
    private static final long LATENCY_MAX_NANOS = Duration.ofMinutes(2).toNanos();
    private static final int DIGITS = 3;

    /** The most calls that are kept one by one. */
    private static final int KEPT_MAX = 200_000;

    /** Since the last one was taken. */
    private static final class Stretch {
        private final Histogram latency = new Histogram(LATENCY_MAX_NANOS, DIGITS);
        private final long beganNanos = System.nanoTime();
        private long errors;

        void add(MixedLoad.Call call) {
            if (call.isFailed()) {
                errors++;
            } else {
                long nanos = call.answeredNanos() - call.dueNanos();
                latency.recordValue(Math.max(0, Math.min(nanos, LATENCY_MAX_NANOS)));
            }
        }

        Sample sample() {
            return Sample.of(latency, null, errors, null, System.nanoTime() - beganNanos);
        }
    }

    private Stretch stretch = new Stretch();
    private Stretch moment = new Stretch();
    private final List<MixedLoad.Call> kept = new ArrayList<>();
    private boolean keeps;
    private long calls;

    void ended(MixedLoad.Call call) {
        calls++;
        stretch.add(call);
        moment.add(call);
        if (keeps && kept.size() < KEPT_MAX) {
            kept.add(call);
        }
    }

    /** What was measured since this was last called; a new stretch begins. */
    Sample stretch() {
        Sample sample = stretch.sample();
        stretch = new Stretch();
        return sample;
    }

    /** The same, for whoever looks on. */
    Sample moment() {
        Sample sample = moment.sample();
        moment = new Stretch();
        return sample;
    }

    /** Keeps each call from now on. */
    void keep() {
        keeps = true;
    }

    /** The calls that were kept, which end here. */
    List<MixedLoad.Call> kept() {
        List<MixedLoad.Call> all = List.copyOf(kept);
        kept.clear();
        keeps = false;
        return all;
    }

    /** All calls that have ended. */
    long calls() {
        return calls;
    }
}
