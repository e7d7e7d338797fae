package dev.tandem.store.redis;

import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.testkit.TaskStoreContract;
import io.vertx.core.Vertx;

/** What every store must do, on one server. */
class RedisContractTest extends TaskStoreContract {
    @Override
    protected TaskStore open(Vertx vertx) {
        SharedServers.standalone().command("FLUSHALL");
        return reopen(vertx);
    }

    @Override
    protected TaskStore reopen(Vertx vertx) {
        return Stores.open(vertx, SharedServers.standalone().url());
    }
}
