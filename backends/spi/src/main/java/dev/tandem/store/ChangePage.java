package dev.tandem.store;

import java.util.List;

/**
 * What changed after a cursor, in order within each shard.
 *
 * <p>Every task that changed is there with its newest record, or one on the way to it; a reader that is behind may see
 * several changes of one task as the last of them, but never misses that it changed. Leases do not show.
 *
 * @param next continues after the last of {@code changes}
 * @param more whether there is more to read at once
 * @param isExpired the cursor is older than the tombstones that are kept, or not this store's: deletions may have been
 *     missed, so list again and start anew. {@code changes} is empty then
 */
public record ChangePage(List<Change> changes, Cursor next, boolean more, boolean isExpired) {}
