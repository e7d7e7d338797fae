package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.RecordKind;
import dev.tandem.task.StoredRecord;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.LinearizabilityChecker;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Sidecars of a simulation with their clients, two stores, and all that can go wrong with any of them. */
final class SimFleet {
    static final String NAMESPACE = "default";

    /** How long after its work is over everything that is under way has come to rest. */
    private static final long REST_MILLIS = 20_000;

    final long seed;
    final SimWorld world;
    final InstantSource clock;
    final Map<String, SimServer> servers = new TreeMap<>();
    final HistoryRecorder recorder = new HistoryRecorder();
    private final boolean hasFaults;
    private final boolean writesBack;

    /** How long clients work on the same few tasks, and how long they wait between two calls at most. */
    private final long tasksMillis;

    private final int pauseMillisMax;
    private boolean isOver;
    private int clients;
    int calls;
    int failedCalls;

    /** @param without guards that are taken away from the stores */
    SimFleet(
            long seed,
            boolean hasFaults,
            boolean writesBack,
            Set<SimServer.Guard> without,
            long tasksMillis,
            int pauseMillisMax) {
        this.seed = seed;
        this.hasFaults = hasFaults;
        this.writesBack = writesBack;
        this.tasksMillis = tasksMillis;
        this.pauseMillisMax = pauseMillisMax;
        this.world = new SimWorld(seed);
        this.clock = () -> Instant.ofEpochMilli(world.millis());
        servers.put("a", new SimServer(world, "a", 1 + world.random.nextInt(2), without));
        servers.put("b", new SimServer(world, "b", 1 + world.random.nextInt(3), without));
    }

    /** One sidecar process, with the stores as it sees them. */
    static class Sidecar {
        final SimProcess process;
        final Stores stores;
        final Policies policies;
        final Router router;

        Sidecar(SimFleet fleet) {
            process = new SimProcess(fleet.world);
            Map<String, TaskStore> seen = new HashMap<>();
            fleet.servers.forEach((name, server) -> seen.put(name, server.seenBy(process)));
            stores = new Stores(seen, "a");
            policies = new Policies(stores, process);
            router = Router.of(
                    stores,
                    policies,
                    fleet.writesBack ? new DualWriter(stores, policies, process) : new NoWriteBack(this));
        }

        CallOptions soon(long millis) {
            return new CallOptions(process.nanoTime() + millis * 1_000_000, Consistency.LINEARIZABLE);
        }
    }

    /** Shows what it has read whether the mirror has it or not. */
    private static final class NoWriteBack extends DualWriter {
        NoWriteBack(Sidecar sidecar) {
            super(sidecar.stores, sidecar.policies, sidecar.process);
        }

        @Override
        <R> Future<R> shown(Policy policy, TaskQuery<R> query, R answer, CallOptions options) {
            return Future.succeededFuture(answer);
        }
    }

    boolean isOver() {
        return isOver;
    }

    boolean hasFaults() {
        return hasFaults;
    }

    /** Where the clients' tasks are just now: they go on to others after a while, as what was lost of one is never settled. */
    long place() {
        return (world.millis() - SimWorld.START_MILLIS) / tasksMillis;
    }

    int pauseMillis() {
        return 1 + world.random.nextInt(pauseMillisMax);
    }

    void startSidecar(int itsClients) {
        Sidecar sidecar = new Sidecar(this);
        for (int i = 0; i < itsClients; i++) {
            new SimClient(++clients, this, sidecar).go();
        }
        troubleWithin(200, 2_000, sidecar.process, () -> startSidecar(itsClients));
    }

    /** Something happens to the process in this time; when it dies, there will be another one. */
    void troubleWithin(long fromMillis, int millis, SimProcess process, Runnable another) {
        if (hasFaults) {
            process.after(fromMillis + world.random.nextInt(millis), () -> trouble(process, another));
        }
    }

    private void trouble(SimProcess process, Runnable another) {
        if (isOver) {
            return;
        }
        if (world.chance(35)) {
            process.kill();
            world.afterMillis(world.random.nextInt(300), another);
            return;
        } else if (world.chance(50)) {
            process.standStill(world.random.nextInt(800));
        } else {
            process.cutFrom(world.chance(50) ? "a" : "b", world.random.nextInt(600));
        }
        troubleWithin(200, 2_000, process, another);
    }

    private void outage() {
        if (!isOver) {
            world.afterMillis(300L + world.random.nextInt(1_500), () -> {
                List<SimServer> all = List.copyOf(servers.values());
                all.get(world.random.nextInt(all.size())).goDown(world.random.nextInt(300));
                outage();
            });
        }
    }

    /** Everybody works for so long, and then rests. */
    void work(long millis) {
        if (hasFaults) {
            servers.values().forEach(server -> server.faultPercent = world.random.nextInt(4));
            world.afterMillis(10, this::outage);
        }
        world.runUntil(SimWorld.START_MILLIS + millis);
        servers.values().forEach(server -> server.faultPercent = 0);
        isOver = true;
        world.runUntil(SimWorld.START_MILLIS + millis + REST_MILLIS);
    }

    /** The result, when the time for it is over. */
    <T> T await(String what, Future<T> future) {
        return await(what, future, REST_MILLIS);
    }

    <T> T await(String what, Future<T> future, long millisMax) {
        long until = world.millis() + millisMax;
        while (!future.isComplete() && world.millis() < until) {
            world.runUntil(world.millis() + 10);
        }
        if (!future.succeeded()) {
            throw new AssertionError(what + ": " + (future.failed() ? future.cause() : "no answer"), future.cause());
        }
        return future.result();
    }

    void checkHistory() {
        LinearizabilityChecker.check(recorder.operations()).ifPresent(wrong -> {
            throw new AssertionError(wrong);
        });
    }

    /** That a policy's mirror holds what its authority does. */
    void checkStoresAgree(Policy policy) {
        for (RecordKind kind : List.of(RecordKind.TASK, RecordKind.LEASE)) {
            List<StoredRecord> decided = at(policy.authority(), kind);
            List<StoredRecord> mirrored = at(policy.requireMirror(), kind);
            if (!decided.equals(mirrored)) {
                throw new AssertionError("the stores differ in the end, in " + kind + "s:\n  " + policy.authority()
                        + " " + decided + "\n  " + policy.mirror() + " " + mirrored);
            }
        }
    }

    List<StoredRecord> at(String store, RecordKind kind) {
        SimServer server = servers.get(store);
        return server == null ? List.of() : server.records(NAMESPACE, kind);
    }

    /** Fails with the seed, and what is wrong. */
    <T> T run(Supplier<T> simulation) {
        try {
            return simulation.get();
        } catch (AssertionError | RuntimeException e) {
            if (SimWorld.IS_TRACED) {
                recorder.operations().forEach(System.out::println);
            }
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }
}
