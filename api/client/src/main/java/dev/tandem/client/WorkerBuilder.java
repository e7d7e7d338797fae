package dev.tandem.client;

import com.google.protobuf.ByteString;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What a {@link Worker} shall do: how much at once, under which lease, and what with each task. */
public final class WorkerBuilder {
    /** The most tasks that one worker has in hand at once. */
    public static final int CONCURRENCY_MAX = 1000;

    private static final Duration LEASE_MIN = Duration.ofMillis(100);
    private static final Duration LEASE_MAX = Duration.ofHours(24);
    private static final Duration POLL_MIN = Duration.ofMillis(10);
    private static final Duration POLL_MAX = Duration.ofMinutes(5);

    private final Invoker invoker;
    private final Consumer<Worker> started;
    private final List<String> queues;
    private String id = "worker-" + UUID.randomUUID();
    private int concurrency = 1;
    private Duration lease = Duration.ofSeconds(30);
    private Duration poll = Duration.ofSeconds(20);

    WorkerBuilder(Invoker invoker, Consumer<Worker> started, List<String> queues) {
        require(!queues.isEmpty(), "a worker needs a queue");
        this.invoker = invoker;
        this.started = started;
        this.queues = List.copyOf(queues);
    }

    /** The worker's name in the tasks that it holds. Default: a random one. */
    public WorkerBuilder id(String id) {
        this.id = id;
        return this;
    }

    /** How many tasks it has in hand at most, 1 to 1000. Default 1. */
    public WorkerBuilder concurrency(int concurrency) {
        require(
                concurrency >= 1 && concurrency <= CONCURRENCY_MAX,
                "concurrency must be 1 to " + CONCURRENCY_MAX + ", not " + concurrency);
        this.concurrency = concurrency;
        return this;
    }

    /**
     * How long a task stays this worker's without a sign of life, 100 ms to 24 h. Default 30 s. A sign of life is sent every
     * third of it.
     */
    public WorkerBuilder lease(Duration lease) {
        require(
                lease.compareTo(LEASE_MIN) >= 0 && lease.compareTo(LEASE_MAX) <= 0,
                "the lease must be 100 ms to 24 h, not " + lease);
        this.lease = lease;
        return this;
    }

    /** How long one claim waits for a task to come, 10 ms to 5 min. Default 20 s. It delays no task. */
    public WorkerBuilder poll(Duration wait) {
        require(
                wait.compareTo(POLL_MIN) >= 0 && wait.compareTo(POLL_MAX) <= 0,
                "the poll must be 10 ms to 5 min, not " + wait);
        this.poll = wait;
        return this;
    }

    /** Starts the worker. Its handler runs on the Vert.x context of the caller, which then owns the worker's state. */
    public Worker handle(TaskHandler handler) {
        return start(handler, () -> {});
    }

    /** Starts the worker, with a thread of its own for every task that it may have in hand. */
    public Worker handleBlocking(BlockingTaskHandler handler) {
        WorkerExecutor threads = invoker.vertx()
                .createSharedWorkerExecutor(
                        "tandem-" + id + "-" + UUID.randomUUID(), concurrency, LEASE_MAX.toDays(), TimeUnit.DAYS);
        return start(
                task -> threads.executeBlocking(
                        () -> {
                            ByteString result = handler.handle(task);
                            return result == null ? ByteString.EMPTY : result;
                        },
                        false),
                threads::close);
    }

    private Worker start(TaskHandler handler, Runnable atEnd) {
        Worker worker = new Worker(
                invoker, new Worker.Settings(queues, id, concurrency, lease.toMillis(), poll.toMillis()), handler);
        Future<Void> stopped = worker.stopped();
        stopped.onComplete(ended -> atEnd.run());
        started.accept(worker);
        worker.begin();
        return worker;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
