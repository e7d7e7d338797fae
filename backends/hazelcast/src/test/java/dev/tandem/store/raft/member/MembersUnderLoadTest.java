package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.raft.TaskLoad;
import dev.tandem.testkit.FreePorts;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that go, come back, move and are replaced while clients work: no call fails, and the history is linearizable. */
@Tag("long")
class MembersUnderLoadTest {
    private static final int CALLS = 1_000;

    @TempDir
    Path folder;

    @Test
    void restart_oneAfterTheOther_failsNoCall() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start();
                TaskLoad load = loaded.load()) {
            load.awaitCalls(CALLS);
            for (Cluster.Slot slot : loaded.cluster.slots) {
                loaded.close(slot);
                load.awaitCalls(CALLS);
                loaded.start();
                load.awaitCalls(CALLS);
            }
            load.stopAndCheckThatNoneFailed();
            System.out.println("MembersUnderLoadTest: three restarts, " + load.summary());
        }
    }

    @Test
    void member_replacedByAnEmptyOne_failsNoCallAndVotes() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start();
                TaskLoad load = loaded.load()) {
            Cluster cluster = loaded.cluster;
            Cluster.Slot lost = cluster.slots.get(2);
            Cluster.Slot other = cluster.slots.get(0);
            UUID old = lost.member().voter();
            load.awaitCalls(CALLS);
            loaded.terminate(lost);
            lost.folder = folder.resolve("new");
            load.awaitCalls(CALLS);
            loaded.start();
            load.awaitCalls(CALLS);
            Cluster.await(other.member().remove(cluster.context, old));
            Cluster.await(lost.member().promote(cluster.context));
            load.awaitCalls(CALLS);
            assertThat(lost.member().voter()).isNotNull().isNotEqualTo(old);

            // Its vote counts: of the other two, one may go.
            loaded.terminate(cluster.slots.get(1));
            load.awaitCalls(CALLS);
            load.stopAndCheckThatNoneFailed();
            System.out.println("MembersUnderLoadTest: a member was replaced, " + load.summary());
        }
    }

    @Test
    void member_backAtAnotherAddress_failsNoCallAndVotes() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start();
                TaskLoad load = loaded.load()) {
            Cluster.Slot moved = loaded.cluster.slots.get(1);
            load.awaitCalls(CALLS);
            loaded.terminate(moved);
            moved.port = FreePorts.next();
            load.awaitCalls(CALLS);
            loaded.start();
            load.awaitCalls(CALLS);

            loaded.terminate(loaded.cluster.slots.get(2));
            load.awaitCalls(CALLS);
            load.stopAndCheckThatNoneFailed();
            System.out.println("MembersUnderLoadTest: a member moved, " + load.summary());
        }
    }
}
