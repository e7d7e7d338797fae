package dev.tandem.task;

/**
 * What is kept of a deleted task, so that those who read changes learn of it, and no older record comes back.
 *
 * @param version the deletion's
 * @param atMillis the time of the deletion
 */
public record Tombstone(String id, long version, long atMillis) implements StoredRecord {
    @Override
    public ScanPosition position() {
        return new ScanPosition(RecordKind.TOMBSTONE, atMillis, version, id);
    }
}
