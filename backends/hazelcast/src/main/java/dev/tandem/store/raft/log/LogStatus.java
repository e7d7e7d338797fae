package dev.tandem.store.raft.log;

/**
 * How a group's log stands.
 *
 * @param lastIndex its last entry
 * @param snapshotIndex the last entry that the newest durable state contains
 * @param snapshotBytes how long that state's file is
 * @param logBytes how much was written to the log since that state was taken
 * @param segments how many files the log has
 * @param flushes how often the log was flushed since the member started
 * @param flushNanos how long these flushes took together
 */
public record LogStatus(
        long lastIndex,
        long snapshotIndex,
        long snapshotBytes,
        long logBytes,
        int segments,
        long flushes,
        long flushNanos) {}
