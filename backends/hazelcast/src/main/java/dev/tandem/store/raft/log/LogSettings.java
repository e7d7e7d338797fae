package dev.tandem.store.raft.log;

/**
 * How a group's log is cut.
 *
 * @param segmentBytes a segment that is as long as this is followed by a new one; it is read into memory at once
 * @param snapshotAfterBytes how much the log grows at least before a state is written; it also grows by as much as the last
 *     state was long, so that no more is written for states than for entries. 0 to write every state, at once
 */
public record LogSettings(long segmentBytes, long snapshotAfterBytes) {
    /** For a group with many entries. */
    public static final LogSettings DEFAULTS = new LogSettings(8L * 1024 * 1024, 16L * 1024 * 1024);

    /** The same, but that every state is written at once. */
    public LogSettings writingEveryState() {
        return new LogSettings(segmentBytes, 0);
    }
}
