package dev.tandem.routing;

import io.vertx.core.Vertx;

/** Calls that are made later, on the context that asks for them. The seam through which tests move time by hand. */
public interface Timers {
    /**
     * Runs {@code task} once, later.
     *
     * @param delayMillis at least 1
     * @return what {@link #cancel} takes
     */
    long set(long delayMillis, Runnable task);

    /** Calls a timer off; nothing happens if it has fired. */
    void cancel(long id);

    static Timers of(Vertx vertx) {
        return new Timers() {
            @Override
            public long set(long delayMillis, Runnable task) {
                return vertx.setTimer(delayMillis, id -> task.run());
            }

            @Override
            public void cancel(long id) {
                vertx.cancelTimer(id);
            }
        };
    }
}
