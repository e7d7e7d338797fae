package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.ScanPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Verb;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * A test's way to a store: each call is made on an event loop's context and waited for on the test's thread.
 *
 * <p>Commands are stamped by a {@link TestClock}. Every call also checks that the store's future completed on the
 * context that the call was made on, and that it failed with a {@link StoreException} if at all.
 */
public final class StoreCalls {
    /** How long any wait of a test lasts before it fails. */
    public static final Duration WAIT_MAX = Duration.ofSeconds(20);

    private final Vertx vertx;
    private final TaskStore store;
    private final TestClock clock;
    private final String namespace;
    private final Context context;

    public StoreCalls(Vertx vertx, TaskStore store, TestClock clock, String namespace) {
        this.vertx = vertx;
        this.store = store;
        this.clock = clock;
        this.namespace = namespace;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
    }

    /** The same in another namespace, on a context of its own. */
    public StoreCalls in(String otherNamespace) {
        return new StoreCalls(vertx, store, clock, otherNamespace);
    }

    /** The same on another context. */
    public StoreCalls onAnotherContext() {
        return in(namespace);
    }

    public String namespace() {
        return namespace;
    }

    public Context context() {
        return context;
    }

    /** Creates tasks with the largest payload that there is by default, with ids in their order. */
    List<Task> createLarge(int count) {
        return createLarge(count, UnaryOperator.identity());
    }

    /** @param naming makes the tasks' ids of simpler ones */
    List<Task> createLarge(int count, UnaryOperator<String> naming) {
        Bytes payload = Bytes.of(new byte[Limits.PAYLOAD_BYTES_DEFAULT]);
        return IntStream.range(0, count)
                .mapToObj(i -> apply(Tasks.create(
                        naming.apply("large" + (char) ('a' + i)), Tasks.spec().withPayload(payload))))
                .toList();
    }

    /** Waits for a future, which must be completed elsewhere. */
    public static <T> T await(Future<T> future) {
        CompletableFuture<T> waiting = future.toCompletionStage().toCompletableFuture();
        try {
            return waiting.get(WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException refused) {
                throw refused;
            }
            throw new AssertionError("a call failed, and not with a StoreException: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new AssertionError("nothing came within " + WAIT_MAX, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }

    /** Makes a call on the context; the future that is returned may be waited for anywhere. */
    public <T> Future<T> start(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(nothing -> {
            Future<T> answer;
            try {
                answer = call.get();
            } catch (RuntimeException | Error e) {
                promise.fail(new AssertionError("the store threw instead of answering", e));
                return;
            }
            answer.onComplete(done -> {
                if (Vertx.currentContext() != context) {
                    promise.fail(
                            new AssertionError("completed on " + Vertx.currentContext() + ", called on " + context));
                } else if (done.succeeded()) {
                    promise.complete(done.result());
                } else {
                    promise.fail(done.cause());
                }
            });
        });
        return promise.future();
    }

    public Future<Outcome> start(TaskCommand command) {
        return start(() -> store.execute(command, CallOptions.DEFAULT));
    }

    /** The verb as a command of this namespace, at the time of the clock. */
    public TaskCommand command(Verb verb) {
        return TaskCommand.of(namespace, clock.millis(), verb);
    }

    public Outcome execute(TaskCommand command) {
        return await(start(command));
    }

    public Outcome execute(Verb verb) {
        return execute(command(verb));
    }

    /** Runs the verb under a request id. */
    public Outcome request(String requestId, Verb verb) {
        return execute(Tasks.request(namespace, clock.millis(), requestId, verb));
    }

    /** Runs the verb, which must write a task, and returns what was written. */
    public Task apply(Verb verb) {
        Outcome outcome = execute(verb);
        assertThat(outcome).as("%s", verb).isInstanceOf(Outcome.Applied.class);
        return ((Outcome.Applied) outcome).task();
    }

    /** Runs the verb, which the rules must refuse for this reason. */
    public Outcome.Rejected reject(Verb verb, Outcome.Reason reason) {
        Outcome outcome = execute(verb);
        assertThat(outcome).as("%s", verb).isInstanceOf(Outcome.Rejected.class);
        Outcome.Rejected rejected = (Outcome.Rejected) outcome;
        assertThat(rejected.reason()).as("%s: %s", verb, rejected.message()).isEqualTo(reason);
        return rejected;
    }

    /** Deletes the task and returns the tombstone's version. */
    public long delete(String taskId) {
        Outcome outcome = execute(Tasks.delete(taskId));
        assertThat(outcome).isInstanceOf(Outcome.Deleted.class);
        return ((Outcome.Deleted) outcome).version();
    }

    public Outcome.Claimed claim(Verb.Claim claim) {
        return (Outcome.Claimed) execute(claim);
    }

    /** Claims one task of {@link Tasks#QUEUE}, which must be there. */
    public Task claimOne(String worker) {
        List<Task> tasks = claim(Tasks.claim(worker, 1)).tasks();
        assertThat(tasks).hasSize(1);
        return tasks.get(0);
    }

    public Outcome.Swept sweep(int limit) {
        return (Outcome.Swept) execute(new Verb.Sweep(limit));
    }

    /** Runs the verb, which must be granted. */
    public LeaderLease grant(Verb.OnLease verb) {
        Outcome outcome = execute(verb);
        assertThat(outcome).as("%s", verb).isInstanceOf(Outcome.Granted.class);
        return ((Outcome.Granted) outcome).lease();
    }

    /** Hands over the records as another store's, whose newest version is this. Returns how many were taken. */
    public long mirror(long version, StoredRecord... records) {
        Outcome outcome = execute(new Verb.Mirror(List.of(records), version));
        assertThat(outcome).isInstanceOf(Outcome.Mirrored.class);
        return ((Outcome.Mirrored) outcome).applied();
    }

    /** All pages of a scan, from the beginning on. */
    public List<ScanPage> scan(int limit) {
        List<ScanPage> pages = new ArrayList<>();
        ScanPosition after = null;
        do {
            ScanPage page = query(new TaskQuery.Scan(namespace, after, limit));
            pages.add(page);
            after = page.next();
            assertThat(pages).as("pages").hasSizeLessThan(10_000);
        } while (after != null);
        return pages;
    }

    /** All that the namespace holds, in its order. */
    public List<StoredRecord> scanAll() {
        return scan(Limits.PAGE_SIZE_MAX).stream()
                .flatMap(page -> page.records().stream())
                .toList();
    }

    public <R> R query(TaskQuery<R> query) {
        return await(start(() -> store.query(query, CallOptions.DEFAULT)));
    }

    public Optional<Task> find(String taskId) {
        return query(new TaskQuery.Get(namespace, taskId));
    }

    /** The task, which must be there. */
    public Task get(String taskId) {
        Optional<Task> task = find(taskId);
        assertThat(task).as("task %s", taskId).isPresent();
        return task.orElseThrow();
    }

    /** The first tasks that match, oldest first, up to {@code limit}. */
    public List<Task> list(TaskFilter filter, int limit) {
        return query(new TaskQuery.ListTasks(namespace, filter, false, null, limit))
                .tasks();
    }

    /** How a call with a deadline so far from now fails; it must. */
    public StoreException failure(TaskCommand command, Duration deadline) {
        return failureOf(start(() -> store.execute(command, options(deadline))));
    }

    /** How a query with a deadline so far from now fails; it must. */
    public StoreException failure(TaskQuery<?> query, Duration deadline) {
        return failureOf(start(() -> store.query(query, options(deadline))));
    }

    /** How the call fails; it must. */
    public static StoreException failureOf(Future<?> future) {
        try {
            Object answer = await(future);
            throw new AssertionError("was to fail, but answered " + answer);
        } catch (StoreException e) {
            return e;
        }
    }

    private static CallOptions options(Duration deadline) {
        return new CallOptions(System.nanoTime() + deadline.toNanos(), Consistency.LINEARIZABLE);
    }

    /** The worker's lease of a task, which must have one. */
    public static TaskLease lease(Task task) {
        return Objects.requireNonNull(task.lease(), () -> "no lease: " + task);
    }

    /** The fencing token of a task's lease, which must have one. */
    public static long token(Task task) {
        return lease(task).token();
    }
}
