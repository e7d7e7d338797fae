package dev.tandem.app.metrics;

import dev.tandem.grpc.CallListener;
import dev.tandem.routing.CallObserver;
import dev.tandem.store.redis.StoreObserver;
import dev.tandem.store.sqlite.SqliteObserver;
import dev.tandem.store.sqlite.SqliteTaskStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.Supplier;

/** All meters of one sidecar. Safe for any thread. */
public final class Metrics {
    /** The bounds of the histograms: a local call takes tens of microseconds, a stuck disk seconds. */
    private static final double[] BUCKETS_NANOS = {
        50e3, 100e3, 250e3, 500e3, 1e6, 2.5e6, 5e6, 10e6, 25e6, 50e6, 100e6, 250e6, 500e6, 1e9, 2.5e9, 5e9, 10e9
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ApiMetrics api;
    private final StoreMetrics store;

    /**
     * Makes the meters.
     *
     * @param version of this program, for a label
     */
    public Metrics(String version) {
        registry.config().meterFilter(new Buckets());
        Gauge.builder("tandem.build.info", () -> 1)
                .description("The version that runs")
                .tag("version", version)
                .tag("java", Runtime.version().toString())
                .register(registry);
        ProcessMetrics.register(registry);
        api = new ApiMetrics(registry);
        store = new StoreMetrics(registry);
    }

    /** Hears of the API's calls. */
    public CallListener calls() {
        return api;
    }

    /** Hears of the stores' calls. */
    public CallObserver stores() {
        return store;
    }

    /**
     * Hears of what the writer of a SQLite store does.
     *
     * @param storeName as configured
     */
    public SqliteObserver sqlite(String storeName) {
        return new SqliteMetrics(registry, storeName);
    }

    /**
     * Hears of what operators have to know of a store in Redis.
     *
     * @param storeName as configured
     */
    public StoreObserver redis(String storeName) {
        return new RedisMetrics(registry, storeName);
    }

    /** Shows how much waits for the writer of a SQLite store. */
    public void sqliteQueue(String storeName, SqliteTaskStore store) {
        Gauge.builder("tandem.sqlite.queued.commands", store, SqliteTaskStore::queuedCommands)
                .description("Commands that wait for the writer")
                .tag("store", storeName)
                .strongReference(true)
                .register(registry);
        Gauge.builder("tandem.sqlite.queued", store, SqliteTaskStore::queuedBytes)
                .description("What the commands that wait for the writer hold, roughly")
                .baseUnit(BaseUnits.BYTES)
                .tag("store", storeName)
                .strongReference(true)
                .register(registry);
    }

    /** Shows a number that something else keeps, whenever it is asked for. */
    public void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /** Everything, in the text format of Prometheus. */
    public String scrape() {
        return registry.scrape();
    }

    /** Lets go of what the meters hold. */
    public void close() {
        registry.close();
    }

    /** Gives every timer the same histogram. */
    private static final class Buckets implements MeterFilter {
        @Override
        public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
            if (id.getType() != Meter.Type.TIMER) {
                return config;
            }
            return DistributionStatisticConfig.builder()
                    .serviceLevelObjectives(BUCKETS_NANOS)
                    .build()
                    .merge(config);
        }
    }
}
