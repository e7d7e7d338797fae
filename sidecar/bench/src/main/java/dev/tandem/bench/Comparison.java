package dev.tandem.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** All that a run found which compared ways with each other. */
record Comparison(Circumstances circumstances, Plan plan, List<Match> matches) {
    private static final double SAME = 1.0;
    private static final double ONE_BY_ONE = 2.0;
    private static final int MANY = 64;

    /**
     * One contest: the samples of its ways, which took turns, and their processes.
     *
     * @param processors what one call of a cell took of them
     */
    record Match(
            Contest contest,
            Results results,
            Function<Cell, ProcessorMeter.Processors> processors,
            List<Weight> weights) {
        /** How a way's p50 stands to that of the contest's measure. */
        double p50(Cell cell) {
            return results.median(cell, Sample::p50Nanos)
                    / results.median(cell.by(contest.measure()), Sample::p50Nanos);
        }

        /** The same of the throughput. */
        double throughput(Cell cell) {
            return results.median(cell, Sample::throughput)
                    / results.median(cell.by(contest.measure()), Sample::throughput);
        }
    }

    long errors() {
        return matches.stream().mapToLong(match -> match.results().errors()).sum();
    }

    /** What is promised of store nodes against Redis; the members' figures are beside it. */
    List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (Match match : matches) {
            for (int payload : plan.payloadBytes()) {
                match.contest().ways().stream()
                        .filter(way -> way.isNodes() || way.isMembers())
                        .forEach(way -> targets(match, way, payload, targets));
            }
        }
        return targets;
    }

    private static void targets(Match match, Way way, int payload, List<Target> targets) {
        Cell create = new Cell(way, Operation.CREATE, MANY, payload);
        Cell get = new Cell(way, Operation.GET_HIT, MANY, payload);
        if (match.contest().equals(Contest.DISK)) {
            add(match, new Cell(way, Operation.CREATE, 1, payload), "p50", ONE_BY_ONE, targets);
            add(match, create, "p50", SAME, targets);
            add(match, create, "throughput", SAME, targets);
        } else {
            add(match, create, "throughput", SAME, targets);
            add(match, get, "throughput", SAME, targets);
            add(match, new Cell(way, Operation.GET_HIT, 1, payload), "p50", SAME, targets);
            add(match, get, "p50", SAME, targets);
        }
    }

    private static void add(Match match, Cell cell, String what, double limit, List<Target> targets) {
        Way measure = match.contest().measure();
        if (cell.way() == measure
                || !match.results().has(cell)
                || !match.results().has(cell.by(measure))) {
            return;
        }
        boolean isTime = what.equals("p50");
        targets.add(new Target(
                what + " of " + cell.operation().label() + ", payload " + Text.bytes(cell.payloadBytes()) + ", "
                        + cell.inFlight() + " in flight, " + cell.way().label() + " against " + measure.label(),
                isTime ? match.p50(cell) : match.throughput(cell),
                limit,
                isTime,
                "x",
                cell.way().isNodes()));
    }
}
