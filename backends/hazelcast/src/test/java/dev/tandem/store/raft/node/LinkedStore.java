package dev.tandem.store.raft.node;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;

/** A store over nodes that lets go of them when it is closed. */
public record LinkedStore(RaftTaskStore store, NodeGroups groups) implements TaskStore {
    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        return store.execute(command, options);
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        return store.query(query, options);
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        return store.subscribe(namespace, listener);
    }

    @Override
    public Capabilities capabilities() {
        return store.capabilities();
    }

    @Override
    public Future<Void> close() {
        return store.close().eventually(groups::close);
    }
}
