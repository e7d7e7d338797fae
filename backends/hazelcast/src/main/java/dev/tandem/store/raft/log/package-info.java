/**
 * What a member of Raft groups keeps on disk: a data folder, and in it for each group a log in segments and snapshots.
 *
 * <p>{@link dev.tandem.store.raft.log.DataFolder} is a running member's way in, {@link dev.tandem.store.raft.log.StoppedFolder} that of
 * whoever reads what a stopped one has left.
 *
 * <p>Called by {@code dev.tandem.store.raft.member} alone. Nothing here may know Hazelcast, tasks or a protocol: entries,
 * votes and snapshots are bytes. See docs/decisions/0010-raft-on-hazelcast.md for the format.
 */
@NullMarked
package dev.tandem.store.raft.log;

import org.jspecify.annotations.NullMarked;
