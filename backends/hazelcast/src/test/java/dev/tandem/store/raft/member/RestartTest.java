package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cp.internal.RaftGroupId;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that go and come back, one and all, with their folders. */
class RestartTest {
    private static final int OPERATIONS = 3_000;

    @TempDir
    Path folder;

    @Test
    void restart_allAtOnceUnderManyEntries_everyWriteIsThere() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            Cluster.Slot first = cluster.slots.get(0);
            cluster.load(first, OPERATIONS);
            RaftGroupId group = first.member().group(1);
            cluster.terminateAll();

            cluster.start().ready();

            assertThat(cluster.sum(first)).isEqualTo(OPERATIONS);
            assertThat(first.member().group(1)).isEqualTo(group);
            cluster.load(cluster.slots.get(1), 100);
            assertThat(cluster.sum(cluster.slots.get(2))).isEqualTo(OPERATIONS + 100);
        }
    }
}
