package dev.tandem.client;

import dev.tandem.v1.WatchTasksResponse;
import io.vertx.core.Future;

/** What the application does with the events of a {@link Watch}. Called on the watch's context, one event at a time. */
@FunctionalInterface
public interface WatchHandler {
    /**
     * Takes one event. The next comes after the future has succeeded; a watch that is cut goes on after the last event for
     * which it has. If it fails, or this method throws, the watch ends with that failure.
     */
    Future<Void> handle(WatchTasksResponse event);

    /**
     * The watch was cut in a way that a later try may mend, and is about to try again after a pause.
     *
     * @return whether to go on. True, the default, goes on until it is closed; false ends the watch with the failure
     */
    default boolean wasCut(TandemException failure) {
        return true;
    }

    /**
     * The watch was away for so long that deletions in between are no longer known.
     *
     * @return whether to start anew with every task that exists: then forget what was learned before. False, the default,
     *     ends the watch with the failure
     */
    default boolean cursorExpired() {
        return false;
    }
}
