package dev.tandem.store.raft.state;

/** A time between two views of a table: what was made in it is not shared yet, and is changed in place. */
final class Edit {}
