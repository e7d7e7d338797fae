package dev.tandem.client;

import com.google.protobuf.Message;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.streams.ReadStream;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one server stream, whose end is told as calls tell theirs: the exception handler gets a
 * {@link TandemException}, the end handler is called only after the sidecar ended the stream with OK.
 *
 * <p>Its state belongs to the context that it was opened on.
 */
final class EventStream<R> implements ReadStream<R> {
    private final String address;
    private final Runnable leave;
    private final Promise<EventStream<R>> opened = Promise.promise();
    private @Nullable GrpcClientRequest<Message, Message> request;
    private @Nullable GrpcClientResponse<Message, Message> response;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;
    private boolean ended;

    /**
     * A stream that is still to be opened.
     *
     * @param leave called once, when it has ended or could not be opened
     */
    EventStream(String address, Runnable leave) {
        this.address = address;
        this.leave = leave;
    }

    /** Opens it; the future succeeds with the first bytes of the answer, or fails with a {@link TandemException}. */
    Future<EventStream<R>> open(Invoker invoker, Rpc rpc, Message message) {
        invoker.grpc()
                .request(invoker.address(), rpc.method())
                .onComplete(
                        stream -> send(stream, message),
                        cause -> end(
                                invoker.isClosed()
                                        ? Failures.canceled("the client is closed", false)
                                        : Failures.unreachable(address, cause)));
        return opened.future();
    }

    private void send(GrpcClientRequest<Message, Message> stream, Message message) {
        request = stream;
        if (ended) {
            stream.cancel();
            return;
        }
        stream.exceptionHandler(this::broken);
        stream.response().onComplete(this::receive, this::broken);
        stream.end(message).onFailure(this::broken);
    }

    private void receive(GrpcClientResponse<Message, Message> stream) {
        response = stream;
        stream.exceptionHandler(this::broken);
        stream.invalidMessageHandler(invalid -> {
            broken(invalid);
            Objects.requireNonNull(request).cancel();
        });
        stream.errorHandler(error -> broken(UnaryCall.reset(error)));
        stream.endHandler(end -> end(stream.status() == GrpcStatus.OK ? null : Failures.answered(stream)));
        opened.tryComplete(this);
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
        // A stream only reads, so nothing of it was ever applied.
        TandemException told = failure == null ? null : failure.withMaybeApplied(false);
        if (told != null && !opened.tryFail(told) && exceptionHandler != null) {
            exceptionHandler.handle(told);
        } else if (told == null && endHandler != null) {
            endHandler.handle(null);
        }
    }

    /** Ends it from this side; its handlers hear nothing more. */
    void cancel() {
        if (ended) {
            return;
        }
        ended = true;
        leave.run();
        if (request != null) {
            request.cancel();
        }
        opened.tryFail(Failures.canceled("the stream was closed", false));
    }

    private GrpcClientResponse<Message, Message> response() {
        return Objects.requireNonNull(response, "not open yet");
    }

    @Override
    @SuppressWarnings("unchecked") // the decoder is that of the method
    public EventStream<R> handler(@Nullable Handler<R> handler) {
        response()
                .handler(
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
        response().pause();
        return this;
    }

    @Override
    public EventStream<R> resume() {
        response().resume();
        return this;
    }

    @Override
    public EventStream<R> fetch(long amount) {
        response().fetch(amount);
        return this;
    }
}
