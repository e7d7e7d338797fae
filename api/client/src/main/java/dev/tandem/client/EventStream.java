package dev.tandem.client;

import com.google.protobuf.Message;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.streams.ReadStream;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one server stream, whose end is told as calls tell theirs: the exception handler gets a
 * {@link TandemException}, the end handler is called only after the sidecar ended the stream with OK.
 *
 * <p>Its state belongs to the context that it was opened on.
 */
final class EventStream<R> implements ReadStream<R> {
    private final String address;
    private final GrpcClientRequest<Message, Message> request;
    private final GrpcClientResponse<Message, Message> response;
    private final Runnable leave;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;
    private boolean ended;

    private EventStream(
            String address,
            GrpcClientRequest<Message, Message> request,
            GrpcClientResponse<Message, Message> response,
            Runnable leave) {
        this.address = address;
        this.request = request;
        this.response = response;
        this.leave = leave;
        request.exceptionHandler(this::broken);
        response.exceptionHandler(this::broken);
        response.invalidMessageHandler(invalid -> {
            broken(invalid);
            request.cancel();
        });
        response.errorHandler(error -> broken(UnaryCall.reset(error)));
        response.endHandler(end -> end(response.status() == GrpcStatus.OK ? null : Failures.answered(response)));
    }

    /**
     * Opens a stream; the future succeeds with the first bytes of the answer.
     *
     * @param leave called once, when it has ended or could not be opened
     */
    static <R> Future<EventStream<R>> open(Invoker invoker, Rpc rpc, Message message, Runnable leave) {
        String address = invoker.options().address();
        Promise<EventStream<R>> opened = Promise.promise();
        invoker.grpc()
                .request(invoker.address(), rpc.method())
                .onComplete(
                        request -> {
                            request.exceptionHandler(cause -> fail(opened, leave, Failures.broken(address, cause)));
                            request.response()
                                    .onComplete(
                                            response -> opened.tryComplete(
                                                    new EventStream<>(address, request, response, leave)),
                                            cause -> fail(opened, leave, Failures.broken(address, cause)));
                            request.end(message);
                        },
                        cause -> fail(opened, leave, Failures.unreachable(address, cause)));
        return opened.future();
    }

    private static <R> void fail(Promise<EventStream<R>> opened, Runnable leave, TandemException failure) {
        if (opened.tryFail(failure)) {
            leave.run();
        }
    }

    private void broken(Throwable cause) {
        end(Failures.broken(address, cause));
    }

    private void end(@Nullable TandemException failure) {
        if (ended) {
            return;
        }
        ended = true;
        leave.run();
        if (failure != null && exceptionHandler != null) {
            exceptionHandler.handle(failure.withMaybeApplied(false));
        } else if (failure == null && endHandler != null) {
            endHandler.handle(null);
        }
    }

    /** Ends it from this side; its handlers hear nothing more. */
    void cancel() {
        if (!ended) {
            ended = true;
            leave.run();
            request.cancel();
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the decoder is that of the method
    public EventStream<R> handler(@Nullable Handler<R> handler) {
        response.handler(
                handler == null
                        ? null
                        : message -> {
                            if (!ended) {
                                handler.handle((R) message);
                            }
                        });
        return this;
    }

    @Override
    public EventStream<R> exceptionHandler(@Nullable Handler<Throwable> handler) {
        exceptionHandler = handler;
        return this;
    }

    @Override
    public EventStream<R> endHandler(@Nullable Handler<Void> handler) {
        endHandler = handler;
        return this;
    }

    @Override
    public EventStream<R> pause() {
        response.pause();
        return this;
    }

    @Override
    public EventStream<R> resume() {
        response.resume();
        return this;
    }

    @Override
    public EventStream<R> fetch(long amount) {
        response.fetch(amount);
        return this;
    }
}
