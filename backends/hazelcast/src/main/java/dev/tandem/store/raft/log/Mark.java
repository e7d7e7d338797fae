package dev.tandem.store.raft.log;

/**
 * A place in a group's log up to which everything is committed, because the group's state was taken there.
 *
 * @param index the last entry that the state contains
 * @param term that entry's term
 * @param members who the group's members were, in the caller's own bytes
 */
// The bytes are handed over, not compared.
@SuppressWarnings("ArrayRecordComponent")
public record Mark(long index, int term, byte[] members) {
    /** Before the first entry. */
    static final Mark START = new Mark(0, 0, new byte[0]);
}
