package dev.tandem.store.raft.log;

/** A state from another member, which is on disk beside the log but has no place in it yet. */
public final class ReceivedSnapshot {
    final Mark mark;
    final long bytes;

    ReceivedSnapshot(Mark mark, long bytes) {
        this.mark = mark;
        this.bytes = bytes;
    }
}
