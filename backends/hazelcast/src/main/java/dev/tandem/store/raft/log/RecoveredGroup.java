package dev.tandem.store.raft.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member has of a group on its disk, as it is found when the member starts, or after it has stopped.
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

    /**
     * The group whose folder is {@code name}; null if the folder was being made and holds nothing: a group that has no identity has
     * not voted.
     *
     * @throws DataFolderException if it is damaged, missing or newer
     */
    static @Nullable RecoveredGroup read(Disk disk, Path folder, String name) throws IOException {
        Path path = folder.resolve(name);
        GroupKey key = GroupKey.in(name);
        if (key == null || !disk.exists(path)) {
            throw DataFolderException.missing(path + " is missing");
        }
        LogRecovery recovery = LogRecovery.read(disk, path);
        byte @Nullable [] identity = recovery.identity;
        return identity == null ? null : new RecoveredGroup(disk, path, key, recovery, identity);
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

    /** The index of the last entry, of which it is not known whether it is committed. */
    public long lastIndex() {
        return Math.max(recovery.lastIndex, mark().index());
    }

    /** The last entry's term: of two logs, the one that has the higher one, or the same and is longer, is further. */
    public int lastTerm() {
        return lastIndex() == mark().index() ? mark().term() : recovery.terms.at(lastIndex());
    }

    /** Tells all entries behind the durable state in turn, those that may not be committed, too. */
    public void forEachEntry(EntryConsumer consumer) throws IOException {
        recovery.forEachEntry(recovery.snapshot.index() + 1, lastIndex(), consumer);
    }

    /** The entries behind the mark, all at once: there are no more of them than a running member holds. */
    public List<Entry> tail() throws IOException {
        List<Entry> entries = new ArrayList<>();
        recovery.forEachEntry(mark().index() + 1, lastIndex(), entries::add);
        return entries;
    }
}
