package dev.tandem.backup;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Makes a call again that a store could not answer, for some seconds: as long as a leader or a server is replaced. */
final class Retries {
    private static final int TRIES_MAX = 10;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long PAUSE_MILLIS_MAX = 5_000;

    private Retries() {}

    /** @param call to be made again whatever became of it: a question, or a command that does nothing the second time */
    static <T> Future<T> of(Vertx vertx, Supplier<Future<T>> call) {
        return attempt(vertx, call, 1, FIRST_PAUSE_MILLIS);
    }

    private static <T> Future<T> attempt(Vertx vertx, Supplier<Future<T>> call, int tried, long pauseMillis) {
        return call.get()
                .recover(failure -> tried == TRIES_MAX || !mayPass(failure)
                        ? Future.failedFuture(failure)
                        : vertx.timer(pauseMillis, TimeUnit.MILLISECONDS)
                                .compose(rung ->
                                        attempt(vertx, call, tried + 1, Math.min(2 * pauseMillis, PAUSE_MILLIS_MAX))));
    }

    private static boolean mayPass(Throwable failure) {
        return failure instanceof StoreException told
                && (told.kind() == FailureKind.OVERLOADED
                        || told.kind() == FailureKind.NOT_APPLIED
                        || told.kind() == FailureKind.MAYBE_APPLIED);
    }
}
