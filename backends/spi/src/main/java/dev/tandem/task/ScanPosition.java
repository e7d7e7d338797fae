package dev.tandem.task;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * A place in the order in which a namespace's records are scanned, the same in all stores: by kind; tasks by creation,
 * tombstones by deletion and version, requests by when they are forgotten; those that are equal so far, and leases, by name.
 *
 * <p>A record that is changed keeps its place or moves on, never back.
 *
 * @param millis the time that records of the kind are ordered by; 0 for leases
 * @param version a tombstone's; 0 for other kinds
 * @param name the id or scope; empty for the place before the first record of the kind
 */
public record ScanPosition(RecordKind kind, long millis, long version, String name)
        implements Comparable<ScanPosition> {
    private static final Comparator<ScanPosition> ORDER = Comparator.comparing(ScanPosition::kind)
            .thenComparingLong(ScanPosition::millis)
            .thenComparingLong(ScanPosition::version)
            .thenComparing(ScanPosition::name);

    /** The place before all records of a kind. */
    public static ScanPosition begin(RecordKind kind) {
        return new ScanPosition(kind, 0, 0, "");
    }

    /** The place behind all records of a kind: before those of the next; null behind the last kind. */
    public static @Nullable ScanPosition afterAll(RecordKind kind) {
        return switch (kind) {
            case TASK -> begin(RecordKind.TOMBSTONE);
            case TOMBSTONE -> begin(RecordKind.LEASE);
            case LEASE -> begin(RecordKind.REQUEST);
            case REQUEST -> null;
        };
    }

    @Override
    public int compareTo(ScanPosition other) {
        return ORDER.compare(this, other);
    }
}
