package dev.tandem.robustness;

import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.StoreObserver;
import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisLinks;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.sqlite.SqliteOptions;
import dev.tandem.store.sqlite.SqliteTaskStore;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A store as it runs in earnest, within reach of several sidecars of this process. Closing it closes what it has opened. */
interface RealStore extends AutoCloseable {
    /** A sidecar's way to it, with connections of its own where the store has any. */
    TaskStore open();

    @Override
    void close();

    /** One file. It has one opener, so sidecars share that. */
    static RealStore sqlite(Vertx vertx, Path folder) {
        TaskStore store = StoreCalls.await(SqliteTaskStore.open(vertx, SqliteOptions.of(folder.resolve("tandem.db"))));
        return new RealStore() {
            @Override
            public TaskStore open() {
                return store;
            }

            @Override
            public void close() {
                StoreCalls.await(store.close());
            }
        };
    }

    /** One server. */
    static RealStore redis(Vertx vertx) {
        RedisServer server = RedisServer.start();
        List<TaskStore> opened = new ArrayList<>();
        return new RealStore() {
            @Override
            public TaskStore open() {
                TaskStore store = new RedisTaskStore(
                        vertx,
                        StoreCalls.await(RedisLinks.open(vertx, RedisOptions.of(RedisAddress.parse(server.url())))),
                        RedisTaskStore.Settings.DEFAULT,
                        StoreObserver.NONE);
                opened.add(store);
                return store;
            }

            @Override
            public void close() {
                opened.forEach(store -> StoreCalls.await(store.close()));
                server.close();
            }
        };
    }
}
