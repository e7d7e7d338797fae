package dev.tandem.bench;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A {@link Report} for people. */
final class TextReport {
    private static final String ROW = "%-12s %-9s %9s %8s %11s %9s %9s %9s %9s %9s %8s %8s %s%n";
    /** What is run less often than this for each call has nothing to do with it. */
    private static final double COMMANDS_MIN = 0.01;

    private static final double MIB = 1024.0 * 1024;

    private TextReport() {}

    static void print(Report report, PrintWriter out) {
        begin(report.circumstances(), out);
        printCells(report, out);
        printFootprint(report, out);
        printCosts(report.costs(), out);
        printScale(report.scale(), out);
        printTargets(report.targets(), out);
        printErrors(report, out);
        out.flush();
    }

    /** The beginning of every report. */
    static void begin(Circumstances circumstances, PrintWriter out) {
        circumstances.environment().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> out.printf("%-18s %s%n", entry.getKey(), entry.getValue()));
        out.printf("%-18s %s%n%n", "load average", circumstances.loadAverages());
    }

    private static void printCells(Report report, PrintWriter out) {
        Results results = report.results();
        out.printf(
                "Medians of %d rounds. Ratios are those of the sidecar:%n",
                report.plan().rounds());
        out.println("  latency: its p50 against the p50s of a direct and an empty call together");
        out.println("  rate: its throughput against that of direct calls");
        out.println("  against: which direct calls these are");
        out.println();
        out.printf(
                ROW,
                "way",
                "operation",
                "in flight",
                "payload",
                "op/s",
                "p50",
                "p90",
                "p99",
                "p99.9",
                "max",
                "latency",
                "rate",
                "against");
        results.samples().keySet().stream()
                .sorted(Comparator.comparingInt(Cell::payloadBytes)
                        .thenComparingInt(Cell::inFlight)
                        .thenComparing(Cell::operation)
                        .thenComparing(Cell::way))
                .forEach(cell -> {
                    Way direct = cell.operation() == Operation.LIFE ? null : results.direct(cell);
                    out.printf(
                            ROW,
                            cell.way().label(),
                            cell.operation().label(),
                            cell.inFlight(),
                            Text.bytes(cell.payloadBytes()),
                            Text.number(results.median(cell, Sample::throughput)),
                            Text.nanos(results.median(cell, Sample::p50Nanos)),
                            Text.nanos(results.median(cell, Sample::p90Nanos)),
                            Text.nanos(results.median(cell, Sample::p99Nanos)),
                            Text.nanos(results.median(cell, Sample::p999Nanos)),
                            Text.nanos(results.median(cell, Sample::maxNanos)),
                            direct == null ? "" : Text.ratio(results.latencyRatio(cell, direct)),
                            direct == null ? "" : Text.ratio(results.throughputRatio(cell, direct)),
                            direct == null ? "" : direct.label());
                });
        out.println();
    }

    private static void printFootprint(Report report, PrintWriter out) {
        Footprint footprint = report.footprint();
        if (footprint == null) {
            return;
        }
        out.printf(
                Locale.ROOT,
                "Sidecar: ready after %.0f ms (median of %d starts), %.1f MiB idle",
                footprint.medianReadyMillis(),
                footprint.readyNanos().size(),
                footprint.idleBytes() / MIB);
        Sample load = footprint.load();
        if (load != null) {
            out.printf(
                    Locale.ROOT,
                    ", %.1f MiB at %,.0f op/s (p50 %s, p99 %s)",
                    footprint.loadedBytes() / MIB,
                    load.throughput(),
                    Text.nanos((double) load.p50Nanos()),
                    Text.nanos((double) load.p99Nanos()));
        }
        out.println();
        out.println();
    }

    private static void printCosts(@Nullable ServerCosts costs, PrintWriter out) {
        if (costs == null) {
            return;
        }
        out.println("What one call through the sidecar costs the server, 64 in flight:");
        String row = "  %-9s %8s %12s %12s %12s %12s  %s%n";
        out.printf(row, "operation", "payload", "round trips", "in requests", "server CPU", "sidecar CPU", "commands");
        for (ServerCosts.Line line : costs.lines()) {
            out.printf(
                    row,
                    line.operation().label(),
                    Text.bytes(line.payloadBytes()),
                    Text.number(line.roundTrips()),
                    Text.nanos(line.requestMicros() * 1_000),
                    Text.nanos(line.serverCpuMicros() * 1_000),
                    Text.nanos(line.sidecarCpuMicros() * 1_000),
                    line.commands().entrySet().stream()
                            .filter(entry -> entry.getValue() >= COMMANDS_MIN)
                            .map(entry -> entry.getKey() + " " + Text.number(entry.getValue()))
                            .collect(Collectors.joining(", ")));
        }
        ServerCosts.Slow slowest = costs.slowest();
        if (slowest != null) {
            out.printf(
                    "  the slowest request in the server's log: %s, %s%n",
                    slowest.command(), Text.nanos(slowest.micros() * 1_000.0));
        }
        if (costs.untold() != null) {
            out.println("  not all is told: " + costs.untold());
        }
        out.println();
    }

    private static void printScale(@Nullable Scale scale, PrintWriter out) {
        if (scale == null) {
            return;
        }
        out.println("What tasks take of memory, by the " + scale.weighed() + ":");
        for (Scale.Memory memory : scale.memory()) {
            out.printf(
                    Locale.ROOT,
                    "  %,10d tasks, payload %-6s %,8.0f bytes a task%n",
                    memory.tasks(),
                    Text.bytes(memory.payloadBytes()),
                    memory.bytesPerTask());
        }
        out.println("Calls through the sidecar beside them, 16 in flight:");
        scale.samples()
                .keySet()
                .forEach(point -> out.printf(
                        Locale.ROOT,
                        "  %,10d tasks, %-8s p50 %9s, p99 %9s, max %9s%n",
                        point.tasks(),
                        point.operation().label(),
                        Text.nanos(scale.median(point, Sample::p50Nanos)),
                        Text.nanos(scale.median(point, Sample::p99Nanos)),
                        Text.nanos(scale.median(point, Sample::maxNanos))));
        Scale.Steady steady = scale.steady();
        if (steady != null) {
            out.printf(
                    Locale.ROOT,
                    "Creates with 1 KiB, %,.0f a second for %.0f s, while %d states were written: p50 %s, p99 %s, p99.9 %s, max %s%n",
                    steady.rate(),
                    steady.sample().elapsedNanos() / 1e9,
                    steady.snapshots(),
                    Text.nanos((double) steady.sample().p50Nanos()),
                    Text.nanos((double) steady.sample().p99Nanos()),
                    Text.nanos((double) steady.sample().p999Nanos()),
                    Text.nanos((double) steady.sample().maxNanos()));
        }
        out.println();
    }

    static void printTargets(List<Target> targets, PrintWriter out) {
        if (targets.isEmpty()) {
            return;
        }
        out.println("Targets; in brackets what is not promised for what was measured, to compare with:");
        for (Target target : targets) {
            out.printf(
                    "  %-88s %10s %-6s  (%s %s %s)  %s%n",
                    target.binding() ? target.name() : "(" + target.name() + ")",
                    Text.number(target.measured()),
                    target.unit(),
                    target.atMost() ? "at most" : "at least",
                    Text.number(target.limit()),
                    target.unit(),
                    target.verdict());
        }
        out.println();
    }

    private static void printErrors(Report report, PrintWriter out) {
        if (report.errors() == 0) {
            return;
        }
        out.printf("%d calls did not do what was asked:%n", report.errors());
        printErrors(report.results(), out);
        Footprint footprint = report.footprint();
        Sample load = footprint == null ? null : footprint.load();
        if (load != null && load.errors() > 0) {
            out.printf("  sidecar under load: %d errors, the first: %s%n", load.errors(), load.firstError());
        }
        Scale scale = report.scale();
        if (scale != null) {
            scale.samples()
                    .forEach((point, samples) -> samples.stream()
                            .filter(sample -> sample.errors() > 0)
                            .forEach(sample -> out.printf(
                                    Locale.ROOT,
                                    "  sidecar %s beside %,d tasks: %d errors, the first: %s%n",
                                    point.operation().label(),
                                    point.tasks(),
                                    sample.errors(),
                                    sample.firstError())));
        }
    }

    /** A line for each sample in which calls failed. */
    static void printErrors(Results results, PrintWriter out) {
        results.samples()
                .forEach((cell, samples) -> samples.stream()
                        .filter(sample -> sample.errors() > 0)
                        .forEach(sample -> out.printf(
                                "  %s %s, %d in flight, payload %s: %d errors, the first: %s%n",
                                cell.way().label(),
                                cell.operation().label(),
                                cell.inFlight(),
                                Text.bytes(cell.payloadBytes()),
                                sample.errors(),
                                sample.firstError())));
    }
}
