package dev.tandem.store.raft.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.TaskLoad;
import dev.tandem.store.raft.member.TaskCluster;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that are lost under load, in every way: no call fails, none takes long, and the history is linearizable. */
class NodeLossTest {
    private static final int GROUPS = 3;

    /** So many that some call is under way at the leader at any moment; of a dozen there is none now and then. */
    private static final int CLIENTS = 48;

    private static final int CALLS = 600;
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /** One or two seconds are what it takes; more is for a machine that does other things. */
    private static final Duration STANDSTILL_MAX = Duration.ofSeconds(6);

    @TempDir
    static Path folder;

    private static NodeCluster cluster;

    private final Vertx vertx = Vertx.vertx();
    private final List<Proxy> proxies = new ArrayList<>();
    private LinkedStore store;
    private int leader;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = NodeCluster.start(folder, GROUPS);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void connect() throws Exception {
        cluster.members().clear();
        // Calls that follow a leader to where it is moved would be taken for those of a lost node.
        cluster.members().awaitEven();
        List<String> addresses = new ArrayList<>();
        for (int member = 0; member < TaskCluster.MEMBERS; member++) {
            Proxy proxy = new Proxy(vertx, cluster.server(member).port());
            proxies.add(proxy);
            addresses.add(proxy.address());
        }
        NodeGroups groups = StoreCalls.await(NodeGroups.connect(vertx, NodeOptions.of(addresses)));
        store = new LinkedStore(new RaftTaskStore(vertx, groups), groups);
        leader = cluster.members().leader(1);
    }

    @AfterEach
    void disconnect() throws Exception {
        cluster.members().heal();
        cluster.startMissing();
        StoreCalls.await(store.close());
        proxies.forEach(Proxy::close);
        StoreCalls.await(vertx.close());
    }

    private void underLoad(Callable<Void> harm) throws Exception {
        try (TaskLoad load = new TaskLoad(vertx, GROUPS, CLIENTS, TaskLoad.seed(), DEADLINE, client -> store)) {
            load.awaitCalls(CALLS);
            harm.call();
            load.awaitCalls(CALLS);
            load.stopAndCheckThatNoneFailed();
            assertThat(load.slowest()).as(load.summary()).isLessThan(STANDSTILL_MAX);
        }
    }

    private long resent() {
        return store.groups().status().counts().callsResent();
    }

    @Test
    void leader_thatCrashes_isLeft() throws Exception {
        underLoad(() -> {
            cluster.terminate(leader);
            return null;
        });
        assertThat(resent()).isPositive();
    }

    @Test
    @Tag("long")
    void leader_thatIsCutOffFromSidecars_isReachedByTheOthers() throws Exception {
        underLoad(() -> {
            StoreCalls.await(cluster.server(leader).shut());
            return null;
        });
        assertThat(cluster.members().leader(1)).as("members notice nothing").isEqualTo(leader);
        assertThat(resent()).isPositive();
    }

    @Test
    @Tag("long")
    void leader_thatIsSilent_isLeft() throws Exception {
        underLoad(() -> {
            proxies.get(leader).stall();
            return null;
        });
        assertThat(store.groups().status().nodes().get(leader).state()).isEqualTo(NodesStatus.State.DOWN);
        assertThat(resent()).isPositive();
    }

    @Test
    @Tag("long")
    void leader_thatIsCutOffFromMembers_isLeftForTheNext() throws Exception {
        underLoad(() -> {
            cluster.members().cutOff(leader);
            return null;
        });
    }

    @Test
    @Tag("long")
    void leader_thatStandsStillForAll_isLeftForTheNext() throws Exception {
        underLoad(() -> {
            cluster.members().cutOff(leader);
            proxies.get(leader).stall();
            return null;
        });
        assertThat(resent()).isPositive();
    }

    @Test
    @Tag("long")
    void leader_thatIsClosed_hasItsSidecarsGoFirst() throws Exception {
        underLoad(() -> {
            StoreCalls.await(cluster.server(leader).close());
            return null;
        });
        assertThat(resent()).as("what was under way was answered first").isZero();
    }
}
