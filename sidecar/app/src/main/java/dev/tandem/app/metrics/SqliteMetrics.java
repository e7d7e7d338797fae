package dev.tandem.app.metrics;

import dev.tandem.store.sqlite.SqliteObserver;
import dev.tandem.store.sqlite.SqliteTaskStore;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.concurrent.TimeUnit;

/**
 * How a SQLite store's writer gets on: how much it commits at once, and how long the disk takes.
 *
 * <p>Only a sidecar over SQLite loads this class.
 */
public final class SqliteMetrics implements SqliteObserver {
    /** Powers of two up to a full batch of the default size. */
    private static final double[] BATCHES = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

    private final MeterRegistry registry;
    private final String storeName;
    private final DistributionSummary batch;
    private final Timer commit;

    /**
     * Makes the meters.
     *
     * @param storeName as configured
     */
    public SqliteMetrics(Metrics metrics, String storeName) {
        this.registry = metrics.registry();
        this.storeName = storeName;
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

    /** Shows how much waits for the writer of {@code store}, from now on; once. */
    public void show(SqliteTaskStore store) {
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

    @Override
    public void committed(int commands, long commitNanos) {
        batch.record(commands);
        commit.record(commitNanos, TimeUnit.NANOSECONDS);
    }
}
