package dev.tandem.bench;

import dev.tandem.grpc.ApiServer;
import dev.tandem.grpc.CallListener;
import dev.tandem.grpc.ServerOptions;
import dev.tandem.routing.Router;
import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.StoreObserver;
import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisLinks;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.sqlite.SqliteOptions;
import dev.tandem.store.sqlite.SqliteTaskStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** Stands for the program, which the benchmark does not know: the API over a store, and nothing else. */
final class TinySidecar {
    private TinySidecar() {}

    /** Understands {@code sidecar --listen host:port --admin host:port --store sqlite:file} or a Redis. */
    public static void main(String[] args) {
        List<String> given = List.of(args);
        if (!given.get(0).equals("sidecar")) {
            throw new IllegalArgumentException(given.toString());
        }
        String listen = given.get(given.indexOf("--listen") + 1);
        String store = given.get(given.indexOf("--store") + 1);
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        // On the event loop, whose thread keeps the process alive.
        vertx.runOnContext(start -> serve(vertx, listen, store));
    }

    private static void serve(Vertx vertx, String listen, String store) {
        open(vertx, store)
                .compose(opened -> ApiServer.start(
                        vertx,
                        ServerOptions.DEFAULT.withPort(Integer.parseInt(listen.substring(listen.indexOf(':') + 1))),
                        Router.single(vertx, "main", opened),
                        InstantSource.system(),
                        CallListener.NONE))
                .onFailure(failure -> {
                    System.err.println(failure.getMessage());
                    Runtime.getRuntime().halt(2);
                });
    }

    private static Future<? extends TaskStore> open(Vertx vertx, String store) {
        if (store.startsWith("redis")) {
            return RedisLinks.open(vertx, RedisOptions.of(RedisAddress.parse(store)))
                    .map(link -> new RedisTaskStore(vertx, link, RedisTaskStore.Settings.DEFAULT, StoreObserver.NONE));
        }
        return SqliteTaskStore.open(vertx, SqliteOptions.of(Path.of(store.substring("sqlite:".length()))));
    }
}
