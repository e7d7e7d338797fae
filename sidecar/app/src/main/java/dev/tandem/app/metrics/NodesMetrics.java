package dev.tandem.app.metrics;

import dev.tandem.store.raft.node.NodeGroups;
import dev.tandem.store.raft.node.NodesStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * How a sidecar stands with the store nodes.
 *
 * <p>They are looked at once for each scrape; no call pays for it. Only a sidecar over store nodes loads this class.
 */
public final class NodesMetrics {
    private final Metrics metrics;
    private final MeterRegistry registry;
    private final String storeName;

    private NodesMetrics(Metrics metrics, String storeName) {
        this.metrics = metrics;
        this.registry = metrics.registry();
        this.storeName = storeName;
    }

    /** Shows {@code groups} from now on; once. */
    public static void show(Metrics metrics, NodeGroups groups, String storeName) {
        new NodesMetrics(metrics, storeName).show(groups);
    }

    private void show(NodeGroups groups) {
        MultiGauge states = gauges(
                "tandem.nodes.state",
                "1 for the state that a store node is in: up, connecting, leaving, down, refused, or duplicate of another");
        MultiGauge calls = gauges("tandem.nodes.active.calls", "Batches and reads under way to a store node");
        MultiGauge roundTrips =
                gauges("tandem.nodes.round.trip.seconds", "How long a store node took to answer that it is there");
        MultiGauge leads = gauges("tandem.nodes.leads", "Groups that a store node says it leads");
        metrics.beforeScrape(() -> {
            NodesStatus now = groups.status();
            List<Row<?>> rows = new ArrayList<>();
            for (NodesStatus.Node node : now.nodes()) {
                rows.add(Row.of(tags(node).and("state", node.state().name().toLowerCase(Locale.ROOT)), 1));
            }
            states.register(rows, true);
            register(calls, now, NodesStatus.Node::calls);
            register(roundTrips, now, node -> node.roundTrip().toNanos() / 1e9);
            register(leads, now, node -> node.leads().size());
            return Future.succeededFuture();
        });
        counted(
                groups,
                "tandem.nodes.connections.made",
                "Connections made to store nodes that were found fit",
                now -> now.connectionsMade());
        counted(
                groups,
                "tandem.nodes.connections.lost",
                "Connections to store nodes that were lost",
                now -> now.connectionsLost());
        counted(
                groups,
                "tandem.nodes.calls.resent",
                "Batches and reads sent again, to another node, because one did not answer",
                now -> now.callsResent());
        counted(
                groups,
                "tandem.nodes.calls.overloaded",
                "Batches and reads refused because a bound was reached",
                now -> now.overloaded());
        counted(
                groups,
                "tandem.nodes.calls.timed.out",
                "Batches and reads that were not answered in time",
                now -> now.timedOut());
    }

    private MultiGauge gauges(String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    private void register(MultiGauge gauge, NodesStatus now, ToDoubleFunction<NodesStatus.Node> value) {
        List<Row<?>> rows = new ArrayList<>();
        now.nodes().forEach(node -> rows.add(Row.of(tags(node), value.applyAsDouble(node))));
        gauge.register(rows, true);
    }

    private void counted(NodeGroups groups, String name, String description, ToLongFunction<NodesStatus.Counts> count) {
        FunctionCounter.builder(name, groups, each ->
                        (double) count.applyAsLong(each.status().counts()))
                .description(description)
                .tag("store", storeName)
                .register(registry);
    }

    private Tags tags(NodesStatus.Node node) {
        return Tags.of("store", storeName, "node", node.address());
    }
}
