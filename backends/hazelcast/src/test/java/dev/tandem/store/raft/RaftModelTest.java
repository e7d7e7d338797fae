package dev.tandem.store.raft;

import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.member.TaskCluster;
import dev.tandem.testkit.ModelBasedTest;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Three members and the reference must come to the same. */
class RaftModelTest extends ModelBasedTest {
    @TempDir
    static Path folder;

    private static @Nullable TaskCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = TaskCluster.start(folder, 1);
    }

    @AfterAll
    static void stopCluster() {
        Objects.requireNonNull(cluster).close();
    }

    @Override
    protected TaskStore open(Vertx vertx) throws Exception {
        return RaftContractTest.byAFollower(vertx, Objects.requireNonNull(cluster));
    }

    @Override
    protected int sequencesDefault() {
        return 15;
    }
}
