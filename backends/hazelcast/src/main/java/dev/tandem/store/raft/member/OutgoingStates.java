package dev.tandem.store.raft.member;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.internal.util.executor.ExecutorType;
import com.hazelcast.spi.impl.NodeEngine;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The states that other members ask this one for. */
final class OutgoingStates {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingStates.class);
    private static final String THREADS = "tandem-raft-states-out";
    private static final int THREADS_MAX = 2;
    private static final int WAITING_MAX = 100;

    private record Transfer(CPGroupId group, UUID number) {}

    private final NodeEngine engine;
    private final Map<Transfer, OutgoingState> states = new ConcurrentHashMap<>();

    OutgoingStates(NodeEngine engine) {
        this.engine = engine;
        engine.getExecutionService().register(THREADS, THREADS_MAX, WAITING_MAX, ExecutorType.CACHED);
    }

    /**
     * Whether a member is being sent a group's state, or was a moment ago, and will need what has followed. To be asked now and then:
     * those that nobody wants any more are forgotten here.
     */
    boolean isWanted(CPGroupId group) {
        states.values().removeIf(state -> !state.isWanted());
        return states.keySet().stream().anyMatch(transfer -> transfer.group().equals(group));
    }

    void ask(StateAsk ask) {
        OutgoingState known = states.get(new Transfer(ask.group(), ask.transfer()));
        if (known != null) {
            known.ask(ask);
        } else if (!ask.isFirst()) {
            refuse(ask, "nothing of it was asked for lately");
        } else if (engine.<RaftService>getService(RaftService.SERVICE_NAME).getRaftNode(ask.group())
                instanceof RaftNodeImpl node) {
            node.execute(() -> begin(node, ask));
        } else {
            refuse(ask, "it is not here");
        }
    }

    private static void refuse(StateAsk ask, String reason) {
        ask.sendResponse(new HazelcastException("the state of " + ask.group().getName() + " can't be sent: " + reason));
    }

    /** On the group's thread. */
    private void begin(RaftNodeImpl node, StateAsk ask) {
        SnapshotEntry snapshot = node.isTerminatedOrSteppedDown() ? null : Snapshots.take(engine, node);
        StateOfGroup tasks = snapshot == null ? null : Snapshots.tasks(snapshot);
        if (snapshot == null || tasks == null) {
            refuse(ask, "there is none");
            return;
        }
        OutgoingState state = new OutgoingState(Snapshots.mark(snapshot), tasks.state());
        try {
            engine.getExecutionService().execute(THREADS, () -> write(state, ask));
        } catch (RejectedExecutionException e) {
            refuse(ask, "others are being sent one");
            return;
        }
        states.put(new Transfer(ask.group(), ask.transfer()), state);
        LOG.info(
                "{}: the state at entry {} is sent to {}",
                ask.group().getName(),
                snapshot.index(),
                ask.getCallerAddress());
        state.ask(ask);
    }

    private void write(OutgoingState state, StateAsk first) {
        try {
            state.write();
        } catch (IOException e) {
            LOG.info(
                    "{}: {} has not taken all of the state: {}",
                    first.group().getName(),
                    first.getCallerAddress(),
                    e.getMessage());
        }
    }
}
