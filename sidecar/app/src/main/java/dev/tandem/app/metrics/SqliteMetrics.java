package dev.tandem.app.metrics;

import dev.tandem.store.sqlite.SqliteObserver;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** How a SQLite store's writer gets on: how much it commits at once, and how long the disk takes. */
final class SqliteMetrics implements SqliteObserver {
    /** Powers of two up to a full batch of the default size. */
    private static final double[] BATCHES = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

    private final DistributionSummary batch;
    private final Timer commit;

    SqliteMetrics(MeterRegistry registry, String storeName) {
        batch = DistributionSummary.builder("tandem.sqlite.batch")
                .description("Commands that were committed together")
                .baseUnit("commands")
                .tag("store", storeName)
                .serviceLevelObjectives(BATCHES)
                .register(registry);
        commit = Timer.builder("tandem.sqlite.commit")
                .description("Commits of what was written, with the flush to the disk")
                .tag("store", storeName)
                .register(registry);
    }

    @Override
    public void committed(int commands, long commitNanos) {
        batch.record(commands);
        commit.record(commitNanos, TimeUnit.NANOSECONDS);
    }
}
