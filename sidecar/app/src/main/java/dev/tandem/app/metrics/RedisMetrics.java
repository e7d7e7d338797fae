package dev.tandem.app.metrics;

import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.StoreObserver;
import dev.tandem.store.redis.link.LinkStatus;
import dev.tandem.store.redis.link.RedisDurability;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What operators have to know of a store in Redis, and of the connections to it.
 *
 * <p>The link is asked how it stands at each scrape; no call pays for it. Only a sidecar over Redis loads this class.
 */
public final class RedisMetrics implements StoreObserver {
    /** An event loop that takes longer to answer is shown as it was before. */
    private static final long STATUS_MILLIS_MAX = 500;

    private final MeterRegistry registry;
    private final String storeName;
    private final Counter lost;
    private final Counter setAside;
    private final Counter scripts;
    private final MultiGauge connections;
    private final MultiGauge calls;
    private final MultiGauge callBytes;
    private final MultiGauge info;
    private volatile LinkStatus status = LinkStatus.NONE;

    /**
     * Makes the meters.
     *
     * @param storeName as configured
     */
    public RedisMetrics(Metrics metrics, String storeName) {
        this.registry = metrics.registry();
        this.storeName = storeName;
        lost = counter(
                "tandem.redis.writes.refused.lost",
                "Commands refused because the server has lost writes that it had acknowledged");
        setAside = counter("tandem.redis.records.set.aside", "Records that can't be read, and were left out");
        scripts = counter("tandem.redis.script.loads", "Scripts that the server did not know, and was sent");
        connections = gauges(
                "tandem.redis.connections",
                "Connections that calls share: up, connecting while calls wait, down while calls are refused at once, or"
                        + " unfit: down because the server is not what it should be, or promises too little");
        calls = gauges("tandem.redis.active.calls", "Calls that wait for a server or are under way to it");
        callBytes = MultiGauge.builder("tandem.redis.active.call")
                .description("What the calls that wait for a server or are under way hold")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        info = gauges("tandem.redis.server.info", "What a server is, and what it loses of acknowledged writes");
        counted(
                "tandem.redis.connections.made",
                "Connections made to a primary that was found fit",
                LinkStatus.Counts::connectionsMade);
        counted(
                "tandem.redis.connections.lost",
                "Connections that ended while they served calls",
                LinkStatus.Counts::connectionsLost);
        counted(
                "tandem.redis.calls.overloaded",
                "Calls refused because too much waits for the server",
                LinkStatus.Counts::overloaded);
        counted("tandem.redis.calls.timed.out", "Calls that were not answered in time", LinkStatus.Counts::timedOut);
        counted(
                "tandem.redis.wait.shortfalls",
                "Writes that fewer replicas or disks acknowledged in time than is required",
                LinkStatus.Counts::waitShortfalls);
        redirects("moved", LinkStatus.Counts::moved);
        redirects("ask", LinkStatus.Counts::asked);
        redirects("tryagain", LinkStatus.Counts::triedAgain);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name)
                .description(description)
                .tag("store", storeName)
                .register(registry);
    }

    private MultiGauge gauges(String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    private void counted(String name, String description, ToLongFunction<LinkStatus.Counts> count) {
        FunctionCounter.builder(name, this, metrics -> (double) count.applyAsLong(metrics.status.counts()))
                .description(description)
                .tag("store", storeName)
                .register(registry);
    }

    private void redirects(String kind, ToLongFunction<LinkStatus.Counts> count) {
        FunctionCounter.builder(
                        "tandem.redis.redirects", this, metrics -> (double) count.applyAsLong(metrics.status.counts()))
                .description("Calls that a cluster had sent elsewhere (moved, ask) or once more (tryagain)")
                .tag("store", storeName)
                .tag("kind", kind)
                .register(registry);
    }

    /** Shows how {@code store} stands, from now on; once. */
    public void show(Metrics metrics, RedisTaskStore store) {
        Gauge.builder("tandem.redis.stopped.namespaces", store, RedisTaskStore::stoppedNamespaces)
                .description("Namespaces that take no writes because the server has lost acknowledged ones")
                .tag("store", storeName)
                .strongReference(true)
                .register(registry);
        metrics.beforeScrape(() -> store.linkStatus()
                .timeout(STATUS_MILLIS_MAX, TimeUnit.MILLISECONDS)
                .onSuccess(this::show)
                .transform(any -> Future.succeededFuture()));
    }

    private void show(LinkStatus now) {
        status = now;
        List<Row<?>> byState = new ArrayList<>();
        List<Row<?>> servers = new ArrayList<>();
        for (LinkStatus.Server server : now.servers()) {
            Tags tags = tags(server);
            byState.add(Row.of(tags.and("state", "up"), server.up()));
            byState.add(Row.of(tags.and("state", "connecting"), server.connecting()));
            byState.add(Row.of(tags.and("state", "down"), server.down() - server.unfit()));
            byState.add(Row.of(tags.and("state", "unfit"), server.unfit()));
            RedisDurability said = server.durability();
            if (said != null) {
                servers.add(Row.of(
                        tags.and(
                                "version", said.version(),
                                "power_cut_loses", said.powerCutLosesWord(),
                                "failover_loses", said.failoverLosesWord(),
                                "require", said.waits().toString()),
                        1));
            }
        }
        connections.register(byState, true);
        info.register(servers, true);
        calls.register(rows(now, LinkStatus.Server::calls), true);
        callBytes.register(rows(now, LinkStatus.Server::callBytes), true);
    }

    private List<Row<?>> rows(LinkStatus now, Function<LinkStatus.Server, Number> value) {
        List<Row<?>> rows = new ArrayList<>();
        now.servers().forEach(server -> rows.add(Row.of(tags(server), value.apply(server))));
        return rows;
    }

    private Tags tags(LinkStatus.Server server) {
        return Tags.of("store", storeName, "server", server.address());
    }

    @Override
    public void writesLost(String namespace, long missingVersion, long foundVersion) {
        lost.increment();
    }

    @Override
    public void setAside(String namespace, String taskId) {
        setAside.increment();
    }

    @Override
    public void scriptLoaded() {
        scripts.increment();
    }
}
