package dev.tandem.task;

/**
 * Something that a namespace holds, beside its counters: what has to be copied so that another store gives the same answers.
 * {@link Verb.Mirror} writes it there.
 */
public sealed interface StoredRecord permits Task, Tombstone, LeaderLease, RequestRecord {
    /** Where it lies among all records of its namespace. */
    ScanPosition position();

    /** Its version; 0 of a request, which has none. */
    default long version() {
        return 0;
    }
}
