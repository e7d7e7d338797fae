package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.TaskLoad;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fourth member, which has no vote: its clients are served as those of any other. */
class NonVoterTest {
    private static final int CALLS = 500;
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private LoadedCluster loaded;
    private Cluster cluster;
    private Cluster.Slot nonVoter;
    private TaskStore store;

    @BeforeEach
    void start() throws Exception {
        loaded = new LoadedCluster(folder, 4).start();
        cluster = loaded.cluster;
        nonVoter = cluster.slots.stream()
                .filter(slot -> slot.member().voter() == null)
                .findFirst()
                .orElseThrow();
        store = loaded.store(nonVoter);
    }

    @AfterEach
    void close() {
        loaded.close();
    }

    private TaskLoad load() {
        return new TaskLoad(
                cluster.vertx, LoadedCluster.GROUPS, 6, TaskLoad.seed(), DEADLINE, client -> loaded.store(nonVoter));
    }

    private Cluster.Slot leader() throws InterruptedException {
        Cluster.awaitTrue("group 1 has a leader", () -> cluster.leader(1) != null);
        return cluster.leader(1);
    }

    /** Calls went by Hazelcast's own way, and some were never answered after the member had become a voter. */
    @Test
    void leader_thatCrashes_failsNoCall() throws Exception {
        try (TaskLoad load = load()) {
            load.awaitCalls(CALLS);
            loaded.terminate(leader());
            load.awaitCalls(CALLS);
            load.stopAndCheckThatNoneFailed();
            System.out.println("NonVoterTest: a leader crashed, " + load.summary());
            assertThat(load.slowest()).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    @Tag("long")
    void leader_thatIsCutOff_failsNoCall() throws Exception {
        try (TaskLoad load = load()) {
            load.awaitCalls(CALLS);
            Cluster.Slot cut = leader();
            List<Cluster.Slot> others =
                    cluster.slots.stream().filter(slot -> slot != cut).toList();
            Firewall.cutOff(List.of(cut), others);
            load.awaitCalls(CALLS);
            load.stopAndCheckThatNoneFailed();
            System.out.println("NonVoterTest: a leader was cut off, " + load.summary());
            assertThat(load.slowest()).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    @Tag("long")
    void call_withoutAnyLeader_endsAtItsDeadline() throws Exception {
        for (Cluster.Slot slot : List.copyOf(cluster.slots)) {
            if (slot != nonVoter) {
                loaded.terminate(slot);
            }
        }
        long begin = System.nanoTime();
        CallOptions options = new CallOptions(begin + Duration.ofMillis(300).toNanos(), Consistency.LINEARIZABLE);
        Future<?> call = store.execute(TaskCommand.of("n", 1, Tasks.create("a")), options);
        StoreException failure = StoreCalls.failureOf(call);
        assertThat(failure.kind()).isIn(FailureKind.MAYBE_APPLIED, FailureKind.DEADLINE_PASSED);
        assertThat(TaskLoad.millisSince(begin)).isLessThan(5_000);
    }

    @Test
    void change_madeByAnotherMember_isHeardOf() throws Exception {
        AtomicInteger heard = new AtomicInteger();
        store.subscribe("n", heard::incrementAndGet);
        TaskStore other = loaded.store(leader());
        StoreCalls.await(other.execute(TaskCommand.of("n", 1, Tasks.create("a")), CallOptions.DEFAULT));
        Cluster.awaitTrue("the change is heard of", () -> heard.get() > 0);
    }
}
