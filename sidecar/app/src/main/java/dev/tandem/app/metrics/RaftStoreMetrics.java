package dev.tandem.app.metrics;

import dev.tandem.store.raft.RaftTaskStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What waits in a store for its Raft groups, wherever these are. */
public final class RaftStoreMetrics {
    private final MeterRegistry registry;
    private final RaftTaskStore store;
    private final String storeName;

    private RaftStoreMetrics(MeterRegistry registry, RaftTaskStore store, String storeName) {
        this.registry = registry;
        this.store = store;
        this.storeName = storeName;
    }

    /** Shows {@code store} from now on; once. */
    public static void show(Metrics metrics, RaftTaskStore store, String storeName) {
        RaftStoreMetrics meters = new RaftStoreMetrics(metrics.registry(), store, storeName);
        meters.gauge(
                "tandem.raft.active.batches",
                "Batches of commands under way to the groups",
                null,
                RaftTaskStore.Load::batches);
        meters.gauge(
                "tandem.raft.queued.commands", "Commands that wait for a batch", null, RaftTaskStore.Load::commands);
        meters.gauge(
                "tandem.raft.queued",
                "What the commands that wait for a batch hold, roughly",
                BaseUnits.BYTES,
                RaftTaskStore.Load::commandBytes);
    }

    private void gauge(
            String name, String description, @Nullable String unit, ToDoubleFunction<RaftTaskStore.Load> value) {
        Gauge.builder(name, store, each -> value.applyAsDouble(each.load()))
                .description(description)
                .baseUnit(unit)
                .tag("store", storeName)
                .strongReference(true)
                .register(registry);
    }
}
