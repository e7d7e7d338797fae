package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;

/** Claims that wait until there is something to claim. */
public final class ClaimWaiters {
    public ClaimWaiters(Vertx vertx, TaskStore store, InstantSource clock) {}

    public Future<Outcome> claim(TaskCommand claim, Duration wait, CallOptions options) {
        return claim(claim, wait, options, new Cancellation());
    }

    public Future<Outcome> claim(TaskCommand claim, Duration wait, CallOptions options, Cancellation cancellation) {
        return Future.failedFuture("not built yet");
    }

    /** How many claims wait now. */
    public int size() {
        return 0;
    }

    public Future<Void> close() {
        return Future.failedFuture("not built yet");
    }
}
