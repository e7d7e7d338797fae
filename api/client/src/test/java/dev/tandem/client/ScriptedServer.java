package dev.tandem.client;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A gRPC server that does with each call what the test says, bad things above all. */
final class ScriptedServer {
    private final GrpcServer grpc;
    private final Vertx vertx;
    private HttpServer http;

    ScriptedServer(Vertx vertx) {
        this.vertx = vertx;
        this.grpc = GrpcServer.server(vertx);
    }

    /** One call that has come in. */
    record Call<Q, R>(Q request, GrpcServerRequest<Q, R> stream) {
        void answer(R message) {
            stream.response().end(message);
        }

        void refuse(GrpcStatus code, String reason, long retryMillis) {
            Status.Builder status = Status.newBuilder()
                    .setCode(code.code)
                    .setMessage("no: " + reason)
                    .addDetails(Any.pack(ErrorInfo.newBuilder()
                            .setDomain("tandem.dev")
                            .setReason(reason)
                            .putMetadata("etag", "7")
                            .build()));
            if (retryMillis > 0) {
                Duration delay = Duration.newBuilder()
                        .setNanos((int) retryMillis * 1_000_000)
                        .build();
                status.addDetails(
                        Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()));
            }
            stream.response()
                    .trailers()
                    .set(
                            "grpc-status-details-bin",
                            Base64.getEncoder()
                                    .withoutPadding()
                                    .encodeToString(status.build().toByteArray()));
            stream.response().status(code).statusMessage("no: " + reason).end();
        }

        /** Closes the whole connection, as a process that dies does. */
        void cut() {
            stream.connection().close();
        }
    }

    /** Serves one method; what it was asked comes in the list. */
    <Q extends Message, R> List<Q> on(ServiceMethod<Q, R> method, Consumer<Call<Q, R>> script) {
        List<Q> asked = new CopyOnWriteArrayList<>();
        grpc.callHandler(
                method,
                stream -> stream.handler(request -> {
                    asked.add(request);
                    script.accept(new Call<>(request, stream));
                }));
        return asked;
    }

    ScriptedServer listen(int port) throws Exception {
        http = await(vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1"))
                .requestHandler(grpc)
                .listen(port));
        return this;
    }

    /** For tests that come back at the same address: a port may be another's by then, a file in the test's folder not. */
    ScriptedServer listen(Path unixSocket) throws Exception {
        Files.deleteIfExists(unixSocket);
        http = await(vertx.createHttpServer()
                .requestHandler(grpc)
                .listen(SocketAddress.domainSocketAddress(unixSocket.toString())));
        return this;
    }

    int port() {
        return http.actualPort();
    }

    void stop() throws Exception {
        await(http.close());
    }

    static <T> T await(io.vertx.core.Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
