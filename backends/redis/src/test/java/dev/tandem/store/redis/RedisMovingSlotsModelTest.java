package dev.tandem.store.redis;

import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.testkit.ModelBasedTest;
import io.vertx.core.Vertx;

/** Random commands on a cluster while the slots of their namespaces move, and on the reference. */
class RedisMovingSlotsModelTest extends ModelBasedTest {
    @Override
    protected TaskStore open(Vertx vertx) {
        SharedServers.cluster().nodes().forEach(node -> node.command("FLUSHALL"));
        return new MovingStore(Stores.open(vertx, SharedServers.cluster().url()), SharedServers.cluster());
    }

    @Override
    protected int sequencesDefault() {
        return 15;
    }
}
