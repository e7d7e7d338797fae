package dev.tandem.app.metrics;

import dev.tandem.grpc.CallListener;
import dev.tandem.routing.CallObserver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
    private final List<Supplier<Future<Void>>> before = new CopyOnWriteArrayList<>();

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

    /** Where the meters of a store are made. */
    MeterRegistry registry() {
        return registry;
    }

    /**
     * Has something brought up to date before each scrape.
     *
     * @param action does not fail, and ends soon
     */
    public void beforeScrape(Supplier<Future<Void>> action) {
        before.add(action);
    }

    /** Shows a number that something else keeps, whenever it is asked for. */
    public void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /** Brings up to date what a scrape should find. Does not fail. */
    public Future<Void> refresh() {
        return Future.all(before.stream().map(Supplier::get).toList()).mapEmpty();
    }

    /** Everything, in the text format of Prometheus. Takes milliseconds. */
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
