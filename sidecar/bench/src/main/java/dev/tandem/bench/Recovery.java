package dev.tandem.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** What calls felt of faults: those of a sidecar over three store nodes, while something happened to the node that led. */
record Recovery(Circumstances circumstances, double rate, List<Round> rounds) {
    private static final double NANOS = 1e6;

    /**
     * One fault.
     *
     * @param writes made while it happened, each at its time; so the longest stands for how long a group stood still
     * @param reads the same of reads that see every write that was acknowledged
     * @param backNanos how long it took from the node's next start, or from when it went on, until it was ready
     */
    record Round(Fault fault, Sample writes, Sample reads, long backNanos) {
        long errors() {
            return writes.errors() + reads.errors();
        }
    }

    List<Round> of(Fault fault) {
        return rounds.stream().filter(round -> round.fault() == fault).toList();
    }

    /** The faults that were tried. */
    List<Fault> faults() {
        return rounds.stream().map(Round::fault).distinct().toList();
    }

    double median(Fault fault, ToDoubleFunction<Round> of) {
        return Results.median(all(fault, of).toArray());
    }

    DoubleStream all(Fault fault, ToDoubleFunction<Round> of) {
        return of(fault).stream().mapToDouble(of);
    }

    long errors() {
        return rounds.stream().mapToLong(Round::errors).sum();
    }

    List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (Fault fault : faults()) {
            String of = fault.label() + ", the worst of " + of(fault).size();
            targets.add(new Target(
                    "longest stand-still of writes, " + of,
                    all(fault, round -> round.writes().maxNanos()).max().orElse(Double.NaN) / NANOS,
                    fault.pauseMax().toMillis(),
                    true,
                    "ms",
                    true));
            targets.add(new Target(
                    "calls that failed, " + of,
                    all(fault, Round::errors).max().orElse(Double.NaN),
                    0,
                    true,
                    "calls",
                    true));
        }
        return targets;
    }
}
