package dev.tandem.store.raft;

import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.member.TaskCluster;
import dev.tandem.testkit.TaskStoreContract;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three members held to what every store must do, by way of one that follows: all that is asked and answered crosses the
 * wire. With one group, as the contract speaks of the whole namespace.
 */
class RaftContractTest extends TaskStoreContract {
    @TempDir
    static Path folder;

    private static @Nullable TaskCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = TaskCluster.start(folder, 1);
    }

    @AfterAll
    static void stopCluster() {
        cluster().close();
    }

    private static TaskCluster cluster() {
        return Objects.requireNonNull(cluster);
    }

    @Override
    protected TaskStore open(Vertx vertx) throws Exception {
        cluster().clear();
        return byAFollower(vertx, cluster());
    }

    @Override
    protected TaskStore reopen(Vertx vertx) throws Exception {
        cluster().restart();
        return byAFollower(vertx, cluster());
    }

    static TaskStore byAFollower(Vertx vertx, TaskCluster cluster) throws InterruptedException {
        return new RaftTaskStore(vertx, cluster.groups((cluster.leader(1) + 1) % TaskCluster.MEMBERS));
    }
}
