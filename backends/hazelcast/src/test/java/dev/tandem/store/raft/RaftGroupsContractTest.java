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

/** The contract where a namespace's tasks are spread over three groups. */
class RaftGroupsContractTest extends TaskStoreContract {
    private static final int GROUPS = 3;

    @TempDir
    static Path folder;

    private static @Nullable TaskCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = TaskCluster.start(folder, GROUPS);
    }

    @AfterAll
    static void stopCluster() {
        cluster().close();
    }

    private static TaskCluster cluster() {
        return Objects.requireNonNull(cluster);
    }

    @Override
    protected int shardOf(String name) {
        return Shards.group(name, GROUPS);
    }

    @Override
    protected TaskStore open(Vertx vertx) throws Exception {
        cluster().clear();
        return RaftContractTest.byAFollower(vertx, cluster());
    }

    @Override
    protected TaskStore reopen(Vertx vertx) throws Exception {
        cluster().restart();
        return RaftContractTest.byAFollower(vertx, cluster());
    }
}
