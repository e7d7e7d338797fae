package dev.tandem.backup;

import java.util.List;

/**
 * What a backup has of a namespace.
 *
 * @param version the highest that the namespace had given, in any shard
 * @param timeMillis the namespace's time
 * @param tasks how many were found when they were gone through; so for the other kinds
 * @param changes how many records of tasks are in the file beside these, because they were written or deleted meanwhile
 * @param unreadable the names of records that can't be read, and are not in the file; the first {@link #UNREADABLE_MAX}
 */
public record NamespaceSummary(
        String namespace,
        long version,
        long timeMillis,
        long tasks,
        long tombstones,
        long leases,
        long requests,
        long changes,
        List<String> unreadable) {
    /** The most names that are listed. */
    public static final int UNREADABLE_MAX = 1_000;

    /** How many records the file has, older ones of the same name included. */
    public long records() {
        return tasks + tombstones + leases + requests + changes;
    }
}
