package dev.tandem.bench;

import com.google.protobuf.Empty;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;

/**
 * A gRPC server that does nothing: what a call through it takes is what gRPC itself costs on this machine, on one event
 * loop, in a process of its own.
 */
public final class EchoServer {
    private static final String PACKAGE = "tandem.bench";
    private static final String SERVICE = "Echo";
    private static final String METHOD = "Empty";
    private static final long STREAMS_MAX = 4096;

    /** The empty call, as its client sees it. */
    static final ServiceMethod<Empty, Empty> EMPTY = Wire.method(PACKAGE, SERVICE, METHOD, Empty.parser());

    private EchoServer() {}

    /**
     * Serves until it is ended.
     *
     * @param args the port
     */
    public static void main(String[] args) {
        int port = Integer.parseInt(args[0]);
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        start(vertx, port).onFailure(failure -> {
            System.err.println("The empty server can't listen on port " + port + ": " + failure.getMessage());
            Runtime.getRuntime().halt(2);
        });
    }

    /** Listens on 127.0.0.1; port 0 is one that the system picks. */
    static Future<HttpServer> start(Vertx vertx, int port) {
        GrpcServer server = GrpcServer.server(vertx);
        ServiceMethod<Empty, Empty> method = ServiceMethod.server(
                ServiceName.create(PACKAGE, SERVICE),
                METHOD,
                GrpcMessageEncoder.encoder(),
                Wire.decoder(Empty.parser()));
        server.callHandler(
                method, request -> request.handler(nothing -> request.response().end(Empty.getDefaultInstance())));
        return vertx.createHttpServer(new HttpServerOptions()
                        .setHost("127.0.0.1")
                        .setPort(port)
                        .setInitialSettings(new Http2Settings().setMaxConcurrentStreams(STREAMS_MAX)))
                .requestHandler(server)
                .listen();
    }
}
