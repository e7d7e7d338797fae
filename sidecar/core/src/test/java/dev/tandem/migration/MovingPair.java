package dev.tandem.migration;

import dev.tandem.migration.Verify.Step;
import dev.tandem.routing.Host;
import dev.tandem.routing.Policies;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Router;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordName;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A namespace that moves from store a to store b, and a test's hands on both. What is done by them is not hooked, and done at once. */
final class MovingPair implements AutoCloseable {
    static final String NAMESPACE = "default";
    private static final Duration STEP_MAX = Duration.ofSeconds(5);

    /** What happens before a call that is made through the hooked stores; what it throws is what the call fails with. */
    interface Hook {
        void before(String store, Object call);
    }

    final Vertx vertx = Vertx.vertx();
    final TestClock clock = new TestClock();
    final ReferenceTaskStore a = new ReferenceTaskStore(vertx);
    final ReferenceTaskStore b = new ReferenceTaskStore(vertx);
    final Stores stores = new Stores(Map.of("a", new Hooked("a", a), "b", new Hooked("b", b)), "a");
    final Policies policies = Router.of(vertx, stores).policies();
    final PolicySteps steps = new PolicySteps(stores, policies, Host.of(vertx));
    private final Context context = vertx.getOrCreateContext();
    Hook hook = (store, call) -> {};
    Policy policy = Policy.first("a");

    /** Begins the move: what was written before is in a alone. */
    void start() {
        policy = on(() -> steps.start(NAMESPACE, policy, "b", true, STEP_MAX));
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
                hook.before(name, call);
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

    Outcome execute(TaskStore store, Verb verb) {
        TaskCommand command = TaskCommand.of(NAMESPACE, clock.millis(), verb).withEpoch(policy.epoch());
        Future<Outcome> outcome = store.execute(command, CallOptions.DEFAULT);
        if (outcome.failed()) {
            throw new AssertionError(outcome.cause());
        }
        return outcome.result();
    }

    /** Has the authority write a task. */
    Task apply(Verb verb) {
        return ((Outcome.Applied) execute(a, verb)).task();
    }

    LeaderLease grant(Verb verb) {
        return ((Outcome.Granted) execute(a, verb)).lease();
    }

    /** Writes past the policy. */
    void rogue(TaskStore store, StoredRecord... records) {
        execute(store, new Verb.Mirror(List.of(records), 0));
    }

    <R> R query(TaskStore store, TaskQuery<R> query) {
        return store.query(query, CallOptions.DEFAULT).result();
    }

    /** Delivers all that is in the outbox. */
    void deliver() {
        for (boolean more = true; more; ) {
            OutboxPage page = query(a, new TaskQuery.Outbox(NAMESPACE, 0, Limits.MIRROR_MAX));
            execute(b, new Verb.Mirror(page.records(), page.lastVersion()));
            execute(a, new Verb.Acknowledge(0, page.entries()));
            more = page.more();
        }
    }

    /** A task that both stores have. */
    Task createDelivered(String id) {
        Task task = apply(Tasks.create(id));
        deliver();
        clock.advanceMillis(1);
        return task;
    }

    /** What is found where nothing differs. */
    static Step step(long compared, long inFlight) {
        return new Step(null, compared, inFlight, List.of());
    }

    /** The tasks and leases of a store. */
    Map<RecordName, StoredRecord> records(TaskStore store) {
        Map<RecordName, StoredRecord> found = new LinkedHashMap<>();
        ScanPosition after = null;
        do {
            var page = query(store, new TaskQuery.Scan(NAMESPACE, after, Limits.PAGE_SIZE_MAX));
            page.records().stream()
                    .filter(record -> record instanceof Task || record instanceof LeaderLease)
                    .forEach(record -> found.put(RecordName.of(record), record));
            after = page.next();
        } while (after != null);
        return found;
    }

    Verify verify(int pageSize) {
        return new Verify(stores, policies, NAMESPACE, pageSize);
    }

    Step page(@Nullable ScanPosition after, int pageSize) {
        return on(() -> verify(pageSize).page(after, CallOptions.DEFAULT));
    }

    /** All pages as one. */
    Step verifyAll(int pageSize) {
        List<Difference> differences = new ArrayList<>();
        long compared = 0;
        long inFlight = 0;
        ScanPosition after = null;
        do {
            Step page = page(after, pageSize);
            differences.addAll(page.differences());
            compared += page.compared();
            inFlight += page.inFlight();
            ScanPosition next = page.next();
            if (after != null && next != null && next.compareTo(after) <= 0) {
                throw new AssertionError("goes back from " + after + " to " + next);
            }
            after = next;
        } while (after != null);
        return new Step(null, compared, inFlight, differences);
    }

    void repair(Difference difference) {
        on(() -> verify(10).repair(difference, CallOptions.DEFAULT).map(0));
    }

    /** Calls on an event loop, and waits. Fails as the future does. */
    <T> T on(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(go -> {
            try {
                call.get().onComplete(promise);
            } catch (RuntimeException | Error e) {
                promise.fail(e);
            }
        });
        try {
            return promise.future()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(StoreCalls.WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    StoredRecord record(TaskStore store, RecordName name) {
        return Objects.requireNonNull(records(store).get(name), () -> "no " + name);
    }

    @Override
    public void close() {
        StoreCalls.await(vertx.close());
    }
}
