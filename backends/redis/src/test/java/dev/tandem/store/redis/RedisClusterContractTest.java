package dev.tandem.store.redis;

import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.testkit.TaskStoreContract;
import io.vertx.core.Vertx;

/** What every store must do, on a cluster of three shards. */
class RedisClusterContractTest extends TaskStoreContract {
    @Override
    protected TaskStore open(Vertx vertx) {
        SharedServers.cluster().nodes().forEach(node -> node.command("FLUSHALL"));
        return reopen(vertx);
    }

    @Override
    protected TaskStore reopen(Vertx vertx) {
        return Stores.open(vertx, SharedServers.cluster().url());
    }
}
