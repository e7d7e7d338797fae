package dev.tandem.routing;

import dev.tandem.store.TaskStore;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;

/**
 * The one reader of each namespace's newest changes, shared by all who wait for them.
 *
 * <p>A namespace is read only while somebody waits for its changes. Called on the context that it was made on.
 */
public final class ChangeFeed {
    private final Owner owner = Owner.current();
    private final Timers timers;
    private final TaskStore store;
    private final Map<String, ChangeTail> tails = new HashMap<>();

    /** Belongs to the calling context. */
    public ChangeFeed(Vertx vertx, TaskStore store) {
        this(Timers.of(vertx), store);
    }

    ChangeFeed(Timers timers, TaskStore store) {
        this.timers = timers;
        this.store = store;
    }

    /** The reader of this namespace; it reads from when the first member joins it until the last one leaves. */
    ChangeTail tail(String namespace) {
        owner.check();
        return tails.computeIfAbsent(
                namespace, key -> new ChangeTail(store, timers, key, () -> tails.remove(namespace)));
    }

    /** How many namespaces are read now. */
    int tails() {
        return tails.size();
    }
}
