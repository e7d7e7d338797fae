package dev.tandem.store.sqlite;

/** Hears what the writer of a {@link SqliteTaskStore} does, on the writer's thread: it must not block. */
@FunctionalInterface
public interface SqliteObserver {
    /** Hears nothing. */
    SqliteObserver NONE = (commands, commitNanos) -> {};

    /**
     * A transaction is in the file. One in which nothing was written is not told of.
     *
     * @param commands how many were committed together
     * @param commitNanos how long the commit took, with its flush to the disk; not what came before it
     */
    void committed(int commands, long commitNanos);
}
