package dev.tandem.client;

import com.google.protobuf.Message;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcError;
import io.vertx.grpc.common.GrpcErrorException;
import io.vertx.grpc.common.GrpcStatus;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call with one request and one answer, tried again for as long as that is safe and the deadline leaves time.
 *
 * <p>Its state belongs to the context that it was begun on; only {@link #cancel} and {@link #future} are for everyone.
 */
final class UnaryCall {
    private static final long NONE = -1;

    private final Invoker invoker;
    private final Context context;
    private final Rpc rpc;
    private final Message request;
    private final long timeoutMillis;
    private final long deadlineNanos;
    private final Promise<Message> promise = Promise.promise();
    private final Backoff backoff;

    private int attempts;
    private long deadlineTimer = NONE;
    private long retryTimer = NONE;
    private boolean done;
    /** Whether an attempt so far may have been applied, for all that its answer, or lack of one, says. */
    private boolean maybeApplied;

    private @Nullable Attempt current;
    private @Nullable TandemException last;

    UnaryCall(Invoker invoker, Context context, Rpc rpc, Message request, long timeoutMillis) {
        this.invoker = invoker;
        this.context = context;
        this.rpc = rpc;
        this.request = request;
        this.timeoutMillis = timeoutMillis;
        this.deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        this.backoff = new Backoff(invoker.options());
    }

    /** The answer, of the type that the method gives; fails with a {@link TandemException} only. */
    @SuppressWarnings("unchecked") // the decoder is that of the method
    <R> Future<R> future() {
        return (Future<R>) promise.future();
    }

    /** The request as it is sent, with what the client filled in. */
    Message request() {
        return request;
    }

    /** How often it was tried; when it has ended, for the context that it was begun on. */
    int attempts() {
        return attempts;
    }

    /** Calls it off, from any thread. It may have been applied. */
    void cancel() {
        context.runOnContext(
                now -> fail(Failures.canceled(rpc.name() + " was called off", maybeApplied || current != null)));
    }

    /** Ends it before it began. */
    void refuse(TandemException why) {
        done = true;
        promise.fail(why);
    }

    void begin() {
        deadlineTimer = invoker.vertx().setTimer(Math.max(1, timeoutMillis), now -> expire());
        attempt();
    }

    private void attempt() {
        if (done) {
            return;
        }
        retryTimer = NONE;
        attempts++;
        if (invoker.isClosed()) {
            fail(Failures.canceled("the client is closed", maybeApplied));
            return;
        }
        Attempt attempt = new Attempt();
        current = attempt;
        invoker.grpc()
                .request(invoker.address(), rpc.method())
                .onComplete(attempt::send, cause -> attempt.fail(Failures.unreachable(address(), cause)));
    }

    private String address() {
        return invoker.options().address();
    }

    private long millisLeft() {
        return TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
    }

    private void failed(TandemException failure) {
        if (!failure.isWorthAnotherTry()) {
            // The sidecar's verdict under this request id holds for the attempts before it, too; running out of time is
            // none.
            boolean verdict = failure.code() != GrpcStatus.DEADLINE_EXCEEDED;
            fail(verdict ? failure : failure.withMaybeApplied(maybeApplied || failure.maybeApplied()));
            return;
        }
        maybeApplied |= failure.maybeApplied();
        last = failure;
        boolean safe = !failure.maybeApplied() || rpc.isRepeatable();
        long waitMillis = backoff.nextMillis(failure.retryDelay());
        if (!safe || attempts >= invoker.options().attemptsMax() || waitMillis >= millisLeft() || invoker.isClosed()) {
            fail(failure.withMaybeApplied(maybeApplied));
        } else {
            retryTimer = invoker.vertx().setTimer(waitMillis, now -> attempt());
        }
    }

    private void expire() {
        deadlineTimer = NONE;
        boolean maybe = !rpc.reads() && (maybeApplied || (current != null && current.isSent()));
        fail(Failures.deadline(rpc.name(), address(), timeoutMillis, maybe, last));
    }

    private void fail(TandemException failure) {
        if (finish()) {
            promise.fail(rpc.reads() ? failure.withMaybeApplied(false) : failure);
        }
    }

    private void succeed(Message answer) {
        if (finish()) {
            promise.complete(answer);
        }
    }

    private boolean finish() {
        if (done) {
            return false;
        }
        done = true;
        if (deadlineTimer != NONE) {
            invoker.vertx().cancelTimer(deadlineTimer);
        }
        if (retryTimer != NONE) {
            invoker.vertx().cancelTimer(retryTimer);
        }
        Attempt attempt = current;
        if (attempt != null) {
            attempt.abandon();
        }
        return true;
    }

    /** One try: however many ways its end is reported, the first counts. */
    private final class Attempt {
        private @Nullable GrpcClientRequest<Message, Message> stream;
        private @Nullable Message answer;
        private boolean ended;

        boolean isSent() {
            return stream != null;
        }

        void send(GrpcClientRequest<Message, Message> opened) {
            stream = opened;
            if (ended) {
                opened.cancel(); // the call ended while the connection was being made
                return;
            }
            try {
                opened.timeout(Math.max(1, millisLeft()), TimeUnit.MILLISECONDS);
                opened.exceptionHandler(this::broken);
                opened.response().onComplete(this::receive, this::broken);
                opened.end(request).onFailure(this::broken);
            } catch (IllegalStateException e) {
                broken(e); // the stream broke between its opening and now
            }
        }

        private void receive(GrpcClientResponse<Message, Message> response) {
            response.handler(message -> answer = message);
            response.exceptionHandler(this::broken);
            response.invalidMessageHandler(invalid -> {
                broken(invalid);
                Objects.requireNonNull(stream).cancel();
            });
            response.errorHandler(error -> broken(reset(error)));
            response.endHandler(end -> {
                Message message = answer;
                if (response.status() != GrpcStatus.OK) {
                    fail(Failures.answered(response));
                } else if (message == null) {
                    fail(Failures.empty(address()));
                } else if (end()) {
                    succeed(message);
                }
            });
        }

        private void broken(Throwable cause) {
            fail(Failures.broken(address(), cause));
        }

        void fail(TandemException failure) {
            if (end()) {
                failed(failure);
            }
        }

        private boolean end() {
            if (ended) {
                return false;
            }
            ended = true;
            current = null;
            return true;
        }

        /** Nobody waits for it any more: the sidecar may stop, too. */
        void abandon() {
            if (end() && stream != null) {
                stream.cancel();
            }
        }
    }

    /** How Vert.x tells of a stream that was reset in the middle of its answer. */
    static GrpcErrorException reset(@Nullable GrpcError error) {
        return new GrpcErrorException(error, error == null ? GrpcStatus.UNKNOWN : error.status);
    }
}
