package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.TaskLoad;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member that is cut off from the two others, for so long that each side takes the other for gone. */
@Tag("long")
class PartitionTest {
    private static final int CALLS = 1_000;
    private static final Duration DEADLINE = Duration.ofSeconds(6);

    @TempDir
    Path folder;

    /**
     * Of the two members that were left, the one that found out first asked the other one for its consent too seldom, and
     * they parted for seconds.
     */
    @Test
    void minority_cutOff_acknowledgesNothingAnswersOldReadsAndComesBackByItself() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start()) {
            Cluster cluster = loaded.cluster;
            Cluster.awaitTrue("there is a leader", () -> cluster.leader(1) != null);
            Cluster.Slot cut = cluster.leader(1);
            List<Cluster.Slot> others =
                    cluster.slots.stream().filter(slot -> slot != cut).toList();
            StoreCalls.await(loaded.store(cut)
                    .execute(
                            TaskCommand.of("before", System.currentTimeMillis(), Tasks.create("a")),
                            CallOptions.DEFAULT));
            Set<Integer> missed = ConcurrentHashMap.newKeySet();
            others.forEach(slot -> noteWhoIsMissed(slot, missed));
            try (TaskLoad load = loaded.load(DEADLINE)) {
                load.awaitCalls(CALLS);
                Firewall.cutOff(List.of(cut), others);
                load.awaitCalls(CALLS);
                Cluster.awaitTrue(
                        "each side takes the other for gone", () -> members(cut) == 1 && missed.contains(cut.port));
                Cluster.awaitTrue(
                        "calls of the minority fail", () -> load.failures().size() > 8);
                assertThat(StoreCalls.await(loaded.store(cut).query(new TaskQuery.Get("before", "a"), eventual())))
                        .isPresent();
                assertThat(missed).as("the others stay together").containsExactly(cut.port);

                Firewall.heal(cluster.slots);
                Cluster.awaitTrue("they are together again", () -> members(cut) == 3);
                cluster.ready();
                int failed = load.failures().size();
                load.awaitCalls(CALLS);
                load.stopAndCheck();

                int minority = cluster.slots.indexOf(cut);
                assertThat(load.failures())
                        .hasSizeLessThanOrEqualTo(failed + 4) // those that were under way
                        .allMatch(failure ->
                                failure.matches("client \\d+: (MAYBE_APPLIED|DEADLINE_PASSED|NOT_APPLIED) .*"))
                        .allMatch(failure ->
                                Integer.parseInt(failure.replaceAll("client (\\d+).*", "$1")) % 3 == minority);
                assertThat(load.slowestFailure()).isLessThan(DEADLINE.plusSeconds(2));
                System.out.println("PartitionTest: " + load.summary());
            }
        }
    }

    /** Each 300 ms without a leader made one more task that asked for votes again and again: thousands after minutes. */
    @Test
    void member_withoutALeaderForLong_asksNoMoreOftenThanInTheBeginning() throws Exception {
        RaftMemberOptions.Timings timings = RaftMemberOptions.Timings.DEFAULTS;
        try (Cluster cluster = new Cluster(
                        folder,
                        3,
                        options -> options.withTimings(new RaftMemberOptions.Timings(
                                timings.heartbeat(),
                                timings.heartbeatsMissed(),
                                timings.election(),
                                Duration.ofMinutes(5),
                                timings.rejoin(),
                                timings.retry(),
                                timings.call())))
                .start()
                .ready()) {
            Cluster.Slot deaf = cluster.slots.get(0);
            AtomicLong sent = Firewall.makeDeaf(deaf, cluster.slots.subList(1, 3));
            Cluster.awaitTrue(
                    "it has no leader",
                    () -> deaf.member().status().stream().allMatch(status -> status.leader() == null));
            long early = sentInTwoSeconds(sent);
            long begin = System.nanoTime();
            Cluster.awaitTrue("time passes", () -> TaskLoad.millisSince(begin) > 12_000);
            long late = sentInTwoSeconds(sent);
            System.out.println("PartitionTest: " + early + " messages in two seconds, later " + late);
            assertThat(late).isLessThan(2 * early);
        }
    }

    private static long sentInTwoSeconds(AtomicLong sent) throws InterruptedException {
        long before = sent.get();
        long begin = System.nanoTime();
        Cluster.awaitTrue("time passes", () -> TaskLoad.millisSince(begin) > 2_000);
        return sent.get() - before;
    }

    private static CallOptions eventual() {
        return new CallOptions(CallOptions.NEVER, Consistency.EVENTUAL);
    }

    private static void noteWhoIsMissed(Cluster.Slot slot, Set<Integer> missed) {
        UUID unused = slot.member().hazelcast().getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {}

            @Override
            public void memberRemoved(MembershipEvent event) {
                missed.add(event.getMember().getAddress().getPort());
            }
        });
    }

    private static int members(Cluster.Slot slot) {
        return slot.member().hazelcast().getCluster().getMembers().size();
    }
}
