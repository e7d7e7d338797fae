package dev.tandem.routing;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;

/** What routing needs of the program around it: time, and the context of the caller. Simulations have their own. */
public interface Host {
    Timers timers();

    /** As {@link System#nanoTime}. */
    long nanoTime();

    /** A promise whose future completes on the caller's context, whoever completes it. */
    <T> Promise<T> promise();

    /** Runs {@code task} on the caller's context each time that the result is run, from anywhere. */
    Runnable onCaller(Runnable task);

    static Host of(Vertx vertx) {
        Timers timers = Timers.of(vertx);
        return new Host() {
            @Override
            public Timers timers() {
                return timers;
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public <T> Promise<T> promise() {
                return ((VertxInternal) vertx).getOrCreateContext().promise();
            }

            @Override
            public Runnable onCaller(Runnable task) {
                Context context = vertx.getOrCreateContext();
                return () -> context.runOnContext(go -> task.run());
            }
        };
    }
}
