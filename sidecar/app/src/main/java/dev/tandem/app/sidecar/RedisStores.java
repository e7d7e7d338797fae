package dev.tandem.app.sidecar;

import dev.tandem.app.config.StoreLocation;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisLinks;
import dev.tandem.store.redis.link.RedisOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Opens stores in Redis. Apart from {@link Sidecar}, so that one over SQLite loads nothing of it. */
final class RedisStores {
    private RedisStores() {}

    static Future<RedisTaskStore> open(Vertx vertx, StoreLocation.Redis location, Metrics metrics) {
        return RedisLinks.open(vertx, RedisOptions.of(RedisAddress.parse(location.address())))
                .map(link -> new RedisTaskStore(
                        vertx, link, RedisTaskStore.Settings.DEFAULT, metrics.redis(location.name())));
    }
}
