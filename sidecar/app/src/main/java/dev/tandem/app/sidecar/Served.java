package dev.tandem.app.sidecar;

import io.vertx.core.Future;

/** What a process runs until a signal ends it. */
interface Served {
    /** Finishes what is under way, and ends it. May be called from any thread; twice gives the same future. */
    Future<Void> drain();

    /** Completes, on any thread, with the reason why it can serve no more and has to end, if that comes to be. */
    Future<String> lost();
}
