package dev.tandem.routing;

import dev.tandem.store.TaskStore;
import io.vertx.core.Vertx;

/** The one reader of each namespace's newest changes, shared by all who wait for them. */
public final class ChangeFeed {
    public ChangeFeed(Vertx vertx, TaskStore store) {}
}
