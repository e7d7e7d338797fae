package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.testkit.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that lag, move, lose their folder, or come from elsewhere. */
class MembershipTest {
    @TempDir
    Path folder;

    @Test
    void member_backAfterManyEntries_getsTheStateAndLeadsTheSame() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            Cluster.Slot away = cluster.slots.get(2);
            Cluster.Slot other = cluster.slots.get(0);
            cluster.load(other, 100);
            cluster.terminate(away);
            cluster.load(other, 3_000);

            cluster.start(away);
            cluster.ready();
            Cluster.awaitTrue("the member that was away has all", () -> Cluster.sumHere(away) == 3_100);

            cluster.terminateAll();
            cluster.start().ready();
            assertThat(cluster.sum(away)).isEqualTo(3_100);
            Cluster.awaitTrue("the member has all again", () -> Cluster.sumHere(away) == 3_100);
        }
    }

    @Test
    @Tag("long")
    void member_backAtAnotherPort_keepsItsVote() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            Cluster.Slot moved = cluster.slots.get(1);
            UUID voter = moved.member().voter();
            cluster.load(moved, 200);
            cluster.terminate(moved);
            moved.port = FreePorts.next();
            cluster.start(moved);
            cluster.ready();
            assertThat(moved.member().voter()).isEqualTo(voter);

            // It takes part: of the other two, one may go.
            cluster.terminate(cluster.slots.get(2));
            cluster.load(moved, 200);
            assertThat(cluster.sum(moved)).isEqualTo(400);
        }
    }

    @Test
    @Tag("long")
    void members_allBackAtOtherPorts_goOn() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            cluster.load(cluster.slots.get(0), 200);
            cluster.terminateAll();
            for (int port : FreePorts.list(3)) {
                cluster.slots.get(0).port = port;
                cluster.slots.add(cluster.slots.remove(0));
            }
            cluster.start().ready();
            cluster.load(cluster.slots.get(1), 200);
            assertThat(cluster.sum(cluster.slots.get(0))).isEqualTo(400);
        }
    }

    @Test
    void member_folderLost_doesNotVoteUntilItReplacesTheOldOne() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            Cluster.Slot lost = cluster.slots.get(2);
            Cluster.Slot other = cluster.slots.get(0);
            UUID old = lost.member().voter();
            cluster.load(other, 2_000);
            cluster.terminate(lost);
            lost.folder = folder.resolve("new");

            cluster.start(lost);
            cluster.ready();
            assertThat(lost.member().voter()).isNull();
            assertThat(Cluster.sumHere(lost)).isZero();
            assertThat(cluster.sum(lost)).isEqualTo(2_000); // it can ask the others

            Cluster.await(other.member().remove(cluster.context, old));
            Cluster.await(lost.member().promote(cluster.context));
            assertThat(lost.member().voter()).isNotNull().isNotEqualTo(old);
            Cluster.awaitTrue("the new member has all", () -> Cluster.sumHere(lost) == 2_000);

            // Its vote counts, and it is kept.
            cluster.terminate(cluster.slots.get(1));
            cluster.load(lost, 100);
            cluster.terminateAll();
            cluster.start().ready();
            assertThat(cluster.sum(lost)).isEqualTo(2_100);
        }
    }

    @Test
    @Tag("long")
    void member_folderLostAndFirstToStart_doesNotBeginAnotherCluster() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            cluster.load(cluster.slots.get(0), 200);
            cluster.terminateAll();
            Cluster.Slot lost = cluster.slots.get(0);
            lost.folder = folder.resolve("new");
            cluster.start(lost);
            cluster.start().ready();
            assertThat(lost.member().voter()).isNull();
            assertThat(cluster.sum(lost)).isEqualTo(200);
        }
    }

    @Test
    @Tag("long")
    void member_otherNumberOfGroups_isRefused() throws Exception {
        try (Cluster cluster = new Cluster(folder, 3).start().ready()) {
            Cluster.Slot wrong = cluster.slots.get(2);
            cluster.terminate(wrong);
            wrong.folder = folder.resolve("new");
            RaftMemberOptions options = cluster.options(wrong).withGroups(5);
            assertThatThrownBy(() -> RaftMember.start(options, Map.of(), failure -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("5 groups, and the members here have 2");
            cluster.load(cluster.slots.get(0), 100);
        }
    }
}
