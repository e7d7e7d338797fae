/**
 * A Raft group's state: all records of the group's namespaces, in memory, as a value.
 *
 * <p>{@link dev.tandem.store.raft.state.StateTable} is what commands change, on one thread; each {@link
 * dev.tandem.store.raft.state.StateView} of it never changes, and is read on any. Knows nothing of Raft, threads, clocks or
 * chance: the same commands make the same state everywhere.
 */
@NullMarked
package dev.tandem.store.raft.state;

import org.jspecify.annotations.NullMarked;
