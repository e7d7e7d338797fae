package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members in processes of their own, which are killed in the middle of load. */
class KillTest {
    private static final int GROUPS = 2;
    private static final int IN_FLIGHT = 32;
    private static final int ACKED_MIN = 500;
    private static final int ROUNDS = Integer.getInteger("tandem.kills", 1);

    @TempDir
    Path folder;

    private final String cluster = "kill-" + UUID.randomUUID();
    private List<MemberProcess> members = List.of();

    @AfterEach
    void stop() {
        members.forEach(MemberProcess::close);
    }

    private void startAll(List<Integer> ports) throws Exception {
        members = new ArrayList<>(MemberProcess.start(cluster, ports, GROUPS, folder, "FSYNC"));
        for (MemberProcess member : members) {
            assertThat(member.ask("ready")).isEqualTo("ready");
        }
    }

    @Test
    void kill_allAtOnceUnderLoad_everyAcknowledgedWriteIsThere() throws Exception {
        List<Integer> ports = FreePorts.list(3);
        startAll(ports);
        long acked = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < members.size(); i++) {
                members.get(i).tell("load round-" + round + "-" + i + " " + IN_FLIGHT);
            }
            MemberProcess first = members.get(0);
            Cluster.awaitTrue("writes are acknowledged", () -> first.acked.get() > ACKED_MIN);
            for (MemberProcess member : members) {
                member.kill();
            }
            List<MemberProcess> killed = members;
            startAll(ports);
            for (int i = 0; i < killed.size(); i++) {
                long sum = sum(members.get((i + 1) % 3), "round-" + round + "-" + i);
                assertThat(killed.get(i).failed).hasValue(0);
                assertThat(sum)
                        .as("round %d, member %d", round, i)
                        .isBetween(
                                (long) killed.get(i).acked.get(),
                                (long) killed.get(i).acked.get() + 2L * IN_FLIGHT);
                acked += killed.get(i).acked.get();
            }
        }
        System.out.println("KillTest: " + acked + " acknowledged writes found again");
    }

    @Test
    @Tag("long")
    void kill_leaderUnderLoad_writesGoOnAndNoneFails() throws Exception {
        List<Integer> ports = FreePorts.list(3);
        startAll(ports);
        int leader = leader(1);
        MemberProcess caller = members.get((leader + 1) % 3);
        caller.tell("load gap " + IN_FLIGHT);
        Cluster.awaitTrue("writes are acknowledged", () -> caller.acked.get() > ACKED_MIN);
        members.get(leader).kill();
        int before = caller.acked.get();
        Cluster.awaitTrue("writes go on", () -> caller.acked.get() > before + 4 * ACKED_MIN);
        System.out.println("KillTest: writes stood still for " + caller.longestGapMicros.get() / 1_000 + " ms");
        assertThat(caller.failed).as(caller.lastFailure).hasValue(0);
    }

    @Test
    @Tag("long")
    void pause_leaderUnderLoad_writesGoOnAndItComesBack() throws Exception {
        List<Integer> ports = FreePorts.list(3);
        startAll(ports);
        int leader = leader(1);
        MemberProcess paused = members.get(leader);
        MemberProcess caller = members.get((leader + 1) % 3);
        caller.tell("load gap " + IN_FLIGHT);
        Cluster.awaitTrue("writes are acknowledged", () -> caller.acked.get() > ACKED_MIN);
        paused.signal("STOP");
        int before = caller.acked.get();
        Cluster.awaitTrue("writes go on", () -> caller.acked.get() > before + 4 * ACKED_MIN);
        System.out.println("KillTest: writes stood still for " + caller.longestGapMicros.get() / 1_000 + " ms");
        assertThat(caller.failed).as(caller.lastFailure).hasValue(0);
        paused.signal("CONT");
        assertThat(sum(paused, "gap")).isGreaterThanOrEqualTo(before);
    }

    private int leader(int group) throws InterruptedException {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).ask("leader " + group).equals("leader true")) {
                return i;
            }
        }
        throw new AssertionError("no leader");
    }

    private static long sum(MemberProcess member, String counter) throws InterruptedException {
        return Long.parseLong(member.ask("read " + counter).substring("sum ".length()));
    }
}
