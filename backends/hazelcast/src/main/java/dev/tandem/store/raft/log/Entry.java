package dev.tandem.store.raft.log;

/**
 * One entry of a group's log.
 *
 * @param term the leader's term when it was appended
 * @param index its place, from 1 on
 * @param payload the operation, in the caller's own bytes
 */
// The bytes are handed over, not compared.
@SuppressWarnings("ArrayRecordComponent")
public record Entry(int term, long index, byte[] payload) {}
