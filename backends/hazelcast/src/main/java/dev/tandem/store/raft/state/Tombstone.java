package dev.tandem.store.raft.state;

/** What is kept of a deleted task, so that those who read changes learn of it. */
record Tombstone(String id, long version, long atMillis) {}
