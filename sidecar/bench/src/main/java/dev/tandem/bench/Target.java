package dev.tandem.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A figure that the project has set itself, and what was measured.
 *
 * @param atMost whether the limit is the highest good value, or the lowest
 * @param binding whether it is promised for what was measured; if not, it is shown to compare with
 */
record Target(String name, double measured, double limit, boolean atMost, String unit, boolean binding) {
    private static final double MIB = 1024.0 * 1024;
    private static final double GROUP_COMMIT = 20;
    private static final double READY_MILLIS = 1000;
    private static final double IDLE_MIB = 64;
    private static final double LOADED_MIB = 100;
    private static final double LOADED_RATE = 20_000;
    private static final double LATENCY_RATIO = 1.25;
    private static final double THROUGHPUT_RATIO = 0.7;
    private static final double THROUGHPUT = 60_000;
    private static final int MANY = 64;
    private static final double ROUND_TRIPS = 1;
    private static final double SCALE_RATIO = 2;
    private static final double STALL_MILLIS = 50;

    boolean met() {
        return atMost ? measured <= limit : measured >= limit;
    }

    /** Such as "met, by 12 %". */
    String verdict() {
        if (limit == 0) {
            return met() ? "met" : "missed";
        }
        double by = Math.abs(measured - limit) / limit * 100;
        return String.format(Locale.ROOT, "%s by %.0f %%", met() ? "met" : "missed", by);
    }

    /** All targets that these measurements say something about. */
    static List<Target> of(Backend.Kind store, Plan plan, Results results, @Nullable Footprint footprint) {
        List<Target> targets = new ArrayList<>();
        if (store == Backend.Kind.SQLITE) {
            plan.payloadBytes().forEach(payload -> groupCommit(results, payload, targets));
        }
        if (footprint != null) {
            targets.add(new Target(
                    "sidecar ready after its start", footprint.medianReadyMillis(), READY_MILLIS, true, "ms", true));
            if (footprint.idleBytes() >= 0) {
                targets.add(
                        new Target("sidecar memory, idle", footprint.idleBytes() / MIB, IDLE_MIB, true, "MiB", true));
            }
            Sample load = footprint.load();
            if (load != null && footprint.loadedBytes() >= 0) {
                String name = String.format(
                        Locale.ROOT,
                        "sidecar memory at %,.0f op/s (of %,.0f asked for)",
                        load.throughput(),
                        footprint.rate());
                targets.add(new Target(
                        name,
                        footprint.loadedBytes() / MIB,
                        LOADED_MIB,
                        true,
                        "MiB",
                        footprint.rate() >= LOADED_RATE && load.throughput() >= 0.95 * LOADED_RATE));
            }
        }
        for (int payload : plan.payloadBytes()) {
            for (Operation operation : List.of(Operation.GET_HIT, Operation.CREATE)) {
                throughSidecar(store, results, Way.SIDECAR, operation, payload, targets);
                throughSidecar(store, results, Way.SIDECAR_UNIX, operation, payload, targets);
            }
        }
        return targets;
    }

    /** What is promised of the requests to a Redis, and of many tasks in a store. */
    static List<Target> ofServer(@Nullable ServerCosts costs, @Nullable Scale scale) {
        List<Target> targets = new ArrayList<>();
        if (costs != null) {
            costs.lines().stream()
                    .filter(line -> line.operation() != Operation.LIFE && !Double.isNaN(line.roundTrips()))
                    .forEach(line -> targets.add(new Target(
                            "round trips of " + line.operation().label() + ", payload "
                                    + Text.bytes(line.payloadBytes()),
                            line.roundTrips(),
                            ROUND_TRIPS,
                            true,
                            "a call",
                            true)));
        }
        List<Integer> tasks =
                scale == null ? List.of() : scale.tasks().stream().sorted().toList();
        if (scale != null && tasks.size() > 1) {
            int few = tasks.get(0);
            int many = tasks.get(tasks.size() - 1);
            for (Operation operation : List.of(Operation.GET_HIT, Operation.CREATE, Operation.CLAIM)) {
                targets.add(new Target(
                        String.format(
                                Locale.ROOT,
                                "p99 of %s, %,d tasks against %,d, 16 in flight",
                                operation.label(),
                                many,
                                few),
                        scale.median(new Scale.Point(many, operation), Sample::p99Nanos)
                                / scale.median(new Scale.Point(few, operation), Sample::p99Nanos),
                        SCALE_RATIO,
                        true,
                        "x",
                        true));
            }
        }
        if (scale != null && scale.steady() != null) {
            Scale.Steady steady = scale.steady();
            targets.add(new Target(
                    String.format(
                            Locale.ROOT,
                            "longest call, %,d tasks, %,.0f creates a second, while %d states were written",
                            steady.tasks(),
                            steady.rate(),
                            steady.snapshots()),
                    steady.sample().maxNanos() / 1e6,
                    STALL_MILLIS,
                    true,
                    "ms",
                    steady.snapshots() > 0));
        }
        return targets;
    }

    private static void groupCommit(Results results, int payload, List<Target> targets) {
        Cell one = new Cell(Way.STORE, Operation.CREATE, 1, payload);
        Cell many = new Cell(Way.STORE, Operation.CREATE, MANY, payload);
        if (results.has(one) && results.has(many)) {
            targets.add(new Target(
                    "group commit: creates at 64 in flight against 1, payload " + Text.bytes(payload),
                    results.median(many, Sample::throughput) / results.median(one, Sample::throughput),
                    GROUP_COMMIT,
                    false,
                    "x",
                    true));
        }
    }

    /** What is promised for a sidecar over Redis, against the cheapest command of the plain client. */
    private static void throughSidecar(
            Backend.Kind store, Results results, Way sidecar, Operation operation, int payload, List<Target> targets) {
        String what = operation.label() + (sidecar == Way.SIDECAR_UNIX ? ", unix socket" : "") + ", payload "
                + Text.bytes(payload);
        Cell one = new Cell(sidecar, operation, 1, payload);
        Cell many = new Cell(sidecar, operation, MANY, payload);
        boolean isRedis = store == Backend.Kind.REDIS;
        for (Way direct : sidecar.direct()) {
            if (isRedis && (direct == Way.STORE || direct == Way.STORE_UNIX)) {
                continue; // it is told in the table; two comparisons are enough
            }
            boolean binding = direct == Way.CLIENT || direct == Way.CLIENT_UNIX;
            if (results.has(one) && results.has(one.by(direct)) && results.has(one.by(Way.EMPTY))) {
                targets.add(new Target(
                        "p50 of " + what + ", 1 in flight, against " + direct.label() + " + empty",
                        results.latencyRatio(one, direct),
                        LATENCY_RATIO,
                        true,
                        "x",
                        binding));
            }
            if (results.has(many) && results.has(many.by(direct))) {
                targets.add(new Target(
                        "throughput of " + what + ", 64 in flight, against " + direct.label(),
                        results.throughputRatio(many, direct),
                        THROUGHPUT_RATIO,
                        false,
                        "x",
                        binding));
            }
        }
        if (results.has(many)) {
            targets.add(new Target(
                    "throughput of " + what + ", 64 in flight",
                    results.median(many, Sample::throughput),
                    THROUGHPUT,
                    false,
                    "op/s",
                    isRedis));
        }
    }
}
