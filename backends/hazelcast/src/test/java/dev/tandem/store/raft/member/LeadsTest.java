package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.raft.HostedGroups;
import dev.tandem.store.raft.HostedGroups.Lead;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member tells of the groups that it leads. */
class LeadsTest {
    private static final int GROUPS = 3;

    @TempDir
    Path folder;

    @Test
    void leads_whenALeaderCrashes_areTakenOverInAHigherTerm() throws Exception {
        try (TaskCluster cluster = TaskCluster.start(folder, GROUPS)) {
            int leader = cluster.leader(1);
            HostedGroups before = cluster.groups(leader);
            Cluster.awaitTrue("it says that it leads", () -> term(before, 1) > 0);
            assertThat(before.cluster()).startsWith("test-");
            List<HostedGroups> others = IntStream.range(0, TaskCluster.MEMBERS)
                    .filter(member -> member != leader)
                    .mapToObj(cluster::groups)
                    .toList();
            assertThat(others).noneMatch(other -> other.memberId().equals(before.memberId()));
            long term = term(before, 1);
            AtomicInteger told = new AtomicInteger();
            others.forEach(other -> other.onLeads(told::incrementAndGet));

            cluster.terminate(leader);

            Cluster.awaitTrue(
                    "another says that it leads", () -> others.stream().anyMatch(other -> term(other, 1) > term));
            assertThat(told).hasPositiveValue();
        }
    }

    /** 0 if it does not lead. */
    private static long term(HostedGroups groups, int group) {
        return groups.leads().stream()
                .filter(lead -> lead.group() == group)
                .max(Comparator.comparingLong(Lead::term))
                .map(Lead::term)
                .orElse(0L);
    }
}
