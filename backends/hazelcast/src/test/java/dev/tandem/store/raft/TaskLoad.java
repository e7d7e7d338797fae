package dev.tandem.store.raft;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Verb;
import dev.tandem.testkit.HistoryChecks;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.Operation;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Clients that work on the tasks of all groups at once, from one seed, for as long as a test does harm. All that they see is in
 * a history, which is checked in the end.
 *
 * <p>Each client works in a namespace that is its group's alone, as versions are given once in a group, and goes on to another
 * one with all others after some calls, which keeps each history short enough to check.
 */
public final class TaskLoad implements AutoCloseable {
    private static final int TASKS = 5;
    private static final int CALLS_PER_NAMESPACE = 1_500;

    /** How long a client thinks between two calls: there are other things to do for two processors. */
    private static final long THINK_MILLIS = 2;

    private static final int FAILURES_SHOWN = 5;

    private final Vertx vertx;
    private final int groups;
    private final IntFunction<TaskStore> stores;
    private final Duration deadline;
    private final HistoryRecorder history = new HistoryRecorder();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicLong slowestNanos = new AtomicLong();
    private final AtomicLong slowestFailureNanos = new AtomicLong();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final List<Future<Void>> clients = new ArrayList<>();
    private final long seed;
    private volatile boolean stopped;

    private record Waiter(int calls, Promise<Void> promise) {}

    /**
     * Clients that begin at once.
     *
     * @param stores the store that a client of this number calls; asked before each call
     * @param deadline of each call
     */
    public TaskLoad(Vertx vertx, int groups, int clients, long seed, Duration deadline, IntFunction<TaskStore> stores) {
        this.vertx = vertx;
        this.groups = groups;
        this.stores = stores;
        this.seed = seed;
        this.deadline = deadline;
        for (int client = 0; client < clients; client++) {
            this.clients.add(new Client(client, seed).run());
        }
    }

    /** A seed for a load: one that is asked for, or any. */
    public static long seed() {
        return Long.getLong("tandem.seed", System.nanoTime());
    }

    /** Waits until so many more calls have succeeded. */
    public void awaitCalls(int more) {
        Waiter waiter = new Waiter(answered.get() + more, Promise.promise());
        waiters.add(waiter);
        tellWaiters();
        StoreCalls.await(waiter.promise.future());
    }

    private void tellWaiters() {
        waiters.removeIf(waiter -> waiter.calls <= answered.get() && waiter.promise.tryComplete());
    }

    /** How many calls have succeeded so far. */
    public int calls() {
        return answered.get();
    }

    /** How long the slowest call took that succeeded. */
    public Duration slowest() {
        return Duration.ofNanos(slowestNanos.get());
    }

    /** How long the slowest call took that failed. */
    public Duration slowestFailure() {
        return Duration.ofNanos(slowestFailureNanos.get());
    }

    /** What calls failed with so far, with the number of the client before it. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    /** Ends the work, and waits for what is under way. */
    public void stop() {
        stopped = true;
        clients.forEach(StoreCalls::await);
    }

    /** Ends the work, and checks that what was seen can be explained. */
    public void stopAndCheck() {
        stop();
        check(history.operations());
    }

    /**
     * Reads all tasks by {@code last}, after the end of the work, and checks that they are what the tasks may have come to by all
     * that was seen. What is read is not remembered: another store may have another answer.
     */
    public void checkEnd(TaskStore last) {
        List<Operation> operations = new ArrayList<>(history.operations());
        long now = 1 + operations.stream().mapToLong(TaskLoad::lastMoment).max().orElse(0);
        for (int group = 1; group <= groups; group++) {
            for (String namespace : namespaces(group)) {
                for (String id : ids(group)) {
                    Optional<Task> found =
                            StoreCalls.await(last.query(new TaskQuery.Get(namespace, id), CallOptions.DEFAULT));
                    operations.add(new Operation(
                            clients.size(),
                            now++,
                            now++,
                            new Operation.ReadTask(namespace, id),
                            new Operation.FoundTask(found.orElse(null))));
                }
            }
        }
        check(operations);
    }

    private static long lastMoment(Operation operation) {
        return operation.returned() == Operation.NEVER ? operation.invoked() : operation.returned();
    }

    private void check(List<Operation> operations) {
        try {
            HistoryChecks.check(operations);
        } catch (AssertionError e) {
            throw new AssertionError("-Dtandem.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    /** What was seen so far. */
    public List<Operation> operations() {
        return history.operations();
    }

    /** The namespaces that were used so far of tasks of a group. */
    private List<String> namespaces(int group) {
        return IntStream.rangeClosed(0, answered.get() / CALLS_PER_NAMESPACE)
                .mapToObj(number -> namespace(group, number))
                .toList();
    }

    private static String namespace(int group, int number) {
        return "group" + group + "-" + number;
    }

    private List<String> ids(int group) {
        return ids(group, groups);
    }

    /** Ids of tasks that a group of so many has. */
    public static List<String> ids(int group, int groups) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> "t" + i)
                .filter(id -> Shards.group(id, groups) == group)
                .limit(TASKS)
                .toList();
    }

    /** The group that a namespace of a load's is in. */
    public static int group(String namespace) {
        return Integer.parseInt(namespace.substring("group".length(), namespace.indexOf('-')));
    }

    /** As {@link #stopAndCheck}, and no call may have failed. */
    public void stopAndCheckThatNoneFailed() {
        stopAndCheck();
        if (!failures.isEmpty()) {
            throw new AssertionError("-Dtandem.seed=" + seed + ": " + failures.size() + " calls failed, the first with "
                    + failures.stream().limit(FAILURES_SHOWN).toList());
        }
    }

    /** What there is to say about it, for people. */
    public String summary() {
        return calls() + " calls, the slowest took " + slowest().toMillis() + " ms, " + failures.size() + " failed";
    }

    @Override
    public void close() {
        stopped = true;
    }

    private final class Client {
        private final int number;
        private final int group;
        private final Random random;
        private final ContextInternal context;
        private final String worker;
        private final List<String> ids;
        private final Promise<Void> done = Promise.promise();

        /** The last task that was claimed, if it was not worked off yet. */
        private List<Task> claimed = List.of();

        Client(int number, long seed) {
            this.number = number;
            this.group = 1 + number % groups;
            this.random = new Random(seed + number);
            this.context = ((VertxInternal) vertx).createEventLoopContext();
            this.worker = "w" + number;
            this.ids = ids(group);
        }

        Future<Void> run() {
            context.runOnContext(begin -> next());
            return done.future();
        }

        private void next() {
            if (stopped) {
                done.complete();
                return;
            }
            long begin = System.nanoTime();
            call().onComplete(answer -> {
                if (answer.succeeded()) {
                    answered.incrementAndGet();
                    slowestNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
                    tellWaiters();
                } else {
                    slowestFailureNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
                    failures.add("client " + number + ": " + told(answer.cause()));
                }
                context.setTimer(THINK_MILLIS, timer -> next());
            });
        }

        private static String told(Throwable failure) {
            return failure instanceof StoreException known ? known.kind() + " " + known.getMessage() : "" + failure;
        }

        private String namespace() {
            return TaskLoad.namespace(group, answered.get() / CALLS_PER_NAMESPACE);
        }

        private Future<?> call() {
            TaskStore store = history.client(number, stores.apply(number));
            String namespace = namespace();
            String id = ids.get(random.nextInt(ids.size()));
            if (!claimed.isEmpty() && random.nextInt(4) > 0) {
                Task task = claimed.get(0);
                claimed = List.of();
                TaskLease lease = StoreCalls.lease(task);
                return execute(store, task.namespace(), Tasks.complete(task.id(), lease.token()));
            }
            return switch (random.nextInt(9)) {
                case 0, 1 -> execute(store, namespace, Tasks.create(id));
                case 2 -> execute(store, namespace, Tasks.cancel(id));
                case 3 -> execute(store, namespace, Tasks.delete(id));
                case 4 -> execute(store, namespace, Tasks.retry(id));
                case 5, 6 ->
                    execute(store, namespace, Tasks.claim(worker, 1)).onSuccess(outcome -> {
                        if (outcome instanceof Outcome.Claimed some) {
                            claimed = some.tasks();
                        }
                    });
                default -> store.query(new TaskQuery.Get(namespace, id), options());
            };
        }

        private Future<Outcome> execute(TaskStore store, String namespace, Verb verb) {
            return store.execute(TaskCommand.of(namespace, System.currentTimeMillis(), verb), options());
        }

        private CallOptions options() {
            return new CallOptions(System.nanoTime() + deadline.toNanos(), Consistency.LINEARIZABLE);
        }
    }

    /** For messages: the time since a moment. */
    public static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }
}
