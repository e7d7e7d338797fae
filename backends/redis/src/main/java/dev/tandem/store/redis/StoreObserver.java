package dev.tandem.store.redis;

/** Is told of what operators should know; for metrics and the log. Called on whatever thread noticed; must not block. */
public interface StoreObserver {
    /** Does nothing. */
    StoreObserver NONE = new StoreObserver() {};

    /**
     * The server no longer has a version that it had acknowledged, and the namespace takes no more writes.
     *
     * @param missingVersion the version that was looked for
     * @param foundVersion the newest that is there
     */
    default void writesLost(String namespace, long missingVersion, long foundVersion) {}

    /** The server did not know a script, and was sent its text. */
    default void scriptLoaded() {}

    /** A task's record, or what the index says of it, can't be read, and a claim, sweep or list left it out. */
    default void setAside(String namespace, String taskId) {}
}
