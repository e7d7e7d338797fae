package dev.tandem.app.sidecar;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was started, and how each of it is ended: the newest first. Belongs to one context. */
final class Started {
    private static final Logger log = LoggerFactory.getLogger(Started.class);

    private final Context owner;
    private final Deque<Supplier<Future<Void>>> ends = new ArrayDeque<>();

    Started(Context owner) {
        this.owner = owner;
    }

    /** Something that is ended before all that was started up to now. */
    void add(Supplier<Future<Void>> end) {
        ends.push(end);
    }

    /** Something that is ended after everything else. */
    void addLast(Supplier<Future<Void>> end) {
        ends.addLast(end);
    }

    /** Ends one after the other, whether or not each ends well. May be called from any thread. */
    Future<Void> stop() {
        Promise<Void> promise = Promise.promise();
        owner.runOnContext(go -> {
            Supplier<Future<Void>> next = ends.poll();
            if (next == null) {
                promise.complete();
                return;
            }
            next.get().onComplete(ended -> {
                if (ended.failed()) {
                    log.warn("something did not end well: {}", StartException.messageOf(ended.cause()), ended.cause());
                }
                stop().onComplete(promise);
            });
        });
        return promise.future();
    }
}
