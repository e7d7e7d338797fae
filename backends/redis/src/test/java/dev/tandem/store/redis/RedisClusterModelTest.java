package dev.tandem.store.redis;

import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.testkit.ModelBasedTest;
import io.vertx.core.Vertx;

/** Random commands on a cluster of three shards, over which the namespaces are spread, and on the reference. */
class RedisClusterModelTest extends ModelBasedTest {
    @Override
    protected TaskStore open(Vertx vertx) {
        SharedServers.cluster().nodes().forEach(node -> node.command("FLUSHALL"));
        return Stores.open(vertx, SharedServers.cluster().url());
    }

    @Override
    protected int sequencesDefault() {
        return 30;
    }
}
