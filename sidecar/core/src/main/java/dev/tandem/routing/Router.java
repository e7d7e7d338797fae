package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * The one place through which calls reach a store.
 *
 * <p>Each call goes to the store that its namespace is routed to. It keeps the store's contract as it is and adds no
 * thread hop; it may be called from any context. With an observer, each answer is reported to it.
 */
public final class Router implements TaskStore {
    private final Route route;
    private final CallObserver observer;

    private record Route(String storeName, TaskStore store) {}

    private Router(Route route, CallObserver observer) {
        this.route = route;
        this.observer = observer;
    }

    /** A router that sends every namespace to one store. */
    public static Router single(String storeName, TaskStore store) {
        return new Router(new Route(storeName, store), CallObserver.NONE);
    }

    /** A router on the same stores that tells {@code observer} of every call. */
    public Router observe(CallObserver observer) {
        return new Router(route, observer);
    }

    /** The name of the store that serves this namespace. */
    public String storeName(String namespace) {
        return routeOf(namespace).storeName();
    }

    @SuppressWarnings("UnusedVariable") // One store serves every namespace; the callers are already as they have to be.
    private Route routeOf(String namespace) {
        return route;
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        Route to = routeOf(command.namespace());
        if (observer == CallObserver.NONE) {
            return to.store().execute(command, options);
        }
        long begun = System.nanoTime();
        return to.store()
                .execute(command, options)
                .andThen((outcome, failure) -> observer.executed(
                        to.storeName(),
                        command,
                        outcome,
                        failure == null ? null : asStoreException(failure),
                        System.nanoTime() - begun));
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        Route to = routeOf(query.namespace());
        if (observer == CallObserver.NONE) {
            return to.store().query(query, options);
        }
        long begun = System.nanoTime();
        return to.store()
                .query(query, options)
                .andThen((answer, failure) -> observer.queried(
                        to.storeName(),
                        query,
                        failure == null ? null : asStoreException(failure),
                        System.nanoTime() - begun));
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        return routeOf(namespace).store().subscribe(namespace, listener);
    }

    @Override
    public String newTaskId(String namespace, String requestId, Supplier<String> ids) {
        return routeOf(namespace).store().newTaskId(namespace, requestId, ids);
    }

    @Override
    public Capabilities capabilities() {
        return route.store().capabilities();
    }

    /** Closes the stores behind it. */
    @Override
    public Future<Void> close() {
        return route.store().close();
    }

    /** Stores fail only with a {@link StoreException}; anything else is a store's bug and may have been applied. */
    static StoreException asStoreException(Throwable failure) {
        return failure instanceof StoreException known
                ? known
                : new StoreException(FailureKind.MAYBE_APPLIED, "the store failed in an unknown way", failure);
    }
}
