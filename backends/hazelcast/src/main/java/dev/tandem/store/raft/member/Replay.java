package dev.tandem.store.raft.member;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raftop.snapshot.RestoreSnapshotOp;
import dev.tandem.store.raft.log.DataFolderException;
import dev.tandem.store.raft.log.Entry;
import dev.tandem.store.raft.log.Mark;
import dev.tandem.store.raft.log.RecoveredGroup;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupMachine;
import dev.tandem.store.raft.state.StateView;
import dev.tandem.task.CodecException;
import dev.tandem.task.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Applies all that a member has of a group, as it would itself if all of it was committed, but without Hazelcast's Raft. */
final class Replay {
    private static final Logger LOG = LoggerFactory.getLogger(Replay.class);

    private final StoppedLogs.Log log;
    private final RecoveredGroup group;
    private final Operations operations;
    private final GroupMachine machine = new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
    private Collection<RaftEndpoint> voters;

    private Replay(StoppedLogs.Log log, Operations operations) {
        this.log = log;
        this.group = log.group();
        this.operations = operations;
        Mark mark = group.mark();
        this.voters = mark.index() == 0
                ? GroupIdentity.decode(group.identity()).initial()
                : Encoding.endpoints(ByteBuffer.wrap(mark.members()).position(Long.BYTES));
    }

    /** @throws DataFolderException if any of it can't be read */
    static Replay of(StoppedLogs.Log log, Operations operations) throws IOException {
        Replay replay = new Replay(log, operations);
        long durable = replay.group.snapshot().index();
        if (durable > 0) {
            replay.restore(durable);
        }
        replay.group.forEachEntry(replay::apply);
        return replay;
    }

    private void restore(long index) throws IOException {
        Object parts;
        try (InputStream content = group.openSnapshot()) {
            parts = operations.read(content);
        } catch (RuntimeException e) {
            throw unreadable("the state at entry " + index, e);
        }
        for (Object part : (List<?>) parts) {
            if (part instanceof RestoreSnapshotOp restore && restore.getSnapshot() instanceof StateOfGroup state) {
                machine.restore(state.state());
            }
        }
    }

    private void apply(Entry entry) throws DataFolderException {
        Object operation;
        try {
            operation = operations.toObject(entry.payload());
        } catch (IOException | RuntimeException e) {
            throw unreadable("entry " + entry.index(), e);
        }
        if (operation instanceof ApplyOperation apply) {
            apply(entry.index(), apply.batch());
        } else if (operation instanceof UpdateRaftGroupMembersCmd change
                && entry.index() > group.mark().index()) {
            // Those before the mark are in it. It counts from when it is written, not from when it is committed.
            voters = change.getMembers();
        }
    }

    private void apply(long index, Batch batch) {
        try {
            machine.apply(batch);
        } catch (RuntimeException e) {
            // It failed on the members, too, and that was its result.
            LOG.debug("{}, entry {}: {}", group.key().name(), index, e.toString());
        }
    }

    private DataFolderException unreadable(String what, Exception e) {
        Throwable cause = e;
        while (!(cause instanceof CodecException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new DataFolderException(
                what + " of group " + group.key().name() + " in " + log.folder() + " can't be read: "
                        + (cause.getMessage() == null ? cause : cause.getMessage()),
                e);
    }

    /** The group's records. */
    StateView view() {
        return machine.view();
    }

    /** The members that vote in the group. */
    Collection<RaftEndpoint> voters() {
        return voters;
    }
}
