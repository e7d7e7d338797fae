package dev.tandem.client;

import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.ReleaseTaskRequest;
import dev.tandem.v1.Task;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.common.GrpcStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running loop that claims tasks, keeps their leases while a handler is at them, and reports what came of it.
 *
 * <p>It claims no more than it has room for, and goes on by itself after the sidecar was away. Its state belongs to the
 * Vert.x context that it was started on; its methods may be called from anywhere.
 */
public final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /** How much longer than its timeout a drain may take, to give back what is unfinished. */
    public static final Duration GIVE_BACK_MAX = Duration.ofSeconds(2);

    private static final Set<GrpcStatus> HOPELESS = Set.of(
            GrpcStatus.INVALID_ARGUMENT,
            GrpcStatus.UNIMPLEMENTED,
            GrpcStatus.PERMISSION_DENIED,
            GrpcStatus.UNAUTHENTICATED);

    private static final Rpc CLAIM = Stubs.task("ClaimTasks");
    private static final Rpc RELEASE = Stubs.task("ReleaseTask");
    private static final int CLAIM_TASKS_MAX = 100;
    private static final long NONE = -1;

    /** What the builder was told. */
    record Settings(List<String> queues, String id, int concurrency, long leaseMillis, long pollMillis) {}

    private final Invoker invoker;
    private final Settings settings;
    private final TaskHandler handler;
    private final Context context;
    private final Backoff backoff;
    private final Promise<Void> stopped = Promise.promise();
    private final Set<HeldTask> held = new LinkedHashSet<>();

    private @Nullable UnaryCall claim;
    private long pauseTimer = NONE;
    private boolean draining;
    private boolean givingBack;
    /** Tasks that are on their way back to the queue without ever having been in hand. */
    private int returning;

    private @Nullable TandemException hopeless;

    Worker(Invoker invoker, Settings settings, TaskHandler handler) {
        this.invoker = invoker;
        this.settings = settings;
        this.handler = handler;
        this.context = invoker.vertx().getOrCreateContext();
        this.backoff = new Backoff(invoker.options());
    }

    /** The worker's name in the tasks that it holds. */
    public String id() {
        return settings.id();
    }

    /**
     * Succeeds when the worker has been drained; fails with a {@link TandemException} if the sidecar refused its claims for
     * good, as for a queue whose name is not allowed.
     */
    public Future<Void> stopped() {
        return stopped.future();
    }

    /**
     * Ends the worker in good order: it claims nothing more, waits for its handlers, and at the timeout gives back what is
     * still unfinished, telling those handlers that their lease is lost. Takes at most {@link #GIVE_BACK_MAX} longer than
     * that; a task that could not even be given back comes free when its lease runs out.
     *
     * @return as {@link #stopped}; draining twice gives the same
     */
    public Future<Void> drain(Duration timeout) {
        long millis = Math.max(0, timeout.toMillis());
        context.runOnContext(now -> beginDrain(millis));
        return stopped.future();
    }

    void begin() {
        context.runOnContext(now -> claim());
    }

    Invoker invoker() {
        return invoker;
    }

    TaskHandler handler() {
        return handler;
    }

    Context context() {
        return context;
    }

    long leaseMillis() {
        return settings.leaseMillis();
    }

    private void claim() {
        int free = Math.min(settings.concurrency() - held.size(), CLAIM_TASKS_MAX);
        if (draining || claim != null || pauseTimer != NONE || free == 0) {
            return;
        }
        ClaimTasksRequest request = ClaimTasksRequest.newBuilder()
                .addAllQueues(settings.queues())
                .setWorkerId(settings.id())
                .setLeaseDuration(Times.ofMillis(settings.leaseMillis()))
                .setMaxTasks(free)
                .setWait(Times.ofMillis(settings.pollMillis()))
                .build();
        long begunNanos = System.nanoTime();
        UnaryCall call = invoker.call(CLAIM, request);
        claim = call;
        call.<ClaimTasksResponse>future().onComplete(response -> claimed(call, begunNanos, response), failure -> {
            if (claim == call) {
                claim = null;
                claimFailed((TandemException) failure);
            }
        });
    }

    private void claimed(UnaryCall call, long begunNanos, ClaimTasksResponse response) {
        if (claim != call) {
            return; // called off by a drain, which asks once more what came of it
        }
        claim = null;
        for (Task task : response.getTasksList()) {
            HeldTask taken = new HeldTask(this, task);
            held.add(taken);
            taken.begin(call.attempts() == 1);
        }
        long waitedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNanos);
        if (response.getTasksCount() == 0 && waitedMillis < settings.pollMillis() / 2) {
            pause(null); // a sidecar that drains answers before the time; don't ask it without end
        } else {
            backoff.reset();
            claim();
        }
    }

    private void claimFailed(TandemException failure) {
        if (HOPELESS.contains(failure.code())) {
            LOG.error("worker {} stops: its claims are refused: {}", settings.id(), failure.getMessage());
            hopeless = failure;
            beginDrain(settings.leaseMillis());
        } else if (invoker.isClosed()) {
            beginDrain(0);
        } else {
            LOG.warn("worker {} can't claim, and tries again: {}", settings.id(), failure.getMessage());
            pause(failure.retryDelay());
        }
    }

    private void pause(@Nullable Duration atLeast) {
        if (draining) {
            return;
        }
        pauseTimer = invoker.vertx().setTimer(backoff.nextMillis(atLeast), now -> {
            pauseTimer = NONE;
            claim();
        });
    }

    /** A task is out of hand, whatever became of it. */
    void ended(HeldTask task) {
        if (held.remove(task)) {
            claim();
            endIfEmpty();
        }
    }

    private void beginDrain(long timeoutMillis) {
        if (draining) {
            return;
        }
        draining = true;
        if (pauseTimer != NONE) {
            invoker.vertx().cancelTimer(pauseTimer);
            pauseTimer = NONE;
        }
        callOffClaim();
        long giveBackTimer = invoker.vertx().setTimer(Math.max(1, timeoutMillis), now -> giveBack());
        long endTimer = invoker.vertx().setTimer(Math.max(1, timeoutMillis) + GIVE_BACK_MAX.toMillis(), now -> end());
        stopped.future().onComplete(ended -> {
            invoker.vertx().cancelTimer(giveBackTimer);
            invoker.vertx().cancelTimer(endTimer);
        });
        endIfEmpty();
    }

    /**
     * The claim that waits may just have got tasks whose answer is lost by calling it off. The same request id without the
     * wait tells, and whatever comes goes back untried.
     */
    private void callOffClaim() {
        UnaryCall waiting = claim;
        if (waiting == null) {
            return;
        }
        ClaimTasksRequest again =
                ((ClaimTasksRequest) waiting.request()).toBuilder().clearWait().build();
        waiting.cancel();
        UnaryCall last = invoker.call(CLAIM, again, GIVE_BACK_MAX.toMillis());
        claim = last;
        last.<ClaimTasksResponse>future().onComplete(answer -> {
            claim = null;
            if (answer.succeeded()) {
                answer.result().getTasksList().forEach(this::giveBackUntouched);
            }
            endIfEmpty();
        });
    }

    private void giveBackUntouched(Task task) {
        returning++;
        release(task).onComplete(released -> {
            returning--;
            endIfEmpty();
        });
    }

    Future<Task> release(Task task) {
        ReleaseTaskRequest request = ReleaseTaskRequest.newBuilder()
                .setNamespace(task.getNamespace())
                .setTaskId(task.getTaskId())
                .setToken(task.getLease().getToken())
                .build();
        return invoker.call(RELEASE, request, GIVE_BACK_MAX.toMillis()).future();
    }

    private void giveBack() {
        if (!givingBack) {
            givingBack = true;
            new ArrayList<>(held).forEach(HeldTask::giveBack);
        }
    }

    private void endIfEmpty() {
        if (draining && claim == null && held.isEmpty() && returning == 0) {
            end();
        }
    }

    private void end() {
        TandemException refused = hopeless;
        if (refused == null) {
            stopped.tryComplete();
        } else {
            stopped.tryFail(refused);
        }
    }
}
