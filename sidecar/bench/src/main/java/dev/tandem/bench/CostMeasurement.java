package dev.tandem.bench;

import dev.tandem.task.Bytes;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Finds out what calls through the sidecar cost the server, by what the server counts. */
final class CostMeasurement {
    private static final Duration COUNTED = Duration.ofMillis(50);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    private static final int MANY = 64;
    private static final String SLOWLOG_LENGTH = "128";

    private final LoadGenerator load;
    private final TaskCalls api;
    private final LongSupplier sidecarCpuNanos;
    private final PlainRedis redis;
    private final RedisNamespaces namespaces;
    private final @Nullable RedisMonitor monitor;
    private final List<ServerCosts.Line> lines = new ArrayList<>();

    /**
     * @param sidecarCpuNanos the CPU time that it has taken; below 0 where the system does not tell
     * @param monitor closed once it is not needed; null where requests can't be counted
     */
    CostMeasurement(
            LoadGenerator load,
            TaskCalls api,
            LongSupplier sidecarCpuNanos,
            PlainRedis redis,
            RedisNamespaces namespaces,
            @Nullable RedisMonitor monitor) {
        this.load = load;
        this.api = api;
        this.sidecarCpuNanos = sidecarCpuNanos;
        this.redis = redis;
        this.namespaces = namespaces;
        this.monitor = monitor;
    }

    /** Measures each operation and payload of the plan. What the server does not allow is left out, and told. */
    ServerCosts run(Plan plan) {
        try {
            stats();
        } catch (BenchException e) {
            return new ServerCosts(List.of(), null, e.getMessage());
        }
        Map<Integer, Map<Operation, Double>> roundTrips = new HashMap<>();
        if (monitor != null) {
            plan.payloadBytes().forEach(payload -> roundTrips.put(payload, roundTrips(monitor, plan, payload)));
            // The server is slower while it is watched.
            monitor.close();
        }
        plan.payloadBytes().forEach(payload -> costs(plan, payload, roundTrips.getOrDefault(payload, Map.of())));
        try {
            return new ServerCosts(lines, slowest(), null);
        } catch (BenchException e) {
            return new ServerCosts(lines, null, e.getMessage());
        }
    }

    private ServerStats stats() {
        return ServerStats.parse(redis.ask(Request.cmd(Command.INFO).arg("all")).toString());
    }

    private Map<Operation, Double> roundTrips(RedisMonitor counter, Plan plan, int payload) {
        Map<Operation, Double> roundTrips = new EnumMap<>(Operation.class);
        pass(plan.once(COUNTED), 1, payload, new Workload.Phases() {
            private long before;

            @Override
            public void begin(Operation operation) {
                before = counter.requests();
            }

            @Override
            public void end(Operation operation, Sample sample) {
                roundTrips.put(operation, (double) (counter.requests() - before) / (sample.count() + sample.errors()));
            }
        });
        return roundTrips;
    }

    private void costs(Plan plan, int payload, Map<Operation, Double> roundTrips) {
        pass(plan.once(plan.phase()), MANY, payload, new Workload.Phases() {
            private ServerStats before = stats();
            private long cpuNanos;

            @Override
            public void begin(Operation operation) {
                before = stats();
                cpuNanos = sidecarCpuNanos.getAsLong();
            }

            @Override
            public void end(Operation operation, Sample sample) {
                long cpuNow = sidecarCpuNanos.getAsLong();
                long calls = sample.count() + sample.errors();
                double trips = roundTrips.getOrDefault(operation, Double.NaN);
                double cpuMicros = cpuNow < 0 ? Double.NaN : (cpuNow - cpuNanos) / 1e3;
                lines.add(ServerCosts.Line.of(operation, payload, calls, trips, stats().since(before), cpuMicros));
            }
        });
    }

    private void pass(Plan plan, int inFlight, int payload, Workload.Phases phases) {
        namespaces.begin();
        // A namespace is put on the server's list before its first task, and its scripts are loaded; not so later.
        Waiting.on(api.create("first", "first", Bytes.EMPTY), ANSWER_TIMEOUT, "the first task");
        new Workload(load, api, plan, inFlight, payload, new SplittableRandom(payload)).run(phases);
        namespaces.end();
    }

    /** The slowest of our own requests that the server has noted. */
    private ServerCosts.@Nullable Slow slowest() {
        ServerCosts.Slow slowest = null;
        Response entries = redis.ask(Request.cmd(Command.SLOWLOG).arg("GET").arg(SLOWLOG_LENGTH));
        for (int i = 0; i < entries.size(); i++) {
            long micros = entries.get(i).get(2).toLong();
            Response words = entries.get(i).get(3);
            if (isOurs(words) && (slowest == null || micros > slowest.micros())) {
                slowest = new ServerCosts.Slow(words.get(0).toString(), micros);
            }
        }
        return slowest;
    }

    private boolean isOurs(Response words) {
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).toString().contains("{" + namespaces.prefix() + "-")) {
                return true;
            }
        }
        return false;
    }
}
