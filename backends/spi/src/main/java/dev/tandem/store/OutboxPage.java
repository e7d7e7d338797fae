package dev.tandem.store;

import dev.tandem.task.OutboxEntry;
import dev.tandem.task.StoredRecord;
import java.util.List;

/**
 * The beginning of a shard's outbox.
 *
 * @param entries oldest version first
 * @param records what to hand over for them: {@link dev.tandem.task.Verb.Mirror} takes as many. A task that is gone without a tombstone is
 *     told by one of the entry's version and a time long ago; of leases and requests that are gone there is nothing to tell
 * @param more whether there are more entries
 * @param lastVersion the newest that the shard has given
 * @param timeMillis the shard's time
 */
public record OutboxPage(
        List<OutboxEntry> entries, List<StoredRecord> records, boolean more, long lastVersion, long timeMillis) {}
