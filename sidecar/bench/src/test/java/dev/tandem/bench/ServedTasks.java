package dev.tandem.bench;

import dev.tandem.client.ClientOptions;
import dev.tandem.client.TandemClient;
import dev.tandem.grpc.ApiServer;
import dev.tandem.grpc.CallListener;
import dev.tandem.grpc.ServerOptions;
import dev.tandem.store.TaskStore;
import dev.tandem.v1.TaskServiceClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Stores behind servers of the API, in this process, on one event loop. */
final class ServedTasks implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(30);

    final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final List<ApiServer> servers = new ArrayList<>();

    /** A client of a server of its own. */
    TaskServiceClient serve(TaskStore store, Function<ClientOptions, ClientOptions> options) {
        ApiServer server = on(ApiServer.start(
                vertx,
                ServerOptions.DEFAULT.withPort(0).withDrain(Duration.ZERO, Duration.ofSeconds(5)),
                store,
                InstantSource.system(),
                CallListener.NONE));
        servers.add(server);
        return TandemClient.connect(
                        vertx, options.apply(ClientOptions.DEFAULT.withHostAndPort("127.0.0.1", server.port())))
                .tasks();
    }

    TaskServiceClient serve(TaskStore store) {
        return serve(store, Function.identity());
    }

    static <T> T on(Future<T> future) {
        return Waiting.on(future, LONG, "an answer");
    }

    @Override
    public void close() {
        servers.forEach(server -> on(server.drain()));
        on(vertx.close());
    }
}
