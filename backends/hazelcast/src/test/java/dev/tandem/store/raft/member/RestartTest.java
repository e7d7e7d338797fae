package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cp.internal.RaftGroupId;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
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

    @Test
    @Tag("long")
    void restart_oneAfterTheOther_noCallFails() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            AtomicBoolean done = new AtomicBoolean();
            AtomicLong calls = new AtomicLong();
            AtomicLong slowestMillis = new AtomicLong();
            for (int round = 0; round < 3; round++) {
                Cluster.Slot restarted = cluster.slots.get(round);
                Cluster.Slot caller = cluster.slots.get((round + 1) % 3);
                done.set(false);
                CompletableFuture<Void> load = CompletableFuture.runAsync(
                        () -> {
                            while (!done.get()) {
                                long begin = System.nanoTime();
                                Cluster.await(cluster.add(caller, 1 + (int) (calls.get() % Cluster.GROUPS), "c1", 1));
                                calls.incrementAndGet();
                                slowestMillis.accumulateAndGet((System.nanoTime() - begin) / 1_000_000, Math::max);
                            }
                        },
                        task -> new Thread(task).start());
                restarted.member().close();
                restarted.member = null;
                cluster.start().ready();
                done.set(true);
                load.get(Cluster.WAIT_SECONDS, TimeUnit.SECONDS);
            }
            System.out.println("RestartTest: " + calls + " calls while members were restarted, the slowest took "
                    + slowestMillis + " ms");
            assertThat(cluster.sum(cluster.slots.get(0))).isEqualTo(calls.get());
        }
    }
}
