package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.spi.impl.NodeEngine;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bounds what the groups' entries take of the memory, but for what is written between two looks: of those that are applied, the
 * oldest leave it. Hazelcast itself counts entries, and one of them may have 100 bytes or a megabyte.
 *
 * <p>Those that are kept are what a member that was away for a moment, or was just sent a state, goes on from. So more is kept while
 * a state is being sent.
 *
 * <p>Used on the groups' threads, each for its own group, between entries.
 */
final class LogMemory {
    /** What an entry takes beside the bytes of its commands: the objects around them. */
    private static final int ENTRY_BYTES = 500;

    private final NodeEngine engine;
    private final RaftMemberOptions.Memory memory;
    private final Map<CPGroupId, Kept> kept = new ConcurrentHashMap<>();

    LogMemory(NodeEngine engine, RaftMemberOptions.Memory memory) {
        this.engine = engine;
        this.memory = memory;
    }

    /** The entries of a group that were applied and are in memory still: from {@code first} to {@code last}. */
    private static final class Kept {
        long first;
        long last;
        long bytes;
    }

    void trim(RaftNodeImpl node) {
        if (!RaftMember.isNumbered(node.getGroupId()) || node.isTerminatedOrSteppedDown()) {
            return;
        }
        Kept entries = kept.computeIfAbsent(node.getGroupId(), any -> new Kept());
        count(node, entries);
        long limit = limit(node);
        if (entries.bytes <= limit) {
            return;
        }
        RaftLog log = node.state().log();
        SnapshotEntry snapshot = Snapshots.take(engine, node);
        if (snapshot == null || snapshot.index() <= log.snapshotIndex()) {
            return;
        }
        // Half of it goes, so that this is not done for each entry.
        while (entries.bytes > limit / 2 && entries.first <= entries.last) {
            entries.bytes -= bytes(log, entries.first++);
        }
        log.setSnapshot(snapshot, entries.first - 1);
    }

    private long limit(RaftNodeImpl node) {
        TaskService tasks = engine.getServiceOrNull(TaskService.NAME);
        return tasks != null && tasks.states().isWanted(node.getGroupId())
                ? memory.logBytesWhileSending()
                : memory.logBytes();
    }

    private static void count(RaftNodeImpl node, Kept entries) {
        RaftLog log = node.state().log();
        long applied = node.state().lastApplied();
        if (entries.last > applied || !log.containsLogEntry(entries.first)) {
            // A state was installed, or Hazelcast has dropped some itself.
            entries.bytes = 0;
            entries.last = applied;
            entries.first = applied + 1;
            while (entries.first > 1 && log.containsLogEntry(entries.first - 1)) {
                entries.bytes += bytes(log, --entries.first);
            }
        }
        while (entries.last < applied) {
            entries.bytes += bytes(log, ++entries.last);
        }
    }

    private static long bytes(RaftLog log, long index) {
        LogEntry entry = log.getLogEntry(index);
        int commands = entry != null && entry.operation() instanceof ApplyOperation apply
                ? apply.batch().size()
                : 0;
        // The commands are there twice: as objects, and as they are written.
        return ENTRY_BYTES + 2L * commands;
    }
}
