package dev.tandem.robustness;

import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;

/** Counts what a health watch is told: SERVING, NOT_SERVING, and ended for the end of its stream. */
final class HealthWatch implements AutoCloseable {
    static final String ENDED = "ended";

    private static final ServiceMethod<HealthCheckResponse, HealthCheckRequest> WATCH = ServiceMethod.client(
            ServiceName.create("grpc.health.v1.Health"),
            "Watch",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(HealthCheckResponse.getDefaultInstance()));

    private final GrpcClient client;
    private final Progress progress = new Progress();

    HealthWatch(Vertx vertx, int port) {
        client = GrpcClient.client(vertx);
        client.request(SocketAddress.inetSocketAddress(port, "127.0.0.1"), WATCH)
                .compose(request -> {
                    request.end(HealthCheckRequest.getDefaultInstance());
                    return request.response();
                })
                .onComplete(
                        response -> {
                            response.handler(
                                    told -> progress.add(told.getStatus().name()));
                            response.endHandler(end -> progress.add(ENDED));
                            response.exceptionHandler(cut -> progress.add(ENDED));
                        },
                        failure -> progress.add(ENDED));
    }

    Progress progress() {
        return progress;
    }

    @Override
    public void close() {
        Workload.await(client.close());
    }
}
