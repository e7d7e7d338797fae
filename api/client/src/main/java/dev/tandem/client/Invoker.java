package dev.tandem.client;

import com.google.protobuf.Message;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.streams.ReadStream;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.common.GrpcStatus;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What every call of one client goes through: the connection, the defaults of requests, the bound on calls. */
final class Invoker {
    /** Room for a page of tasks in one go. */
    private static final int STREAM_WINDOW_BYTES = 1 << 20;

    /** Far more than a stream's, so that a watch whose reader is slow does not hold up calls. */
    private static final int CONNECTION_WINDOW_BYTES = 32 << 20;

    private static final int CONNECT_TIMEOUT_MILLIS = 2000;

    private final Vertx vertx;
    private final ClientOptions options;
    private final SocketAddress address;
    private final GrpcClient grpc;
    /** A secret-strength prefix and a counter: as unlikely to repeat as a random id, at the price of a counter. */
    private final String requestIdPrefix = UUID.randomUUID().toString().replace("-", "") + "-";

    private final AtomicLong requestIds = new AtomicLong();
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean closed;

    Invoker(Vertx vertx, ClientOptions options) {
        this.vertx = vertx;
        this.options = options;
        this.address = options.socketAddress();
        HttpClientOptions transport = new HttpClientOptions()
                .setHttp2ClearTextUpgrade(false)
                .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
                .setInitialSettings(new Http2Settings().setInitialWindowSize(STREAM_WINDOW_BYTES));
        this.grpc = GrpcClient.builder(vertx)
                .with(transport)
                .with(new GrpcClientOptions().setMaxMessageSize(options.messageBytesMax()))
                .build();
    }

    Vertx vertx() {
        return vertx;
    }

    ClientOptions options() {
        return options;
    }

    SocketAddress address() {
        return address;
    }

    GrpcClient grpc() {
        return grpc;
    }

    boolean isClosed() {
        return closed;
    }

    String newRequestId() {
        return requestIdPrefix + requestIds.incrementAndGet();
    }

    /** Begins a call with the default timeout. */
    UnaryCall call(Rpc rpc, Message request) {
        return call(rpc, request, options.callTimeout().toMillis());
    }

    /**
     * Begins a call. It may take as long as given and as the request asks to wait; its future completes on the context
     * that it is begun on.
     */
    UnaryCall call(Rpc rpc, Message request, long timeoutMillis) {
        Message complete = complete(rpc, request);
        Context context = vertx.getOrCreateContext();
        UnaryCall call = new UnaryCall(this, context, rpc, complete, timeoutMillis + rpc.waitMillis(complete));
        if (!enter()) {
            call.refuse(overloaded());
            return call;
        }
        call.future().onComplete(ended -> leave());
        if (Context.isOnEventLoopThread() && Vertx.currentContext() == context) {
            call.begin();
        } else {
            context.runOnContext(begin -> call.begin());
        }
        return call;
    }

    /** Opens a stream, once: whoever reads it decides where to go on after a cut. */
    <R> Future<ReadStream<R>> open(Rpc rpc, Message request) {
        EventStream<R> stream;
        try {
            stream = stream();
        } catch (TandemException overloaded) {
            return Future.failedFuture(overloaded);
        }
        return stream.open(this, rpc, complete(rpc, request)).map(opened -> opened);
    }

    /** A stream that is still to be opened, and counts as a call from now on. */
    <R> EventStream<R> stream() {
        if (!enter()) {
            throw overloaded();
        }
        return new EventStream<>(options.address(), this::leave);
    }

    Message complete(Rpc rpc, Message request) {
        return rpc.complete(request, options.namespace(), this::newRequestId);
    }

    private boolean enter() {
        if (underWay.incrementAndGet() <= options.callsMax()) {
            return true;
        }
        underWay.decrementAndGet();
        return false;
    }

    private void leave() {
        underWay.decrementAndGet();
    }

    private TandemException overloaded() {
        String message = "this client has " + options.callsMax() + " calls under way already; wait for some to end";
        return TandemException.own(GrpcStatus.RESOURCE_EXHAUSTED, Reasons.OVERLOADED, message, false, null);
    }

    /** Closes the connections. Calls under way fail, later ones are refused. */
    Future<Void> close() {
        closed = true;
        return grpc.close();
    }
}
