package dev.tandem.store.raft.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member finds of a group on its disk when it starts.
 *
 * <p>Its state is the one at {@link #snapshot}, with the entries up to {@link #mark} applied to it; these are committed. Of the
 * entries behind the mark that is not known. Used by one thread, before {@link DataFolder#openGroup}.
 */
public final class RecoveredGroup {
    private final Disk disk;
    private final Path folder;
    private final GroupKey key;
    private final LogRecovery recovery;
    private final byte[] identity;

    RecoveredGroup(Disk disk, Path folder, GroupKey key, LogRecovery recovery, byte[] identity) {
        this.disk = disk;
        this.folder = folder;
        this.key = key;
        this.recovery = recovery;
        this.identity = identity;
    }

    public GroupKey key() {
        return key;
    }

    LogRecovery recovery() {
        return recovery;
    }

    Path folder() {
        return folder;
    }

    public byte[] identity() {
        return identity;
    }

    public int term() {
        return recovery.term;
    }

    public byte @Nullable [] vote() {
        return recovery.vote;
    }

    /** The durable state; its index is 0 if there is none. */
    public Mark snapshot() {
        return recovery.snapshot;
    }

    /** Opens the durable state's content. The caller closes it. */
    public InputStream openSnapshot() throws IOException {
        return GroupLog.openSnapshot(disk, folder, recovery.snapshot);
    }

    /** The last place that is known to be committed; its index is 0 if there is none. */
    public Mark mark() {
        return recovery.mark.index() > recovery.snapshot.index() ? recovery.mark : recovery.snapshot;
    }

    /** Tells the committed entries between the durable state and the mark, in turn. */
    public void forEachCommitted(EntryConsumer consumer) throws IOException {
        recovery.forEachEntry(recovery.snapshot.index() + 1, mark().index(), consumer);
    }

    /** The entries behind the mark, all at once: there are no more of them than a running member holds. */
    public List<Entry> tail() throws IOException {
        List<Entry> entries = new ArrayList<>();
        recovery.forEachEntry(mark().index() + 1, Math.max(recovery.lastIndex, mark().index()), entries::add);
        return entries;
    }
}
