package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.dto.InstallSnapshot;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import com.hazelcast.internal.util.executor.ExecutorType;
import com.hazelcast.spi.impl.NodeEngine;
import dev.tandem.store.raft.state.GroupState;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hazelcast's Raft service, but for how a member comes by a state when the entries that it lacks are gone.
 *
 * <p>Hazelcast's leader writes the whole state into one message, on the group's thread, and the follower reads it on its own: with
 * many tasks, longer than a leader may be silent, and several times the state's size in memory. Here that message is a promise,
 * upon which the follower asks for the state in pieces, on another thread, and has it on disk before its group's thread hears
 * of it. The state is that of the moment when it is asked for, which may be newer than the promised one: any state that
 * a member has applied will do, and the leader goes on from the index that it is told.
 *
 * <p>Public for Hazelcast, which makes it by its name.
 */
public final class CatchUpService extends RaftService {
    /** Hazelcast itself logs under this class's name. */
    private static final Logger LOG = LoggerFactory.getLogger(StateFetch.class);

    private static final String THREADS = "tandem-raft-states-in";
    private static final int THREADS_MAX = 2;
    private static final int WAITING_MAX = 100;

    private final NodeEngine engine;

    /** By group, what the leader said last; used on the group's thread. */
    private final Map<CPGroupId, InstallSnapshot> promises = new ConcurrentHashMap<>();

    public CatchUpService(NodeEngine engine) {
        super(engine);
        this.engine = engine;
    }

    @Override
    public void init(NodeEngine nodeEngine, Properties properties) {
        super.init(nodeEngine, properties);
        nodeEngine.getExecutionService().register(THREADS, THREADS_MAX, WAITING_MAX, ExecutorType.CACHED);
    }

    @Override
    public void handleSnapshot(CPGroupId group, InstallSnapshot request, RaftEndpoint target) {
        StateOfGroup tasks = Snapshots.tasks(request.snapshot());
        if (tasks == null || !tasks.isPromise()) {
            super.handleSnapshot(group, request, target);
        } else if (getOrInitRaftNode(group) instanceof RaftNodeImpl node
                && node.getStatus() != RaftNodeStatus.INITIAL
                && target.equals(node.getLocalMember())) {
            promised(node, request);
        }
    }

    /** On the group's thread. */
    private void promised(RaftNodeImpl node, InstallSnapshot request) {
        CPGroupId group = node.getGroupId();
        RaftState state = node.state();
        if (request.term() < state.term() || node.isTerminatedOrSteppedDown()) {
            // Refused without a look at the state.
            super.handleSnapshot(group, request, node.getLocalMember());
            return;
        }
        follow(node, request);
        CPMember leader = getInvocationManager()
                .getRaftInvocationContext()
                .getCPMember(request.leader().getUuid());
        if (leader != null && promises.put(group, request) == null) {
            StateFetch fetch = new StateFetch(engine, group, leader.getAddress());
            try {
                engine.getExecutionService().execute(THREADS, () -> fetch(node, fetch));
            } catch (RejectedExecutionException e) {
                promises.remove(group);
            }
        }
    }

    /** As Hazelcast does on each message from a leader. */
    private static void follow(RaftNodeImpl node, InstallSnapshot request) {
        RaftState state = node.state();
        if (request.term() > state.term() || state.role() != RaftRole.FOLLOWER) {
            node.toFollower(request.term());
        }
        if (!request.leader().equals(state.leader())) {
            node.leader(request.leader());
        }
        node.updateLastAppendEntriesTimestamp();
    }

    private void fetch(RaftNodeImpl node, StateFetch fetch) {
        String name = node.getGroupId().getName();
        long began = System.nanoTime();
        try {
            GroupState state = GroupState.read(new DataInputStream(fetch));
            SnapshotEntry entry = Snapshots.entry(fetch.mark(), Snapshots.parts(new StateOfGroup(state)));
            StateStore store = (StateStore) node.state().stateStore();
            store.receive(entry);
            node.execute(() -> install(node, entry, store));
            LOG.info(
                    "{}: the state at entry {}, {} bytes, came from {} in {} ms",
                    name,
                    entry.index(),
                    fetch.bytes(),
                    fetch.from(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        } catch (IOException | RuntimeException e) {
            LOG.info(
                    "{}: the state did not come from {} ({}); the leader says it again",
                    name,
                    fetch.from(),
                    e.getMessage());
            node.execute(() -> promises.remove(node.getGroupId()));
        } catch (Error e) {
            node.execute(() -> promises.remove(node.getGroupId()));
            throw e;
        }
    }

    /** On the group's thread: tells Hazelcast that the leader has just sent this. */
    private void install(RaftNodeImpl node, SnapshotEntry entry, StateStore store) {
        InstallSnapshot last = promises.remove(node.getGroupId());
        // A state of a newer term than the leader's that promised it: that one leads no more, and the next one will say
        // it, too.
        if (last != null && last.term() >= entry.term()) {
            super.handleSnapshot(
                    node.getGroupId(),
                    new InstallSnapshot(
                            last.leader(), last.term(), entry, last.queryRound(), last.flowControlSequenceNumber()),
                    node.getLocalMember());
        }
        store.forget(entry);
    }
}
