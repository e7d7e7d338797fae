package dev.tandem.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;

/** A {@link Comparison} for people, and for programs. */
final class ComparisonReport {
    private static final String ROW = "  %-14s %-9s %9s %8s %9s %9s %9s %9s %9s %9s %9s %8s %8s%n";
    private static final double MIB = 1024.0 * 1024;

    private ComparisonReport() {}

    static void print(Comparison comparison, PrintWriter out) {
        TextReport.begin(comparison.circumstances(), out);
        out.printf(
                "Medians of %d rounds, in which all ways of a table took turns, each through a sidecar of its own. Every one had the%n"
                        + "same warm-up, and its tasks are deleted after each pass. All processes and the load share %s processors: three%n"
                        + "members of a Raft group as well as one Redis server, which has no replica.%n%n",
                comparison.plan().rounds(),
                comparison.circumstances().environment().getOrDefault("cpus", "the"));
        comparison.matches().forEach(match -> {
            printCells(match, out);
            printWeights(match, out);
        });
        TextReport.printTargets(comparison.targets(), out);
        if (comparison.errors() > 0) {
            out.printf("%d calls did not do what was asked:%n", comparison.errors());
            comparison.matches().forEach(match -> TextReport.printErrors(match.results(), out));
        }
        out.flush();
    }

    private static void printCells(Comparison.Match match, PrintWriter out) {
        String measure = match.contest().measure().label();
        out.printf(
                "%s. CPU: processor time for a call, of the sidecar and of the others of its way.%n"
                        + "The last columns: p50 and op/s, in parts of those of %s:%n",
                capital(match.contest().promise()), measure);
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
                "max",
                "CPU",
                "others",
                "p50",
                "op/s");
        Results results = match.results();
        results.samples().keySet().stream()
                .sorted(Comparator.comparingInt(Cell::payloadBytes)
                        .thenComparingInt(Cell::inFlight)
                        .thenComparing(Cell::operation)
                        .thenComparing(cell -> match.contest().ways().indexOf(cell.way())))
                .forEach(cell -> {
                    ProcessorMeter.Processors processors = match.processors().apply(cell);
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
                            Text.nanos(results.median(cell, Sample::maxNanos)),
                            Text.nanos(processors.sidecarNanos()),
                            Text.nanos(processors.storeNanos()),
                            Text.ratio(match.p50(cell)),
                            Text.ratio(match.throughput(cell)));
                });
        out.println();
    }

    private static void printWeights(Comparison.Match match, PrintWriter out) {
        out.println(
                "Their processes: ready after the first start, and the median of later ones; resident memory idle, and after"
                        + " the load:");
        match.weights()
                .forEach(weight -> out.printf(
                        Locale.ROOT,
                        "  %-14s %-8s %9s %9s %8.1f MiB %8.1f MiB%n",
                        weight.way().label(),
                        weight.process(),
                        Text.nanos((double) weight.firstNanos()),
                        Text.nanos(weight.medianAgainNanos()),
                        weight.idleBytes() / MIB,
                        weight.loadedBytes() / MIB));
        out.println();
    }

    private static String capital(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }

    static JsonObject json(Comparison comparison) {
        JsonArray matches = new JsonArray();
        comparison.matches().forEach(match -> matches.add(json(match)));
        return JsonReport.begin(comparison.circumstances())
                .put("plan", JsonReport.plan(comparison.plan()))
                .put("contests", matches)
                .put("targets", JsonReport.targets(comparison.targets()))
                .put("errors", comparison.errors());
    }

    private static JsonObject json(Comparison.Match match) {
        JsonArray cells = new JsonArray();
        match.results().samples().forEach((cell, samples) -> {
            ProcessorMeter.Processors processors = match.processors().apply(cell);
            cells.add(JsonReport.cell(cell, samples, match.results())
                    .put("sidecar_cpu_nanos", JsonReport.finite(processors.sidecarNanos()))
                    .put("store_cpu_nanos", JsonReport.finite(processors.storeNanos()))
                    .put("p50_ratio", JsonReport.finite(match.p50(cell)))
                    .put("throughput_ratio", JsonReport.finite(match.throughput(cell))));
        });
        JsonArray weights = new JsonArray();
        match.weights()
                .forEach(weight -> weights.add(new JsonObject()
                        .put("way", weight.way().label())
                        .put("process", weight.process())
                        .put("first_ready_nanos", weight.firstNanos())
                        .put("again_ready_nanos", new JsonArray(weight.againNanos()))
                        .put("idle_bytes", weight.idleBytes())
                        .put("loaded_bytes", weight.loadedBytes())));
        return new JsonObject()
                .put("promise", match.contest().promise())
                .put("measure", match.contest().measure().label())
                .put("cells", cells)
                .put("processes", weights);
    }
}
