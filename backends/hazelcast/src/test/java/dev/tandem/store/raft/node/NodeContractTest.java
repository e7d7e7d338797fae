package dev.tandem.store.raft.node;

import dev.tandem.store.TaskStore;
import dev.tandem.testkit.TaskStoreContract;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** What every store must do, over the network. With one group, as the contract speaks of the whole namespace. */
class NodeContractTest extends TaskStoreContract {
    @TempDir
    static Path folder;

    private static @Nullable NodeCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = NodeCluster.start(folder, 1);
    }

    @AfterAll
    static void stopCluster() {
        cluster().close();
    }

    private static NodeCluster cluster() {
        return Objects.requireNonNull(cluster);
    }

    @Override
    protected TaskStore open(Vertx vertx) {
        cluster().members().clear();
        return cluster().store(vertx);
    }

    @Override
    protected TaskStore reopen(Vertx vertx) throws Exception {
        cluster().restart();
        return cluster().store(vertx);
    }
}
