package dev.tandem.store;

/** A standing interest in a store's changes. */
@FunctionalInterface
public interface Subscription {
    /** Ends it. Calls under way may still arrive. Ending it twice does nothing. */
    void cancel();
}
