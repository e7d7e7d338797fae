package dev.tandem.app.sidecar;

import dev.tandem.app.config.BuildInfo;
import dev.tandem.migration.Coordinator;
import dev.tandem.migration.Fleet;
import dev.tandem.migration.Migrations;
import dev.tandem.routing.Host;
import dev.tandem.routing.Policies;
import dev.tandem.routing.Router;
import dev.tandem.routing.Stores;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a sidecar with several stores has beyond others: it hears of new policies, tells of itself, and does its share of the work of moves. */
record SeveralStores(Router router, Fleet fleet, Coordinator coordinator, Migrations migrations) {
    /** How long the name of this machine may take, for which Java asks the network. */
    private static final long HOST_NAME_SECONDS_MAX = 1;

    /**
     * Starts it on the calling context.
     *
     * @param admin where the admin port listens; null if nowhere
     */
    static Future<SeveralStores> start(
            Vertx vertx, Router router, InstantSource clock, Supplier<@Nullable String> admin) {
        return vertx.executeBlocking(() -> InetAddress.getLocalHost().getHostName())
                .timeout(HOST_NAME_SECONDS_MAX, TimeUnit.SECONDS)
                .otherwise("unknown")
                .map(hostName -> start(Host.of(vertx), router, clock, hostName, admin));
    }

    private static SeveralStores start(
            Host host, Router router, InstantSource clock, String hostName, Supplier<@Nullable String> admin) {
        Stores stores = router.stores();
        Policies policies = router.policies();
        String id = hostName + "-" + UUID.randomUUID().toString().substring(0, 8);
        Fleet fleet =
                new Fleet(stores, policies, host, clock, new Fleet.Self(id, hostName, admin, BuildInfo.version()));
        Coordinator coordinator = new Coordinator(stores, policies, host, clock, id);
        policies.startPolling();
        fleet.start();
        coordinator.start();
        Migrations migrations = new Migrations(
                stores, policies, host, clock, store -> fleet.members().map(all -> without(store, all)));
        return new SeveralStores(router, fleet, coordinator, migrations);
    }

    private static List<String> without(String store, List<Fleet.Member> sidecars) {
        return sidecars.stream()
                .filter(each -> !each.stores().contains(store))
                .map(Fleet.Member::id)
                .toList();
    }

    Future<Void> close() {
        router.policies().stopPolling();
        coordinator.close();
        return fleet.close();
    }
}
