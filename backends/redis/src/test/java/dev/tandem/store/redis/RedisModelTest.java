package dev.tandem.store.redis;

import dev.tandem.store.TaskStore;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.testkit.ModelBasedTest;
import io.vertx.core.Vertx;

/** Random commands on one server and on the reference. */
class RedisModelTest extends ModelBasedTest {
    @Override
    protected TaskStore open(Vertx vertx) {
        SharedServers.standalone().command("FLUSHALL");
        return Stores.open(vertx, SharedServers.standalone().url());
    }
}
