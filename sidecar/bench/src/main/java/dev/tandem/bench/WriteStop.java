package dev.tandem.bench;

import java.util.Comparator;
import java.util.List;

/**
 * How long writes stood still while they were switched from one store to another, as callers saw it.
 *
 * @param gapNanos the longest time without an acknowledged write while the step was taken; 0 if there were no writes around it
 * @param stepNanos how long the step took, with all that is done before writes stop
 * @param held the latencies of the calls that were under way in that time, in the order in which they were due
 */
record WriteStop(MoveStore from, MoveStore to, long gapNanos, long stepNanos, List<Held> held) {
    /** A call that was under way while no write was acknowledged. */
    record Held(MixedLoad.Kind kind, long nanos) {}

    WriteStop {
        held = List.copyOf(held);
    }

    /**
     * Looks for it among the calls that were made around the step.
     *
     * @param begunNanos when the step was asked for
     * @param endedNanos when it was answered
     */
    static WriteStop of(MoveStore from, MoveStore to, List<MixedLoad.Call> calls, long begunNanos, long endedNanos) {
        long[] acknowledged = calls.stream()
                .filter(call -> call.kind().isWrite() && !call.isFailed())
                .mapToLong(MixedLoad.Call::answeredNanos)
                .sorted()
                .toArray();
        long gapBegin = 0;
        long gapEnd = 0;
        for (int i = 1; i < acknowledged.length; i++) {
            long begin = acknowledged[i - 1];
            long end = acknowledged[i];
            boolean isInStep = end > begunNanos && begin < endedNanos;
            if (isInStep && end - begin > gapEnd - gapBegin) {
                gapBegin = begin;
                gapEnd = end;
            }
        }
        return new WriteStop(from, to, gapEnd - gapBegin, endedNanos - begunNanos, held(calls, gapBegin, gapEnd));
    }

    private static List<Held> held(List<MixedLoad.Call> calls, long gapBegin, long gapEnd) {
        return calls.stream()
                .filter(call -> call.dueNanos() < gapEnd && call.answeredNanos() > gapBegin)
                .sorted(Comparator.comparingLong(MixedLoad.Call::dueNanos))
                .map(call -> new Held(call.kind(), call.answeredNanos() - call.dueNanos()))
                .toList();
    }

    /** The longest that one of these calls took; 0 if there was none. */
    long longestCallNanos() {
        return held.stream().mapToLong(Held::nanos).max().orElse(0);
    }
}
