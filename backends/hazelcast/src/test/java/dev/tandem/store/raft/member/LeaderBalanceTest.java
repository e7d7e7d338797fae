package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.raft.TaskLoad;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leaders are spread over the members, soon, once, and without a failed call. */
class LeaderBalanceTest {
    private static final int CALLS = 1_000;

    @TempDir
    Path folder;

    @Test
    void moves_fromAnyBeginning_endEvenAndOneMemberMovesAtATime() {
        long seed = TaskLoad.seed();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            List<UUID> members = Stream.generate(() -> new UUID(random.nextLong(), random.nextLong()))
                    .limit(1 + random.nextInt(7))
                    .toList();
            Set<UUID> present = new TreeSet<>(members);
            Map<Integer, UUID> leaders = new HashMap<>();
            int groups = 1 + random.nextInt(64);
            IntStream.rangeClosed(1, groups)
                    .forEach(group -> leaders.put(group, members.get(random.nextInt(members.size()))));
            int moves = 0;
            while (moveOne(leaders, present, random)) {
                assertThat(++moves).as("seed %d", seed).isLessThanOrEqualTo(groups);
            }
            List<Integer> counts = members.stream()
                    .map(each ->
                            (int) leaders.values().stream().filter(each::equals).count())
                    .sorted()
                    .toList();
            assertThat(counts.get(counts.size() - 1) - counts.get(0))
                    .as("seed %d: %s", seed, counts)
                    .isLessThanOrEqualTo(1);
        }
    }

    private static boolean moveOne(Map<Integer, UUID> leaders, Set<UUID> present, Random random) {
        Map<Integer, UUID> before = Map.copyOf(leaders);
        int movers = 0;
        for (UUID self : present) {
            LeaderBalance.Move move = LeaderBalance.next(before, present, self, random.nextInt(1_000));
            if (move != null) {
                movers++;
                assertThat(before).containsEntry(move.group(), self);
                leaders.put(move.group(), move.to().get(0));
            }
        }
        assertThat(movers).isLessThanOrEqualTo(1);
        return movers == 1;
    }

    @Test
    @Tag("long")
    void member_backUnderLoad_getsItsShareAndNoLeaderGoesToAndFro() throws Exception {
        try (LoadedCluster loaded = new LoadedCluster(folder).start();
                TaskLoad load = loaded.load()) {
            Cluster cluster = loaded.cluster;
            cluster.awaitEven();
            Cluster.Slot gone = cluster.slots.get(1);
            load.awaitCalls(CALLS);
            loaded.close(gone);
            load.awaitCalls(CALLS);
            loaded.start();
            long back = System.nanoTime();
            cluster.awaitEven();
            System.out.println("LeaderBalanceTest: even again after " + TaskLoad.millisSince(back) + " ms");

            List<Integer> terms = terms(cluster);
            load.awaitCalls(4 * CALLS);
            assertThat(terms(cluster)).as("nobody was moved again").isEqualTo(terms);
            load.stopAndCheckThatNoneFailed();
            System.out.println("LeaderBalanceTest: " + load.summary());
        }
    }

    private static List<Integer> terms(Cluster cluster) {
        return cluster.slots.get(0).member().status().stream()
                .filter(status -> status.group().startsWith("tandem-"))
                .map(GroupStatus::term)
                .toList();
    }
}
