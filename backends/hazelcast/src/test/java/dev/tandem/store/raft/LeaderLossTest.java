package dev.tandem.store.raft;

import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.member.TaskCluster;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader that crashes under load. */
class LeaderLossTest {
    private static final int GROUPS = 3;
    private static final int CLIENTS = 12;
    private static final int CALLS = 900;
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    @Test
    void leader_thatCrashesUnderLoad_failsNoCallAndTheHistoryIsLinearizable() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (TaskCluster cluster = TaskCluster.start(folder, GROUPS)) {
            int leader = cluster.leader(1);
            TaskStore store = new RaftTaskStore(vertx, cluster.groups((leader + 1) % TaskCluster.MEMBERS));
            try (TaskLoad load = new TaskLoad(vertx, GROUPS, CLIENTS, TaskLoad.seed(), DEADLINE, client -> store)) {
                load.awaitCalls(CALLS);
                cluster.terminate(leader);
                load.awaitCalls(CALLS);
                load.stopAndCheckThatNoneFailed();
            }
            StoreCalls.await(store.close());
        } finally {
            StoreCalls.await(vertx.close());
        }
    }
}
