package dev.tandem.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link Report} for programs: one JSON object, with the numbers of every round. */
final class JsonReport {
    /** Rises when the shape changes in a way that a reader must know of. */
    private static final int FORMAT = 1;

    private JsonReport() {}

    static JsonObject of(Report report) {
        Results results = report.results();
        JsonArray cells = new JsonArray();
        results.samples().forEach((cell, samples) -> {
            JsonObject json = cell(cell, samples, results);
            Way direct = results.direct(cell);
            if (direct != null) {
                json.put("against", direct.label());
                json.put("latency_ratio", finite(results.latencyRatio(cell, direct)));
                json.put("throughput_ratio", finite(results.throughputRatio(cell, direct)));
            }
            cells.add(json);
        });
        return begin(report.circumstances())
                .put("plan", plan(report.plan()))
                .put("cells", cells)
                .put("footprint", footprint(report.footprint()))
                .put("server_costs", costs(report.costs()))
                .put("scale", scale(report.scale()))
                .put("targets", targets(report.targets()))
                .put("errors", report.errors());
    }

    /** The beginning of every report. */
    static JsonObject begin(Circumstances circumstances) {
        return new JsonObject()
                .put("format", FORMAT)
                .put("started_at", circumstances.startedAt().toString())
                .put("command_line", new JsonArray(circumstances.commandLine()))
                .put("environment", new JsonObject(circumstances.environment()))
                .put("load_averages", new JsonArray(circumstances.loadAverages()));
    }

    static JsonArray targets(List<Target> targets) {
        JsonArray json = new JsonArray();
        targets.forEach(target -> json.add(target(target)));
        return json;
    }

    static JsonObject plan(Plan plan) {
        return new JsonObject()
                .put("in_flight", new JsonArray(plan.inFlights()))
                .put("payload_bytes", new JsonArray(plan.payloadBytes()))
                .put(
                        "operations",
                        new JsonArray(plan.operations().stream()
                                .sorted()
                                .map(Operation::label)
                                .toList()))
                .put("rounds", plan.rounds())
                .put("phase_millis", plan.phase().toMillis())
                .put("rate", plan.rate());
    }

    /** The medians and the numbers of every round. */
    static JsonObject cell(Cell cell, List<Sample> samples, Results results) {
        JsonArray rounds = new JsonArray();
        samples.forEach(sample -> rounds.add(sample(sample)));
        return new JsonObject()
                .put("way", cell.way().label())
                .put("operation", cell.operation().label())
                .put("in_flight", cell.inFlight())
                .put("payload_bytes", cell.payloadBytes())
                .put(
                        "median",
                        new JsonObject()
                                .put("throughput", finite(results.median(cell, Sample::throughput)))
                                .put("p50_nanos", finite(results.median(cell, Sample::p50Nanos)))
                                .put("p90_nanos", finite(results.median(cell, Sample::p90Nanos)))
                                .put("p99_nanos", finite(results.median(cell, Sample::p99Nanos)))
                                .put("p999_nanos", finite(results.median(cell, Sample::p999Nanos)))
                                .put("max_nanos", finite(results.median(cell, Sample::maxNanos))))
                .put("rounds", rounds);
    }

    static JsonObject sample(Sample sample) {
        JsonObject json = new JsonObject()
                .put("count", sample.count())
                .put("errors", sample.errors())
                .put("elapsed_nanos", sample.elapsedNanos())
                .put("mean_nanos", finite(sample.meanNanos()))
                .put("p50_nanos", sample.p50Nanos())
                .put("p90_nanos", sample.p90Nanos())
                .put("p99_nanos", sample.p99Nanos())
                .put("p999_nanos", sample.p999Nanos())
                .put("max_nanos", sample.maxNanos())
                .put("late_p99_nanos", sample.lateNanosP99());
        if (sample.firstError() != null) {
            json.put("first_error", sample.firstError());
        }
        return json;
    }

    private static @Nullable JsonObject footprint(@Nullable Footprint footprint) {
        if (footprint == null) {
            return null;
        }
        Sample load = footprint.load();
        return new JsonObject()
                .put("ready_nanos", new JsonArray(footprint.readyNanos()))
                .put("idle_bytes", footprint.idleBytes())
                .put("loaded_bytes", footprint.loadedBytes())
                .put("rate", footprint.rate())
                .put("load", load == null ? null : sample(load));
    }

    private static @Nullable JsonObject costs(@Nullable ServerCosts costs) {
        if (costs == null) {
            return null;
        }
        JsonArray lines = new JsonArray();
        for (ServerCosts.Line line : costs.lines()) {
            JsonObject commands = new JsonObject();
            line.commands().forEach((name, calls) -> commands.put(name, finite(calls)));
            lines.add(new JsonObject()
                    .put("operation", line.operation().label())
                    .put("payload_bytes", line.payloadBytes())
                    .put("calls", line.calls())
                    .put("round_trips", finite(line.roundTrips()))
                    .put("request_micros", finite(line.requestMicros()))
                    .put("server_cpu_micros", finite(line.serverCpuMicros()))
                    .put("sidecar_cpu_micros", finite(line.sidecarCpuMicros()))
                    .put("commands", commands));
        }
        ServerCosts.Slow slowest = costs.slowest();
        return new JsonObject()
                .put("lines", lines)
                .put(
                        "slowest",
                        slowest == null
                                ? null
                                : new JsonObject()
                                        .put("command", slowest.command())
                                        .put("micros", slowest.micros()))
                .put("untold", costs.untold());
    }

    private static @Nullable JsonObject scale(@Nullable Scale scale) {
        if (scale == null) {
            return null;
        }
        JsonArray memory = new JsonArray();
        scale.memory()
                .forEach(each -> memory.add(new JsonObject()
                        .put("tasks", each.tasks())
                        .put("payload_bytes", each.payloadBytes())
                        .put("bytes_per_task", finite(each.bytesPerTask()))));
        JsonArray calls = new JsonArray();
        scale.samples().forEach((point, samples) -> {
            JsonArray rounds = new JsonArray();
            samples.forEach(sample -> rounds.add(sample(sample)));
            calls.add(new JsonObject()
                    .put("tasks", point.tasks())
                    .put("operation", point.operation().label())
                    .put("rounds", rounds));
        });
        Scale.Steady steady = scale.steady();
        return new JsonObject()
                .put("weighed", scale.weighed())
                .put("memory", memory)
                .put("calls", calls)
                .put(
                        "steady",
                        steady == null
                                ? null
                                : sample(steady.sample())
                                        .put("tasks", steady.tasks())
                                        .put("rate", steady.rate())
                                        .put("snapshots", steady.snapshots()));
    }

    private static JsonObject target(Target target) {
        return new JsonObject()
                .put("name", target.name())
                .put("measured", finite(target.measured()))
                .put("limit", target.limit())
                .put("at_most", target.atMost())
                .put("unit", target.unit())
                .put("binding", target.binding())
                .put("met", target.met())
                .put("verdict", target.verdict());
    }

    /** JSON has no NaN: what was not measured is null. */
    static @Nullable Double finite(double number) {
        return Double.isFinite(number) ? number : null;
    }
}
