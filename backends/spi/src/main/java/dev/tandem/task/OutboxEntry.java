package dev.tandem.task;

import java.util.Comparator;

/**
 * Something that an authority has written, and its mirror has not acknowledged.
 *
 * @param version the newest that was written of this name: the record's own, or of a request, the namespace's when it was remembered
 */
public record OutboxEntry(RecordName name, long version) {
    /** Oldest version first; those of one version (a command's request, records of other stores) by kind and name. */
    public static final Comparator<OutboxEntry> ORDER = Comparator.comparingLong(OutboxEntry::version)
            .thenComparing(entry -> entry.name().kind())
            .thenComparing(entry -> entry.name().name());
}
