package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Gate;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Two stores, a and b, and sidecar processes around them, on simulated time: for tests that take one step after the other. */
public final class SimStage {
    private static final long WAIT_MILLIS_MAX = 120_000;

    private static final long LOOK_MILLIS = 50;

    /** How long a store is away that nobody brings back. */
    private static final long LONG_MILLIS = 3_600_000;

    private final SimFleet fleet = new SimFleet(7, false, true, Set.of(), Long.MAX_VALUE, 1);

    /** What happens in a sidecar before each of its calls; what it throws is what the call fails with. */
    @FunctionalInterface
    public interface Hook {
        void before(Sidecar sidecar, String store, Object call);
    }

    public Hook hook = (sidecar, store, call) -> {};

    public InstantSource clock() {
        return fleet.clock;
    }

    public Sidecar sidecar() {
        return sidecar("a", "b");
    }

    /** One that has only these stores. */
    public Sidecar sidecar(String... stores) {
        return new Sidecar(stores);
    }

    public void pass(Duration time) {
        fleet.world.runUntil(fleet.world.millis() + time.toMillis());
    }

    /** The result, when it is there. Fails as the future does. */
    public <T> T await(Future<T> future) {
        runUntil(future::isComplete, 1);
        if (future.failed() && future.cause() instanceof RuntimeException cause) {
            throw cause;
        }
        return future.result();
    }

    /** Lets time go on until it is so. */
    public void runUntil(Supplier<Boolean> condition) {
        runUntil(condition, LOOK_MILLIS);
    }

    private void runUntil(Supplier<Boolean> condition, long lookMillis) {
        long until = fleet.world.millis() + WAIT_MILLIS_MAX;
        while (!condition.get()) {
            if (fleet.world.millis() > until) {
                throw new AssertionError("it never came");
            }
            fleet.world.runUntil(fleet.world.millis() + lookMillis);
        }
    }

    /** Each call of the store takes so much longer. */
    public void slow(String store, Duration by) {
        server(store).slowMillis = by.toMillis();
    }

    /** Takes the store away, or brings it back. */
    public void down(String store, boolean isDown) {
        server(store).goDown(isDown ? LONG_MILLIS : 0);
    }

    private SimServer server(String store) {
        SimServer server = fleet.servers.get(store);
        if (server == null) {
            throw new AssertionError("no store " + store);
        }
        return server;
    }

    /** Has a store do this at once, past everything, under whatever epoch it has. */
    public Outcome execute(String store, String namespace, Verb verb) {
        TaskCommand command = TaskCommand.of(namespace, fleet.world.millis(), verb);
        return server(store).execute(command.withEpoch(gate(store, namespace).epoch()));
    }

    /** As a failover to a replica that is behind: the task is again as it was, and the other one as if it had never been. */
    public void lose(String store, String namespace, Task again, String never) {
        server(store).lose(namespace, again);
        server(store).lose(namespace, never);
    }

    public Gate gate(String store, String namespace) {
        return server(store).answer(new TaskQuery.GetGate(namespace), CallOptions.ANY_EPOCH);
    }

    /** The tasks, or leases, that a store has. */
    public List<StoredRecord> records(String store, String namespace, RecordKind kind) {
        return server(store).records(namespace, kind);
    }

    /** A sidecar process: it can be killed, and cut off from a store. */
    public final class Sidecar {
        private final SimProcess process = new SimProcess(fleet.world);
        private final Stores stores;
        private final Router router;

        private Sidecar(String... names) {
            Map<String, TaskStore> seen = new HashMap<>();
            for (String name : names) {
                seen.put(name, new Hooked(name, server(name).seenBy(process)));
            }
            stores = new Stores(seen, names[0]);
            router = Router.of(process, stores);
        }

        public Host host() {
            return process;
        }

        public Stores stores() {
            return stores;
        }

        public Policies policies() {
            return router.policies();
        }

        public Policy policy(String namespace) {
            return await(policies().refresh(namespace));
        }

        /** As callers do. */
        public Outcome call(String namespace, Verb verb) {
            return await(router.execute(TaskCommand.of(namespace, fleet.world.millis(), verb), CallOptions.DEFAULT));
        }

        public void kill() {
            process.kill();
        }

        private final class Hooked implements TaskStore {
            private final String name;
            private final TaskStore store;

            Hooked(String name, TaskStore store) {
                this.name = name;
                this.store = store;
            }

            private <T> Future<T> call(Object call, Supplier<Future<T>> go) {
                try {
                    hook.before(Sidecar.this, name, call);
                } catch (StoreException e) {
                    return Future.failedFuture(e);
                }
                return go.get();
            }

            @Override
            public Future<Outcome> execute(TaskCommand command, CallOptions options) {
                return call(command, () -> store.execute(command, options));
            }

            @Override
            public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
                return call(query, () -> store.query(query, options));
            }

            @Override
            public Subscription subscribe(String namespace, Runnable listener) {
                return store.subscribe(namespace, listener);
            }

            @Override
            public Capabilities capabilities() {
                return store.capabilities();
            }

            @Override
            public Future<Void> close() {
                return store.close();
            }
        }
    }
}
