package dev.tandem.bench;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A {@link Report} for people. */
final class TextReport {
    private static final String ROW = "%-12s %-9s %9s %8s %11s %9s %9s %9s %9s %9s %8s %8s %s%n";
    private static final double MIB = 1024.0 * 1024;

    private TextReport() {}

    static void print(Report report, PrintWriter out) {
        report.environment().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> out.printf("%-18s %s%n", entry.getKey(), entry.getValue()));
        out.printf("%-18s %s%n%n", "load average", report.loadAverages());
        printCells(report, out);
        printFootprint(report, out);
        printTargets(report, out);
        printErrors(report, out);
        out.flush();
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

    private static void printTargets(Report report, PrintWriter out) {
        List<Target> targets = report.targets();
        if (targets.isEmpty()) {
            return;
        }
        out.println("Targets; in brackets what is not promised for what was measured, to compare with:");
        for (Target target : targets) {
            out.printf(
                    "  %-78s %10s %-4s  (%s %s %s)  %s%n",
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
        report.results()
                .samples()
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
        Footprint footprint = report.footprint();
        Sample load = footprint == null ? null : footprint.load();
        if (load != null && load.errors() > 0) {
            out.printf("  sidecar under load: %d errors, the first: %s%n", load.errors(), load.firstError());
        }
    }
}
