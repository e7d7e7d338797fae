package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.raft.SnapshotAwareService;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.state.RaftGroupMembers;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import com.hazelcast.cp.internal.raftop.snapshot.RestoreSnapshotOp;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.impl.servicemanager.ServiceInfo;
import dev.tandem.store.raft.log.Mark;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A group's state at an index, put together as Hazelcast itself does. */
final class Snapshots {
    private Snapshots() {}

    /** The state of each service that has one in the group. On the group's thread. */
    static List<RestoreSnapshotOp> parts(NodeEngine engine, CPGroupId group, long index) {
        List<RestoreSnapshotOp> parts = new ArrayList<>();
        for (ServiceInfo info : ((NodeEngineImpl) engine).getServiceInfos(SnapshotAwareService.class)) {
            SnapshotAwareService<?> service = info.getService();
            Object state = service.takeSnapshot(group, index);
            if (state != null) {
                parts.add(new RestoreSnapshotOp(info.getName(), state));
            }
        }
        return parts;
    }

    /** The state of a group in which the task store alone has one. */
    static List<RestoreSnapshotOp> parts(StateOfGroup tasks) {
        // Of a class that Hazelcast can write.
        List<RestoreSnapshotOp> parts = new ArrayList<>();
        parts.add(new RestoreSnapshotOp(TaskService.NAME, tasks));
        return parts;
    }

    /** The group's state as it is now; null if it has none. On the group's thread, between entries. */
    static @Nullable SnapshotEntry take(NodeEngine engine, RaftNodeImpl node) {
        RaftState state = node.state();
        RaftLog log = state.log();
        long index = state.lastApplied();
        if (index == log.snapshotIndex()) {
            return SnapshotEntry.isNonInitial(log.snapshot()) ? log.snapshot() : null;
        }
        LogEntry last = log.getLogEntry(index);
        if (last == null) {
            return null;
        }
        RaftGroupMembers members = state.committedGroupMembers();
        return new SnapshotEntry(
                last.term(), index, parts(engine, node.getGroupId(), index), members.index(), members.members());
    }

    /** The task store's part of a state; null if it has none. */
    static @Nullable StateOfGroup tasks(SnapshotEntry snapshot) {
        if (snapshot.operation() instanceof List<?> parts) {
            for (Object part : parts) {
                if (part instanceof RestoreSnapshotOp restore && restore.getSnapshot() instanceof StateOfGroup state) {
                    return state;
                }
            }
        }
        return null;
    }

    static Mark mark(SnapshotEntry snapshot) {
        return new Mark(
                snapshot.index(),
                snapshot.term(),
                Encoding.endpoints(snapshot.groupMembersLogIndex(), snapshot.groupMembers()));
    }

    static SnapshotEntry entry(Mark mark, Object parts) {
        ByteBuffer members = ByteBuffer.wrap(mark.members());
        long membersIndex = members.getLong();
        return new SnapshotEntry(mark.term(), mark.index(), parts, membersIndex, Encoding.endpoints(members));
    }
}
