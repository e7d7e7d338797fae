package dev.tandem.store;

/**
 * What a store can do and promises.
 *
 * @param durability what has happened to a change when its call succeeds
 * @param linearizableReads whether {@link Consistency#LINEARIZABLE} is honoured
 * @param shards into how many a namespace is divided; fixed for the life of the store. With more than one, each has a time, versions
 *     and requests of its own: a task or lease is in one of them for ever. Claims are in order within each, and give the first task of all within
 *     as many claims of one caller as there are shards; a request id is recognised for the same task or scope, or for the same claim, sweep
 *     or prune; a list, count, sweep or prune sees each at a moment of its own
 */
public record Capabilities(Durability durability, boolean linearizableReads, int shards) {
    /** What has happened to a change when its call succeeds. */
    public enum Durability {
        /** It is in this process's memory: lost when the process ends. */
        MEMORY,
        /** It is with the operating system or another server's memory: lost with the power. */
        PROCESS,
        /** It is on one disk. */
        DISK,
        /** It is on the disks of a majority. */
        MAJORITY_DISK
    }
}
