package dev.tandem.bench;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link MoveRun} came to.
 *
 * @param legs the moves, in their order; the last one may have broken off
 * @param calls all calls of the load
 * @param failed those that were not answered as they have to be
 * @param contradicted reads that have shown less than was acknowledged before
 * @param firstFailure the first failure or contradiction; null if there was none
 * @param check null if nothing could be read at the end
 * @param brokeOff why it did not come to its end; null if it did
 */
record Moved(
        List<Leg> legs,
        long calls,
        long failed,
        long contradicted,
        @Nullable String firstFailure,
        LedgerCheck.@Nullable Found check,
        @Nullable String brokeOff,
        long tookNanos) {
    Moved {
        legs = List.copyOf(legs);
    }

    /** Whether everything went as it has to. */
    boolean isGood() {
        return brokeOff == null && failed == 0 && contradicted == 0 && check != null && check.lost() == 0;
    }

    /** While what the calls were made. */
    enum Stretch {
        /** Before the move, after calls have gone on for a while. */
        REST("at rest"),
        COPYING("while it is copied"),
        COMPARING("while it is compared"),
        READ_NEWEST("reads of both"),
        READ_SWITCHED("reads switched"),
        WRITE_SWITCHED("writes switched");

        private final String label;

        Stretch(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    /** How many records were walked over, and how long that took. */
    record Walk(long records, long nanos) {
        double perSecond() {
            return nanos == 0 ? Double.NaN : records * 1e9 / nanos;
        }
    }

    /**
     * One move.
     *
     * @param samples of the calls meanwhile
     * @param stops the switches of writes, there and back again
     * @param refusals how often a step was tried too early
     */
    record Leg(
            MoveStore from,
            MoveStore to,
            Map<Stretch, Sample> samples,
            Walk copied,
            Walk compared,
            long inFlight,
            List<WriteStop> stops,
            int refusals) {
        Leg {
            samples = Map.copyOf(samples);
            stops = List.copyOf(stops);
        }

        String label() {
            return from.label() + " -> " + to.label();
        }

        /** How much longer the slow calls took than at rest; NaN if either was not measured. */
        double p99Ratio(Stretch stretch) {
            Sample rest = samples.get(Stretch.REST);
            Sample there = samples.get(stretch);
            return rest == null || there == null || rest.count() == 0 || there.count() == 0
                    ? Double.NaN
                    : (double) there.p99Nanos() / rest.p99Nanos();
        }
    }
}
