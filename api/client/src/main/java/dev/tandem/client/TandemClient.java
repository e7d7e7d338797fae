package dev.tandem.client;

import dev.tandem.v1.LeaseServiceClient;
import dev.tandem.v1.TaskServiceClient;
import dev.tandem.v1.WatchTasksRequest;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one sidecar, made when it is first needed and again whenever it was lost.
 *
 * <p>Calls take and return the messages of tandem.v1. What a request leaves empty is filled in: the namespace, and a
 * request id where there is a field for one. Calls that fail in a way that may pass are tried again within their timeout:
 * at once known to be unapplied, or under the same request id. Their futures complete on the caller's Vert.x context and
 * fail with a {@link TandemException} only.
 *
 * <p>Safe for use by many threads; one client is enough for a process.
 */
public final class TandemClient implements AutoCloseable {
    private static final long CLOSE_SECONDS_MAX = 10;

    private final Invoker invoker;
    private final Set<Worker> workers = ConcurrentHashMap.newKeySet();
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final @Nullable Vertx owned;

    private TandemClient(Invoker invoker, @Nullable Vertx owned) {
        this.invoker = invoker;
        this.owned = owned;
    }

    /** A client on a Vert.x of the application's own, which stays open when the client is closed. */
    public static TandemClient connect(Vertx vertx, ClientOptions options) {
        return new TandemClient(new Invoker(vertx, options), null);
    }

    /** A client on a Vert.x instance that it starts, and ends when it is closed. */
    public static TandemClient connect(ClientOptions options) {
        Vertx vertx = Vertx.vertx();
        return new TandemClient(new Invoker(vertx, options), vertx);
    }

    /** Where it connects to, and how. */
    public ClientOptions options() {
        return invoker.options();
    }

    /** Calls of TaskService, each within the default timeout. */
    public TaskServiceClient tasks() {
        return tasks(options().callTimeout());
    }

    /**
     * Calls of TaskService, each within a timeout of 1 ms to 24 h; what a claim or a wait asks to wait comes on top.
     * WatchTasks has none, and is not resumed.
     */
    public TaskServiceClient tasks(Duration timeout) {
        ClientOptions.requireTimeout(timeout);
        return Stubs.tasks(invoker, timeout.toMillis());
    }

    /** Calls of LeaseService, each within the default timeout. */
    public LeaseServiceClient leases() {
        return leases(options().callTimeout());
    }

    /** Calls of LeaseService, each within a timeout of 1 ms to 24 h. */
    public LeaseServiceClient leases(Duration timeout) {
        ClientOptions.requireTimeout(timeout);
        return Stubs.leases(invoker, timeout.toMillis());
    }

    /**
     * A worker that claims from these queues, to be started by {@link WorkerBuilder#handle} or
     * {@link WorkerBuilder#handleBlocking}.
     */
    public WorkerBuilder worker(String... queues) {
        return new WorkerBuilder(invoker, this::own, List.of(queues));
    }

    private void own(Worker worker) {
        workers.add(worker);
        worker.stopped().onComplete(ended -> workers.remove(worker));
    }

    /**
     * Watches tasks as they change, across cuts and restarts of the sidecar. The handler runs on the caller's Vert.x
     * context.
     *
     * @param request where to begin, and what to see
     */
    public Watch watch(WatchTasksRequest request, WatchHandler handler) {
        Watch watch = new Watch(invoker, request, handler);
        watches.add(watch);
        watch.ended().onComplete(ended -> watches.remove(watch));
        watch.begin();
        return watch;
    }

    /**
     * Ends watches, drains workers without waiting for their handlers, and closes the connection. Calls under way fail, and so do later ones. Closing twice is harmless.
     */
    public Future<Void> shutdown() {
        Vertx vertx = owned;
        List<Future<Void>> ending = new ArrayList<>();
        watches.forEach(watch -> ending.add(watch.close()));
        workers.forEach(worker -> ending.add(worker.drain(Duration.ZERO)));
        Future<Void> closed =
                Future.join(ending).eventually(invoker::close).otherwiseEmpty().mapEmpty();
        return vertx == null ? closed : closed.eventually(vertx::close);
    }

    /** As {@link #shutdown}, and waits until it is done, up to 10 s; on an event loop it does not wait. */
    @Override
    public void close() {
        Future<Void> done = shutdown();
        if (Context.isOnEventLoopThread()) {
            return;
        }
        try {
            done.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the client could not be closed in good order", e);
        }
    }
}
