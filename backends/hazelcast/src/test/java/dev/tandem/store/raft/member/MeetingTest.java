package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Two clusters of one name, each with data of its own, whose members come to know each other. */
@Tag("long")
class MeetingTest {
    @TempDir
    Path folder;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        Logger logger = (Logger) LoggerFactory.getLogger(MemberJoiner.class);
        logger.setLevel(Level.ERROR);
        logger.addAppender(log);
        log.start();
    }

    @AfterEach
    void stop() {
        Logger logger = (Logger) LoggerFactory.getLogger(MemberJoiner.class);
        logger.detachAppender(log);
        logger.setLevel(null);
    }

    /** One of two clusters gave itself up to join the other: six members, and two Rafts that took each other for the same. */
    @Test
    void clusters_thatMeetWhileTheyRun_stayApartAndLoseNothing() throws Exception {
        Files.createDirectory(folder.resolve("one"));
        Files.createDirectory(folder.resolve("other"));
        try (Cluster one = new Cluster(folder.resolve("one"), 3);
                Cluster other = new Cluster(folder.resolve("other"), 3)) {
            other.name = one.name;
            one.start().ready();
            other.start().ready();
            one.load(one.slots.get(0), 100);
            other.load(other.slots.get(0), 200);

            name(one, other);
            name(other, one);
            Cluster.awaitTrue("a member says that it was not for it", () -> !log.list.isEmpty());
            assertThat(log.list.get(0).getFormattedMessage())
                    .contains("has the data of another cluster that is called " + one.name)
                    .contains("Give the clusters different names");

            assertApart(one, 100);
            assertApart(other, 200);
        }
    }

    private static void assertApart(Cluster cluster, long sum) {
        for (Cluster.Slot slot : cluster.slots) {
            assertThat(slot.ended.get()).isNull();
            assertThat(slot.member().hazelcast().getCluster().getMembers()).hasSize(3);
            assertThat(cluster.sum(slot)).isEqualTo(sum);
        }
        cluster.load(cluster.slots.get(2), 100);
        assertThat(cluster.sum(cluster.slots.get(0))).isEqualTo(sum + 100);
    }

    /** As if the members' lists had named the others from the beginning, and the network had let them through only now. */
    private static void name(Cluster where, Cluster others) {
        for (Cluster.Slot slot : where.slots) {
            HazelcastInstanceProxy hazelcast =
                    (HazelcastInstanceProxy) slot.member().hazelcast();
            TcpIpConfig list = hazelcast
                    .getOriginal()
                    .node
                    .getConfig()
                    .getAdvancedNetworkConfig()
                    .getJoin()
                    .getTcpIpConfig();
            others.slots.forEach(other -> list.addMember(Cluster.HOST + ":" + other.port));
        }
    }
}
