package dev.tandem.store;

import java.util.List;

/**
 * A place in a namespace's changes: everything up to these versions has been seen.
 *
 * @param versions one for each shard of the store, in the store's order; 0 is before the first change
 */
public record Cursor(List<Long> versions) {}
