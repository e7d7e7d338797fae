package dev.tandem.store.raft.member;

import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RaftStateStore;
import dev.tandem.store.raft.log.GroupLog;
import dev.tandem.store.raft.log.ReceivedSnapshot;
import dev.tandem.store.raft.log.SnapshotContent;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group's log, as Hazelcast's Raft writes it. Belongs to the group's Raft thread.
 *
 * <p>What could not be written must never count as written. Hazelcast keeps the entry in memory and goes on, and would answer
 * the leader's next heartbeat as if the entry were safe; so on the first failure the group's node on this member is ended, on
 * its own thread, before anything else can run there.
 */
final class StateStore implements RaftStateStore {
    private static final Logger LOG = LoggerFactory.getLogger(StateStore.class);

    private final RaftGroupId group;
    private final Persistence persistence;
    private byte @Nullable [] identity;
    private volatile @Nullable GroupLog log;

    /** From another member, on disk, and not in use yet. */
    private volatile @Nullable Received received;

    private record Received(SnapshotEntry entry, ReceivedSnapshot file) {}

    /** @param identity what the log holds already, or null */
    StateStore(RaftGroupId group, Persistence persistence, byte @Nullable [] identity) {
        this.group = group;
        this.persistence = persistence;
        this.identity = identity;
    }

    @Override
    public void open() throws IOException {
        log = persistence.openLog(group);
    }

    @Override
    public void persistInitialMembers(RaftEndpoint localMember, Collection<RaftEndpoint> initialMembers)
            throws IOException {
        byte[] bytes = GroupIdentity.encode(localMember, initialMembers);
        if (!Arrays.equals(bytes, identity)) {
            write(opened -> opened.identity(bytes));
            identity = bytes;
        }
    }

    @Override
    public void persistTerm(int term, @Nullable RaftEndpoint votedFor) throws IOException {
        byte @Nullable [] vote = votedFor == null ? null : Encoding.endpoint(votedFor);
        write(opened -> opened.term(term, vote));
    }

    @Override
    public void persistEntry(LogEntry entry) throws IOException {
        byte[] payload = persistence.operations().toBytes(entry.operation());
        write(opened -> opened.entry(entry.term(), entry.index(), payload));
    }

    @Override
    public void persistSnapshot(SnapshotEntry entry) throws IOException {
        Received there = received;
        if (there != null && there.entry == entry) {
            received = null;
            write(opened -> opened.install(there.file));
        } else {
            write(opened -> opened.snapshot(Snapshots.mark(entry), content(entry)));
        }
    }

    private SnapshotContent content(SnapshotEntry entry) {
        Object state = entry.operation();
        return out -> persistence.operations().write(state, out);
    }

    /** Has a state from another member on disk, before {@link #persistSnapshot} is told of it. Blocks; not on the group's thread. */
    void receive(SnapshotEntry entry) throws IOException {
        GroupLog opened = log;
        if (opened == null) {
            throw new IOException("the log of " + group + " is closed");
        }
        try {
            received = new Received(
                    entry, opened.receive(Snapshots.mark(entry), content(entry)).get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Gives up what was received, if it was not used. */
    void forget(SnapshotEntry entry) {
        Received unused = received;
        if (unused != null && unused.entry == entry) {
            received = null;
            try {
                write(opened -> opened.discard(unused.file));
            } catch (IOException e) {
                LOG.warn("{}: {}", group.getName(), e.getMessage());
            }
        }
    }

    @Override
    public void deleteEntriesFrom(long startIndexInclusive) throws IOException {
        write(opened -> opened.truncate(startIndexInclusive));
    }

    @Override
    public void flushLogs() throws IOException {
        write(GroupLog::flush);
    }

    @Override
    public void close() throws IOException {
        GroupLog opened = log;
        if (opened != null) {
            log = null;
            opened.close();
        }
        persistence.closed(group);
    }

    @FunctionalInterface
    private interface Write {
        void to(GroupLog log) throws IOException;
    }

    private void write(Write write) throws IOException {
        GroupLog opened = log;
        try {
            if (opened == null) {
                throw new IOException("the log of " + group + " is closed");
            }
            write.to(opened);
        } catch (IOException | RuntimeException | Error e) {
            end();
            throw e;
        }
    }

    private void end() {
        RaftNodeImpl node = persistence.node(group);
        if (node != null && !node.isTerminatedOrSteppedDown() && node.getStatus() != RaftNodeStatus.INITIAL) {
            node.setStatus(RaftNodeStatus.TERMINATED);
        }
    }
}
