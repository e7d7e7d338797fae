package dev.tandem.app.sidecar;

import dev.tandem.app.metrics.Metrics;
import dev.tandem.app.metrics.RaftMetrics;
import dev.tandem.app.metrics.RaftStoreMetrics;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.RaftTaskStore;
import io.vertx.core.Vertx;

/** Opens stores in Raft groups. Apart from {@link Sidecar}, so that one over another store loads nothing of it. */
final class RaftStores {
    private RaftStores() {}

    /** The store as {@code member} reaches it. */
    static TaskStore over(Vertx vertx, HostedMember member, String name, Metrics metrics) {
        RaftTaskStore store = new RaftTaskStore(vertx, member.groups());
        RaftStoreMetrics.show(metrics, store, name);
        new RaftMetrics(metrics).show(member::status);
        return store;
    }

    /** A store of its own beside the node's server, which goes on to be told of changes. */
    static RaftTaskStore beside(Vertx vertx, HostedMember member) {
        return new RaftTaskStore(vertx, new UnwatchedGroups(member.groups()));
    }
}
