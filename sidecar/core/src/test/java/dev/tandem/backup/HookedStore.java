package dev.tandem.backup;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import java.util.function.Consumer;

/** A store before whose calls something happens; it may throw what the call is to fail with. */
record HookedStore(TaskStore store, Consumer<TaskCommand> beforeCommand, Consumer<TaskQuery<?>> beforeQuery)
        implements TaskStore {
    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        try {
            beforeCommand.accept(command);
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
        return store.execute(command, options);
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        try {
            beforeQuery.accept(query);
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
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
        return store.close();
    }
}
