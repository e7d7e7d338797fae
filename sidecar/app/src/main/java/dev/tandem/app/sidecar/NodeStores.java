package dev.tandem.app.sidecar;

import dev.tandem.app.metrics.Metrics;
import dev.tandem.app.metrics.NodesMetrics;
import dev.tandem.app.metrics.RaftStoreMetrics;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.node.NodeGroups;
import dev.tandem.store.raft.node.NodeOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Opens stores on store nodes. Apart from {@link Sidecar}, so that one over another store loads nothing of it. */
final class NodeStores {
    private NodeStores() {}

    /** @param started has the connections ended after the store */
    static Future<TaskStore> open(Vertx vertx, NodeOptions options, String name, Metrics metrics, Started started) {
        return NodeGroups.connect(vertx, options)
                .recover(failure -> Future.failedFuture(new StartException(StartException.messageOf(failure), failure)))
                .map(groups -> {
                    started.add(groups::close);
                    RaftTaskStore store = new RaftTaskStore(vertx, groups);
                    RaftStoreMetrics.show(metrics, store, name);
                    NodesMetrics.show(metrics, groups, name);
                    return store;
                });
    }
}
