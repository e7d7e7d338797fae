package dev.tandem.routing;

import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskStore;
import io.vertx.core.Vertx;

/** The open watches. */
public final class Watches {
    public Watches(Vertx vertx, TaskStore store, ChangeFeed feed) {}

    public Watch open(String namespace, WatchStart start, TaskFilter filter, WatchListener listener) {
        throw new UnsupportedOperationException();
    }

    public void close() {
        throw new UnsupportedOperationException();
    }
}
