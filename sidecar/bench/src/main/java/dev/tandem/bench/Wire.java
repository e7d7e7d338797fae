package dev.tandem.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.common.WireFormat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A gRPC client that does as little as possible for each call: no defaults, no retries, no deadline.
 *
 * <p>The load generator shares the machine with what it measures, so what it costs itself is taken from the result.
 */
final class Wire {
    private static final int STREAM_WINDOW_BYTES = 1 << 20;
    private static final int CONNECTION_WINDOW_BYTES = 32 << 20;
    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    /** A call that was answered with another status than OK. */
    static final class StatusException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient GrpcStatus status;

        StatusException(GrpcStatus status, @Nullable String message) {
            super(status.name() + (message == null ? "" : ": " + message), null, false, false);
            this.status = status;
        }

        GrpcStatus status() {
            return status;
        }
    }

    private final List<GrpcClient> clients = new ArrayList<>();
    private final SocketAddress address;
    private int next;

    /** Connects when it is first used. */
    Wire(Vertx vertx, SocketAddress address, int connections) {
        this.address = address;
        for (int i = 0; i < connections; i++) {
            clients.add(GrpcClient.client(
                    vertx,
                    new HttpClientOptions()
                            .setHttp2ClearTextUpgrade(false)
                            .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
                            .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
                            .setInitialSettings(new Http2Settings().setInitialWindowSize(STREAM_WINDOW_BYTES))));
        }
    }

    static <Q extends MessageLite, R extends MessageLite> ServiceMethod<R, Q> method(
            String packageName, String service, String method, Parser<R> parser) {
        return ServiceMethod.client(
                ServiceName.create(packageName, service), method, GrpcMessageEncoder.encoder(), decoder(parser));
    }

    static <R> GrpcMessageDecoder<R> decoder(Parser<R> parser) {
        return new GrpcMessageDecoder<>() {
            @Override
            public R decode(GrpcMessage message) throws CodecException {
                try {
                    return parser.parseFrom(message.payload().getBytes());
                } catch (InvalidProtocolBufferException e) {
                    throw new CodecException(e);
                }
            }

            @Override
            public boolean accepts(WireFormat format) {
                return format == WireFormat.PROTOBUF;
            }
        };
    }

    /** Fails with a {@link StatusException} if the call was answered with an error. */
    <Q, R> Future<R> call(ServiceMethod<R, Q> method, Q message) {
        next = next + 1 == clients.size() ? 0 : next + 1;
        return clients.get(next).request(address, method).compose(request -> send(request, message));
    }

    private static <Q, R> Future<R> send(GrpcClientRequest<Q, R> request, Q message) {
        Promise<R> answer = Promise.promise();
        request.response().onComplete(response -> {
            if (response.succeeded()) {
                receive(response.result(), answer);
            } else {
                answer.tryFail(response.cause());
            }
        });
        request.end(message).onFailure(answer::tryFail);
        return answer.future();
    }

    private static <Q, R> void receive(GrpcClientResponse<Q, R> response, Promise<R> answer) {
        Received<R> received = new Received<>();
        response.exceptionHandler(answer::tryFail);
        response.handler(message -> received.message = message);
        response.endHandler(end -> {
            GrpcStatus status = response.status();
            if (status != GrpcStatus.OK) {
                answer.tryFail(new StatusException(status, response.statusMessage()));
            } else if (received.message == null) {
                answer.tryFail(new StatusException(GrpcStatus.INTERNAL, "the answer is empty"));
            } else {
                answer.tryComplete(received.message);
            }
        });
    }

    private static final class Received<R> {
        @Nullable
        R message;
    }

    Future<?> close() {
        return Future.join(clients.stream().map(GrpcClient::close).toList());
    }
}
