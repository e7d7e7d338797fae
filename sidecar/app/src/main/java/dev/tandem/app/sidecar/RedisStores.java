package dev.tandem.app.sidecar;

import dev.tandem.app.config.RedisStoreOptions;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.app.metrics.RedisMetrics;
import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.link.RedisLinks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Opens stores in Redis. Apart from {@link Sidecar}, so that one over SQLite loads nothing of it. */
final class RedisStores {
    private RedisStores() {}

    static Future<TaskStore> open(Vertx vertx, RedisStoreOptions options, String name, Metrics metrics) {
        return RedisLinks.open(vertx, options.link()).map(link -> {
            RedisMetrics meters = new RedisMetrics(metrics, name);
            RedisTaskStore store = new RedisTaskStore(vertx, link, options.store(), meters);
            meters.show(metrics, store);
            return store;
        });
    }
}
