package dev.tandem.client;

import com.google.protobuf.ByteString;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.FailTaskRequest;
import dev.tandem.v1.Progress;
import dev.tandem.v1.RenewLeaseRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task in a worker's hands, from its claim until its end is reported or its lease is lost.
 *
 * <p>Its state belongs to the worker's context, but for what the handler may use from other threads.
 */
final class HeldTask implements TaskContext {
    private static final Logger LOG = LoggerFactory.getLogger(HeldTask.class);

    private static final Rpc RENEW = Stubs.task("RenewLease");
    private static final Rpc COMPLETE = Stubs.task("CompleteTask");
    private static final Rpc FAIL = Stubs.task("FailTask");
    private static final int CODE_LENGTH_MAX = 128;
    /** In characters, of up to three bytes each: within the 8 KiB that the sidecar takes. */
    private static final int MESSAGE_LENGTH_MAX = 2048;

    private static final int HEARTBEATS_A_LEASE = 3;
    /** After a heartbeat that failed, the next comes sooner. */
    private static final int ANXIOUS_HEARTBEATS_A_LEASE = 10;

    private static final long NONE = -1;

    private final Worker worker;
    private final Task task;
    private final Promise<Void> leaseLost = Promise.promise();
    private volatile @Nullable Progress progress;

    private @Nullable Progress reported;
    private long leaseEndNanos;
    private long renewTimer = NONE;
    private boolean finishing;

    HeldTask(Worker worker, Task task) {
        this.worker = worker;
        this.task = task;
        this.leaseEndNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(worker.leaseMillis());
    }

    @Override
    public Task task() {
        return task;
    }

    @Override
    public void progress(int percent, String note) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("percent must be 0 to 100, not " + percent);
        }
        progress = Progress.newBuilder().setPercent(percent).setNote(note).build();
    }

    @Override
    public boolean isLeaseLost() {
        return leaseLost.future().isComplete();
    }

    @Override
    public Future<Void> leaseLost() {
        return leaseLost.future();
    }

    /**
     * Hands it to the handler.
     *
     * @param fresh whether it was claimed just now, for all that is known; otherwise a heartbeat finds out
     */
    void begin(boolean fresh) {
        renewIn(fresh ? worker.leaseMillis() / HEARTBEATS_A_LEASE : 0);
        Future<ByteString> result;
        try {
            result = worker.handler().handle(this);
            if (result == null) {
                result = Future.succeededFuture(ByteString.EMPTY);
            }
        } catch (Throwable e) { // an error, too, should not keep the task until its lease runs out
            result = Future.failedFuture(e);
        }
        // The handler's future may complete on any thread.
        result.onComplete(
                value -> worker.context().runOnContext(now -> succeeded(value)),
                cause -> worker.context().runOnContext(now -> failed(cause)));
    }

    private Vertx vertx() {
        return worker.invoker().vertx();
    }

    private long leaseMillisLeft() {
        return TimeUnit.NANOSECONDS.toMillis(leaseEndNanos - System.nanoTime());
    }

    private void renewIn(long millis) {
        renewTimer = vertx().setTimer(Math.max(1, millis), now -> renew());
    }

    private void renew() {
        renewTimer = NONE;
        long left = leaseMillisLeft();
        if (left <= 0) {
            lose("no heartbeat came through while it held");
            return;
        }
        RenewLeaseRequest.Builder request = RenewLeaseRequest.newBuilder()
                .setNamespace(task.getNamespace())
                .setTaskId(task.getTaskId())
                .setToken(token())
                .setLeaseDuration(Times.ofMillis(worker.leaseMillis()));
        Progress now = progress;
        if (now != null && !now.equals(reported)) {
            request.setProgress(now);
        }
        // Counted from before the call, so that this side never believes in the lease for longer than the sidecar does.
        long sentNanos = System.nanoTime();
        worker.invoker()
                .call(RENEW, request.build(), left)
                .<Task>future()
                .onComplete(renewed -> renewed(sentNanos, now), failure -> notRenewed((TandemException) failure));
    }

    private void renewed(long sentNanos, @Nullable Progress sent) {
        if (!finishing && !isLeaseLost()) {
            reported = sent;
            leaseEndNanos = sentNanos + TimeUnit.MILLISECONDS.toNanos(worker.leaseMillis());
            renewIn(worker.leaseMillis() / HEARTBEATS_A_LEASE);
        }
    }

    private void notRenewed(TandemException failure) {
        if (finishing || isLeaseLost()) {
            return;
        }
        boolean mayPass = failure.isWorthAnotherTry() || failure.code() == GrpcStatus.DEADLINE_EXCEEDED;
        long left = leaseMillisLeft();
        if (mayPass && left > 0) {
            renewIn(Math.min(left, worker.leaseMillis() / ANXIOUS_HEARTBEATS_A_LEASE));
        } else {
            lose(failure.getMessage());
        }
    }

    private void lose(@Nullable String why) {
        LOG.warn("the lease of task {} is lost: {}", task.getTaskId(), why);
        stopRenewing();
        leaseLost.tryComplete();
    }

    private void stopRenewing() {
        if (renewTimer != NONE) {
            vertx().cancelTimer(renewTimer);
            renewTimer = NONE;
        }
    }

    /** The drain's time is over: tell the handler, and let another worker have the task. */
    void giveBack() {
        if (finishing || isLeaseLost()) {
            // Its report is under way, or there is nothing to give back: the slot is all that is left.
            if (!finishing) {
                worker.ended(this);
            }
            return;
        }
        stopRenewing();
        leaseLost.tryComplete();
        worker.release(task).onComplete(released -> worker.ended(this));
    }

    private void succeeded(@Nullable ByteString result) {
        if (!beginReport()) {
            return;
        }
        CompleteTaskRequest request = CompleteTaskRequest.newBuilder()
                .setNamespace(task.getNamespace())
                .setTaskId(task.getTaskId())
                .setToken(token())
                .setResult(result == null ? ByteString.EMPTY : result)
                .build();
        worker.invoker()
                .call(COMPLETE, request, reportMillis())
                .<Task>future()
                .onComplete(completed -> worker.ended(this), cause -> {
                    TandemException failure = (TandemException) cause;
                    if (failure.code() == GrpcStatus.INVALID_ARGUMENT) {
                        // A result that is too large, say: the task should tell why it does not get done.
                        reportFailure(failure.reason(), failure.getMessage(), false);
                    } else {
                        unreported(failure);
                    }
                });
    }

    private void failed(Throwable cause) {
        if (!beginReport()) {
            return;
        }
        if (cause instanceof TaskFailure failure) {
            reportFailure(failure.code(), failure.getMessage(), failure.isFinal());
        } else {
            LOG.warn("the handler of task {} failed", task.getTaskId(), cause);
            String name = cause.getClass().getSimpleName();
            reportFailure(name.isEmpty() ? "Exception" : name, cause.getMessage(), false);
        }
    }

    private boolean beginReport() {
        stopRenewing();
        if (isLeaseLost()) {
            worker.ended(this); // whatever came of it no longer counts
            return false;
        }
        finishing = true;
        return true;
    }

    /** A report is worth trying for as long as the lease holds. */
    private long reportMillis() {
        return Math.max(1, leaseMillisLeft());
    }

    private void reportFailure(String code, @Nullable String message, boolean isFinal) {
        TaskError error = TaskError.newBuilder()
                .setCode(shortened(code, CODE_LENGTH_MAX))
                .setMessage(shortened(message == null ? "" : message, MESSAGE_LENGTH_MAX))
                .build();
        FailTaskRequest request = FailTaskRequest.newBuilder()
                .setNamespace(task.getNamespace())
                .setTaskId(task.getTaskId())
                .setToken(token())
                .setError(error)
                .setFinal(isFinal)
                .build();
        worker.invoker()
                .call(FAIL, request, reportMillis())
                .<Task>future()
                .onComplete(reported -> worker.ended(this), cause -> unreported((TandemException) cause));
    }

    private void unreported(TandemException failure) {
        LOG.warn("the end of task {} could not be reported: {}", task.getTaskId(), failure.getMessage());
        leaseLost.tryComplete();
        worker.ended(this);
    }

    private static String shortened(String text, int lengthMax) {
        return text.length() <= lengthMax ? text : text.substring(0, lengthMax);
    }
}
