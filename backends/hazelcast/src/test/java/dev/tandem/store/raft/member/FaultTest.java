package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.store.StoreException;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad days: disks that are full or damaged, cables that are pulled, addresses that are taken. */
class FaultTest {
    @TempDir
    Path folder;

    @Test
    void disk_fullOnOneMember_thatOneEndsAndTheOthersGoOn() throws Exception {
        Path small = folder.resolve("small");
        Files.createDirectory(small);
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small.toString()), "mounting is not allowed");
        try (Cluster cluster = new Cluster(folder, 3)) {
            Cluster.Slot full = cluster.slots.get(2);
            full.folder = small.resolve("data");
            cluster.start().ready();
            cluster.load(full, 100);
            Files.write(small.resolve("ballast"), new byte[2_500_000]);
            assertThatThrownBy(() -> Files.write(small.resolve("more"), new byte[2_500_000]))
                    .isInstanceOf(IOException.class);

            cluster.load(cluster.slots.get(0), 2_000);
            Cluster.awaitTrue("the member with the full disk ends", () -> full.ended.get() != null);
            assertThat(full.ended.get()).hasMessageContaining("is full. Make room");
            assertThat(cluster.sum(cluster.slots.get(1))).isEqualTo(2_100);

            full.member = null;
            Files.delete(small.resolve("ballast"));
            Files.delete(small.resolve("more"));
            cluster.start().ready();
            Cluster.awaitTrue("it has caught up", () -> Cluster.sumHere(full) == 2_100);
        } finally {
            run("umount", small.toString());
        }
    }

    @Test
    void cable_pulledFromTheLeader_minorityAcknowledgesNothingAndMajorityGoesOn() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            Cluster.awaitTrue("there is a leader", () -> cluster.leader(1) != null);
            Cluster.Slot cut = cluster.leader(1);
            List<Cluster.Slot> others = new ArrayList<>(cluster.slots);
            others.remove(cut);
            Cluster.await(cluster.add(cut, 1, "x", 1));
            Firewall.cutOff(List.of(cut), others);

            Future<Long> lost = cluster.add(cut, 1, "x", 10);
            long begin = System.nanoTime();
            assertThat(Cluster.await(cluster.add(others.get(0), 1, "x", 100))).isEqualTo(101);
            System.out.println("FaultTest: a write on the majority's side took "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms after the cut");
            assertThat(lost.isComplete()).isFalse();
            assertThat(cut.counters.counters(cut.member().group(1))).containsEntry("x", 1L);

            Firewall.heal(cluster.slots);
            Cluster.awaitTrue(
                    "the member that was cut off has all",
                    () -> cut.counters.counters(cut.member().group(1)).getOrDefault("x", 0L) >= 101);
            long sum = Cluster.await(cluster.get(cut, 1, "x"));
            assertThat(sum).isIn(101L, 111L); // the lost one may be tried again, and is applied once
        }
    }

    @Test
    @Tag("long")
    void start_damagedLog_isRefusedAndNamesTheFile() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            cluster.load(cluster.slots.get(0), 500);
            Cluster.Slot damaged = cluster.slots.get(1);
            cluster.terminate(damaged);
            Path log;
            try (Stream<Path> files = Files.walk(damaged.folder)) {
                log = files.filter(file -> file.toString().contains("tandem-1")
                                && file.getFileName().toString().startsWith("log-"))
                        .sorted()
                        .findFirst()
                        .orElseThrow();
            }
            byte[] bytes = Files.readAllBytes(log);
            bytes[100] ^= 1;
            Files.write(log, bytes);
            assertThatThrownBy(() -> cluster.start(damaged))
                    .hasMessageContaining(log + " is damaged at byte")
                    .hasMessageContaining("Move this member's data folder away");
            cluster.load(cluster.slots.get(0), 100);
        }
    }

    @Test
    void member_endsWithCallsUnderWay_everyCallEndsAndSaysWhatIsKnown() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            Cluster.Slot last = cluster.slots.get(0);
            List<Future<Long>> calls = new ArrayList<>();
            cluster.terminate(cluster.slots.get(1));
            calls.add(cluster.add(last, 1, "x", 1));
            cluster.terminate(cluster.slots.get(2));
            for (int i = 0; i < 20; i++) {
                calls.add(cluster.add(last, 1 + i % Cluster.GROUPS, "x", 1));
            }
            cluster.terminate(last);
            for (Future<Long> call : calls) {
                Cluster.awaitTrue("the call ends", call::isComplete);
                if (call.failed()) {
                    assertThat(call.cause()).isInstanceOf(StoreException.class);
                }
            }
            assertThat(calls.stream().filter(Future::failed)).isNotEmpty();
        }
    }

    @Test
    void start_folderOrPortInUse_isRefused() throws Exception {
        Cluster cluster = new Cluster(folder, 3);
        Cluster.Slot slot = cluster.slots.get(0);
        try (ServerSocket taken = new ServerSocket(slot.port, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> cluster.start(slot))
                    .hasMessageContaining("raft.listen 127.0.0.1:" + taken.getLocalPort() + " can't be listened on");
        }
    }

    @Test
    @Tag("long")
    void start_dataOfAnotherClusterOfTheSameName_isRefused() throws Exception {
        try (Cluster one = new Cluster(folder, 3).start().ready();
                Cluster other = new Cluster(
                        folder.resolve(Files.createDirectory(folder.resolve("other"))), 3, options -> options)) {
            other.name = one.name;
            other.start().ready();
            one.load(one.slots.get(0), 10);
            Cluster.Slot stray = other.slots.get(2);
            other.terminate(stray);
            RaftMemberOptions right = other.options(stray);
            RaftMemberOptions wrong = RaftMemberOptions.of(
                            right.cluster(),
                            right.host(),
                            right.port(),
                            one.options(one.slots.get(0)).members(),
                            right.folder())
                    .withGroups(Cluster.GROUPS);
            assertThatThrownBy(() -> RaftMember.start(wrong, Map.of(), failure -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("has the data of another cluster that is called " + one.name);
            one.load(one.slots.get(0), 10);
        }
    }

    @Test
    void options_membersThatCannotVote_areRefusedWithTheReason() {
        RaftMemberOptions three = RaftMemberOptions.of("c", "127.0.0.1", 5701, List.of("a", "b", "c"), folder);
        assertThatThrownBy(() -> three.withVotingMembers(0))
                .hasMessageContaining("without votes there is no consensus");
        assertThatThrownBy(() -> three.withVotingMembers(2)).hasMessageContaining("must be odd, not 2");
        assertThatThrownBy(() -> three.withVotingMembers(1)).hasMessageContaining("survives no failure");
        assertThatThrownBy(() -> three.withVotingMembers(5)).hasMessageContaining("but there are 3 in raft.members");
        assertThatThrownBy(() -> three.withGroups(0)).hasMessageContaining("groups must be from 1 to 64");
        assertThat(IntStream.of(three.votingMembers(), three.groups()).toArray())
                .containsExactly(3, 1);
    }

    private static boolean run(String... command) throws Exception {
        return new ProcessBuilder(command).start().waitFor() == 0;
    }
}
