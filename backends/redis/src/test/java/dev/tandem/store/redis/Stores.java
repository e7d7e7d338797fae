package dev.tandem.store.redis;

import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisLink;
import dev.tandem.store.redis.link.RedisLinks;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import java.time.Duration;

/** Short ways to a store on a test server. */
final class Stores {
    private Stores() {}

    static RedisTaskStore open(Vertx vertx, String url) {
        return new RedisTaskStore(vertx, link(vertx, url), RedisTaskStore.Settings.DEFAULT, StoreObserver.NONE);
    }

    static RedisLink link(Vertx vertx, String url) {
        return link(vertx, options(url).build());
    }

    static RedisLink link(Vertx vertx, RedisOptions options) {
        return StoreCalls.await(RedisLinks.open(vertx, options));
    }

    static RedisOptions.Builder options(String url) {
        return RedisOptions.builder(RedisAddress.parse(url)).startTimeout(Duration.ofSeconds(5));
    }
}
