package dev.tandem.store.raft.log;

/** What has happened to an entry, a vote or a snapshot of this member when it counts as written. */
public enum Durability {
    /** It is on the disk: it survives a power cut. */
    FSYNC,
    /**
     * It is with the operating system: it survives the process, not the machine. After a power cut the folder may lack what
     * was acknowledged, or be refused as damaged; a member that votes again after that can undo what others acknowledged.
     */
    NONE
}
