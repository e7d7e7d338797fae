package dev.tandem.backup;

import dev.tandem.task.StoredRecord;
import java.util.List;

/** A part of a backup: it begins with a header, has for each namespace a begin, records and an end, and ends with a trailer. */
sealed interface Frame {
    /** What kinds of frames are called in stored bytes; never reused, never changed. */
    int HEADER = 1;

    int BEGIN = 2;
    int RECORDS = 3;
    int END = 4;
    int TRAILER = 5;

    /**
     * What is in the file.
     *
     * @param timeMillis when it was begun
     * @param namespaces those that follow, in their order
     */
    record Header(long timeMillis, String version, String source, List<String> namespaces) implements Frame {}

    /**
     * What follows, up to the next {@link End}, is of this namespace.
     *
     * @param version the highest that it had given when the backup of it began
     * @param timeMillis its time then
     */
    record Begin(String namespace, long version, long timeMillis) implements Frame {}

    /** Records, of which the newest of each name counts, in whatever order they come. */
    record Records(List<StoredRecord> records, int bytes) implements Frame {}

    /** The namespace is complete. */
    record End(NamespaceSummary summary) implements Frame {}

    /**
     * The file is complete.
     *
     * @param frames how many there are before this one
     */
    record Trailer(long frames) implements Frame {}
}
