package dev.tandem.store;

import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a scan: records of one kind.
 *
 * @param records at most as many as were asked for, and until they come to a page's bytes; may be empty though there are more
 * @param next where the next page begins; null after the last one
 * @param cursor all changes up to it had been made when the page was read
 * @param timeMillis the namespace's time, as far as it is stored
 * @param unreadable the names of those records in between that can't be read
 */
public record ScanPage(
        List<StoredRecord> records,
        @Nullable ScanPosition next,
        Cursor cursor,
        long timeMillis,
        List<String> unreadable) {}
