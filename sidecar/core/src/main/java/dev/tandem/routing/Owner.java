package dev.tandem.routing;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;

/** The event-loop context that owns an object's state: everything that touches the state runs on its thread. */
final class Owner {
    private final ContextInternal context;
    private final Thread thread;

    private Owner(ContextInternal context) {
        this.context = context;
        this.thread = Thread.currentThread();
    }

    /**
     * The context that calls this.
     *
     * @throws IllegalStateException if it is not an event loop's
     */
    static Owner current() {
        ContextInternal context = ContextInternal.current();
        if (context == null || !context.isEventLoopContext() || !context.inThread()) {
            throw new IllegalStateException("make this on the event-loop context that is to own it");
        }
        return new Owner(context.unwrap());
    }

    /**
     * Asserts that the caller is on this context, or on a duplicate of it.
     *
     * @throws IllegalStateException if it is not
     */
    void check() {
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("called from "
                    + Thread.currentThread().getName() + ", but it belongs to the context of " + thread.getName());
        }
    }

    /**
     * Runs {@code task} now, as the owner. What it begins (timers, store calls, subscriptions) comes back to the owner,
     * and not to the request that happened to cause it.
     */
    void run(Runnable task) {
        check();
        context.dispatch(task);
    }

    /** A promise whose future completes on the caller's context. */
    <T> Promise<T> promiseForCaller() {
        check();
        ContextInternal caller = ContextInternal.current();
        return caller == null ? context.promise() : caller.promise();
    }

    <T> Future<T> failedForCaller(Throwable failure) {
        Promise<T> promise = promiseForCaller();
        promise.fail(failure);
        return promise.future();
    }
}
