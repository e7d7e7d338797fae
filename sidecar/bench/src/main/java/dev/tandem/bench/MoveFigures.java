package dev.tandem.bench;

import dev.tandem.bench.Moved.Leg;
import dev.tandem.bench.Moved.Stretch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What several moves came to, by the stores between which they went.
 *
 * @param plan of each of them
 */
record MoveFigures(Circumstances circumstances, MoveRun.Plan plan, List<Moved> rounds) {
    private static final double COPIED_MIN = 30_000;
    private static final double COMPARED_MIN = 50_000;
    private static final double RATIO_MAX = 2;
    private static final double STOP_MILLIS_MAX = 50;
    private static final double MILLIS = 1e6;

    MoveFigures {
        rounds = List.copyOf(rounds);
    }

    /** The moves that came to their end, by their labels, in the order in which they were made. */
    List<String> labels() {
        return legs().map(Leg::label).distinct().toList();
    }

    List<Leg> of(String label) {
        return legs().filter(leg -> leg.label().equals(label)).toList();
    }

    private Stream<Leg> legs() {
        return rounds.stream().flatMap(moved -> moved.legs().stream());
    }

    double median(String label, ToDoubleFunction<Leg> of) {
        return Results.median(of(label).stream().mapToDouble(of).toArray());
    }

    /** How long writes stood still each time that there were any, in nanoseconds, shortest first. */
    double[] stops(String label) {
        return of(label).stream()
                .flatMap(leg -> leg.stops().stream())
                .mapToDouble(WriteStop::gapNanos)
                .filter(nanos -> nanos > 0)
                .sorted()
                .toArray();
    }

    /** The smallest value that so many of a hundred do not exceed; of values in their order. NaN of none. */
    static double percentile(double[] sorted, int percent) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int rank = (int) Math.ceil(sorted.length * percent / 100.0);
        return sorted[Math.max(1, rank) - 1];
    }

    /** Calls that failed, answers that showed too little, tasks that were lost or came back, and moves that broke off. */
    long errors() {
        return rounds.stream().mapToLong(MoveFigures::errors).sum();
    }

    private static long errors(Moved moved) {
        return moved.failed() + moved.contradicted() + lost(moved) + (moved.brokeOff() == null ? 0 : 1);
    }

    private static long lost(Moved moved) {
        LedgerCheck.Found check = moved.check();
        return check == null ? 0 : check.lost();
    }

    List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (String label : labels()) {
            targets.add(new Target(
                    "records copied, " + label,
                    median(label, leg -> leg.copied().perSecond()),
                    COPIED_MIN,
                    false,
                    "a s",
                    true));
            targets.add(new Target(
                    "records compared, " + label,
                    median(label, leg -> leg.compared().perSecond()),
                    COMPARED_MIN,
                    false,
                    "a s",
                    true));
            targets.add(ratio(label, Stretch.COPYING, "copied"));
            targets.add(ratio(label, Stretch.COMPARING, "compared"));
            double[] stops = stops(label);
            targets.add(new Target(
                    "longest time without a write while they are switched, p99 of " + stops.length + ", " + label,
                    percentile(stops, 99) / MILLIS,
                    STOP_MILLIS_MAX,
                    true,
                    "ms",
                    true));
        }
        targets.add(new Target(
                "calls that failed", rounds.stream().mapToLong(Moved::failed).sum(), 0, true, "calls", true));
        targets.add(new Target(
                "acknowledged writes that were lost",
                rounds.stream().mapToLong(MoveFigures::lost).sum(),
                0,
                true,
                "writes",
                true));
        return targets;
    }

    private Target ratio(String label, Stretch stretch, String done) {
        return new Target(
                "p99 of calls while records are " + done + ", against that at rest, " + label,
                median(label, leg -> leg.p99Ratio(stretch)),
                RATIO_MAX,
                true,
                "x",
                true);
    }
}
