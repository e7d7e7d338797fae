package dev.tandem.task;

/**
 * What a record is called within its namespace. A task and the tombstone in its place have the same: of kind {@link RecordKind#TASK}.
 *
 * @param name a task's id, a lease's scope, or a request's id
 */
public record RecordName(RecordKind kind, String name) {
    public RecordName {
        if (kind == RecordKind.TOMBSTONE) {
            throw new IllegalArgumentException("a tombstone is named like the task that it stands for");
        }
    }

    /** That of a record. */
    public static RecordName of(StoredRecord record) {
        RecordKind kind = record.position().kind();
        return new RecordName(
                kind == RecordKind.TOMBSTONE ? RecordKind.TASK : kind,
                record.position().name());
    }
}
