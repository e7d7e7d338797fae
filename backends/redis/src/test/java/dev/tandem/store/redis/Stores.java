package dev.tandem.store.redis;

import dev.tandem.store.redis.servers.RedisServer;
import io.vertx.core.Vertx;

/** Short ways to a store on a test server. */
final class Stores {
    private Stores() {}

    static RedisTaskStore open(Vertx vertx, RedisServer server) {
        return new RedisTaskStore(
                vertx, new TestLink(vertx, server.port()), RedisTaskStore.Settings.DEFAULT, StoreObserver.NONE);
    }
}
