package dev.tandem.store.sqlite;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import org.jspecify.annotations.Nullable;

/**
 * A question or command on its way through a thread of the store, and back to the context that it came from.
 *
 * <p>The thread that took it settles it, once; {@link Deliveries} then carries the answer over.
 *
 * @param <Q> what is asked
 * @param <R> what is answered
 */
final class Call<Q, R> {
    private final Q asked;
    private final CallOptions options;
    private final ContextInternal context;
    private final Promise<R> promise;
    private final long bytes;

    private @Nullable R answer;
    private @Nullable StoreException failure;

    Call(Q asked, CallOptions options, ContextInternal context, long bytes) {
        this.asked = asked;
        this.options = options;
        this.context = context;
        this.promise = context.promise();
        this.bytes = bytes;
    }

    Q asked() {
        return asked;
    }

    CallOptions options() {
        return options;
    }

    /** What it weighs in a queue, roughly. */
    long bytes() {
        return bytes;
    }

    Future<R> future() {
        return promise.future();
    }

    /** The context that it shares with other calls: the same thread, without what is its own. */
    ContextInternal sharedContext() {
        return context.unwrap();
    }

    /** Settles it as DEADLINE_PASSED if so. */
    boolean isPast(long nanoTime) {
        if (!options.isPast(nanoTime)) {
            return false;
        }
        fail(new StoreException(
                FailureKind.DEADLINE_PASSED, "the call's deadline passed before its turn came: nothing was changed"));
        return true;
    }

    void answer(R value) {
        answer = value;
        failure = null;
    }

    void fail(StoreException why) {
        answer = null;
        failure = why;
    }

    /** Tells whoever waits; on the call's context. */
    void deliver() {
        if (failure != null) {
            promise.tryFail(failure);
        } else {
            promise.tryComplete(answer);
        }
    }
}
