package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import com.hazelcast.internal.server.PacketFilter.Action;
import com.hazelcast.test.Accessors;
import com.hazelcast.test.PacketFiltersUtil;
import dev.tandem.store.CallOptions;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.log.LogSettings;
import dev.tandem.store.raft.state.StateFormat;
import dev.tandem.store.raft.state.StateView;
import dev.tandem.task.Bytes;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member that lacks more than the others have of the log in memory: it gets the state, in pieces, while they go on. */
class CatchUpTest {
    private static final int MIB = 1024 * 1024;
    private static final RaftMemberOptions.Memory MEMORY = new RaftMemberOptions.Memory(2 * MIB, 16 * MIB);
    private static final byte[] CONTENT = new byte[40_000];
    private static final int LARGE = 100_000;
    /** Enough for a part of the state, and not for all of it. */
    private static final int ASKS = 40;
    /** 20 MB of state. */
    private static final int TASKS = 500;

    @TempDir
    Path folder;

    private Cluster cluster;
    private int made;

    @BeforeEach
    void start() throws Exception {
        cluster = new Cluster(
                folder,
                3,
                options -> options.withGroups(1)
                        .withLog(new LogSettings(4 * MIB, 2 * MIB), options.snapshotEntries() * 500)
                        .withMemory(MEMORY));
        cluster.start().ready();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private void create(Cluster.Slot by, int tasks) {
        List<Future<?>> under = new ArrayList<>();
        RaftTaskStore store = new RaftTaskStore(cluster.vertx, new MemberGroups(by.member(), by.tasks));
        for (int i = 0; i < tasks; i++) {
            under.add(store.execute(
                    TaskCommand.of(
                            "n", 1, Tasks.create("t" + made++, Tasks.spec().withPayload(Bytes.of(CONTENT)))),
                    CallOptions.DEFAULT));
        }
        under.forEach(Cluster::await);
        Cluster.await(store.close());
    }

    private Cluster.Slot leader() throws InterruptedException {
        Cluster.awaitTrue("a leader", () -> cluster.leader(1) != null);
        return cluster.leader(1);
    }

    private StateView view(Cluster.Slot slot) {
        return slot.tasks.view(slot.member().group(1));
    }

    private void awaitSame() throws InterruptedException {
        Cluster.awaitTrue(
                "all have applied all",
                () -> cluster.slots.stream().allMatch(slot -> view(slot).lastVersion("n") == made));
        byte[] first = bytes(cluster.slots.get(0));
        assertThat(first.length).isGreaterThan(made * CONTENT.length);
        for (Cluster.Slot slot : cluster.slots) {
            assertThat(bytes(slot)).isEqualTo(first);
        }
    }

    private byte[] bytes(Cluster.Slot slot) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            StateFormat.write(view(slot), new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    @Test
    void memberWithoutAll_isSentNoLargeMessage() throws Exception {
        create(leader(), 10);
        Cluster.Slot lagging = follower();
        cluster.terminate(lagging);
        create(leader(), TASKS);
        Cluster.Slot leader = leader();
        Cluster.awaitTrue("the log in memory is trimmed", () -> inMemory(leader) < MEMORY.logBytes());
        AtomicInteger largest = new AtomicInteger();
        for (Cluster.Slot slot : cluster.slots) {
            if (slot != lagging) {
                filter(slot, lagging, size -> {
                    largest.accumulateAndGet(size, Math::max);
                    return Action.ALLOW;
                });
            }
        }

        cluster.start().ready();
        awaitSame();

        // Answers, which pieces are, do not pass the filter; a leader's messages do.
        assertThat(largest.get()).isPositive().isLessThan(LARGE);
    }

    /** As the next one has no majority without it, nothing could be written until it has caught up. */
    @Test
    void leaderLost_inTheMiddleOfAState_theNextOneSendsIt() throws Exception {
        create(leader(), 10);
        Cluster.Slot lagging = follower();
        cluster.terminate(lagging);
        create(leader(), TASKS);
        Cluster.Slot first = leader();
        cluster.start(lagging);
        AtomicInteger asks = new AtomicInteger();
        filter(lagging, first, size -> asks.incrementAndGet() > ASKS ? Action.DROP : Action.ALLOW);
        Cluster.awaitTrue("an ask is lost", () -> asks.get() > ASKS);
        Firewall.heal(cluster.slots);
        cluster.terminate(first);

        create(leader(), 10);
        cluster.start().ready();
        awaitSame();
    }

    /** Has each operation that a member sends another looked at by its size. */
    private static void filter(Cluster.Slot from, Cluster.Slot to, IntFunction<Action> action) {
        PacketFiltersUtil.setCustomFilter(
                from.member().hazelcast(),
                (packet, address) -> address.getPort() == to.port ? action.apply(packet.dataSize()) : Action.ALLOW);
    }

    private Cluster.Slot follower() throws InterruptedException {
        Cluster.Slot leader = leader();
        return cluster.slots.stream().filter(slot -> slot != leader).findFirst().orElseThrow();
    }

    private static long inMemory(Cluster.Slot slot) {
        RaftService raft =
                Accessors.getNodeEngineImpl(slot.member().hazelcast()).getService(RaftService.SERVICE_NAME);
        RaftNodeImpl node = (RaftNodeImpl) raft.getRaftNode(slot.member().group(1));
        AtomicLong bytes = new AtomicLong();
        CountDownLatch counted = new CountDownLatch(1);
        node.execute(() -> {
            RaftLog log = node.state().log();
            for (long index = log.lastLogOrSnapshotIndex(); log.containsLogEntry(index); index--) {
                LogEntry entry = log.getLogEntry(index);
                if (entry.operation() instanceof ApplyOperation apply) {
                    bytes.addAndGet(apply.batch().size());
                }
            }
            counted.countDown();
        });
        try {
            assertThat(counted.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return bytes.get();
    }
}
