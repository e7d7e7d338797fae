package dev.tandem.store.raft.node;

import dev.tandem.store.TaskStore;
import dev.tandem.testkit.ModelBasedTest;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes, over the network, and the reference must come to the same. */
class NodeModelTest extends ModelBasedTest {
    @TempDir
    static Path folder;

    private static @Nullable NodeCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = NodeCluster.start(folder, 1);
    }

    @AfterAll
    static void stopCluster() {
        Objects.requireNonNull(cluster).close();
    }

    @Override
    protected TaskStore open(Vertx vertx) {
        return Objects.requireNonNull(cluster).store(vertx);
    }

    @Override
    protected int sequencesDefault() {
        return 15;
    }
}
