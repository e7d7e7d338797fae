package dev.tandem.store.raft;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the calls under way, so that one who closes can wait for them. Safe for use by several threads. */
final class UnderWay {
    /** The calls, and one for being open. */
    private final AtomicInteger count = new AtomicInteger(1);

    private final AtomicBoolean closing = new AtomicBoolean();
    private final Promise<Void> none = Promise.promise();

    /** Notes that a call begins; false if it is too late for that. Each that began is to be followed by {@link #end}. */
    boolean begin() {
        int now;
        do {
            now = count.get();
            if (now == 0) {
                return false;
            }
        } while (!count.compareAndSet(now, now + 1));
        return true;
    }

    /** Notes that a call has ended. */
    void end() {
        if (count.decrementAndGet() == 0) {
            none.complete();
        }
    }

    /** Completes, on any thread, when all calls that began have ended; no other begins then. */
    Future<Void> close() {
        if (!closing.getAndSet(true)) {
            end();
        }
        return none.future();
    }
}
