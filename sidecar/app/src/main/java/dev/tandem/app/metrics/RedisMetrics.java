package dev.tandem.app.metrics;

import dev.tandem.store.redis.StoreObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What operators have to know of a store in Redis. */
final class RedisMetrics implements StoreObserver {
    private final Counter lost;
    private final Counter setAside;

    RedisMetrics(MeterRegistry registry, String storeName) {
        lost = Counter.builder("tandem.redis.writes.refused.lost")
                .description("Commands refused because the server has lost writes that it had acknowledged")
                .tag("store", storeName)
                .register(registry);
        setAside = Counter.builder("tandem.redis.records.set.aside")
                .description("Records that can't be read, and were left out")
                .tag("store", storeName)
                .register(registry);
    }

    @Override
    public void writesLost(String namespace, long missingVersion, long foundVersion) {
        lost.increment();
    }

    @Override
    public void setAside(String namespace, String taskId) {
        setAside.increment();
    }
}
