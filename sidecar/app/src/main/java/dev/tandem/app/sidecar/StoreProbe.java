package dev.tandem.app.sidecar;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks again and again whether the store answers, and tells health checks and the log when that changes.
 *
 * <p>Belongs to the context that starts it.
 */
final class StoreProbe {
    /** From one answer to the next question. */
    static final long INTERVAL_MILLIS = 1000;

    /** One late answer is no reason to send callers away: so many in a row are. */
    static final int FAILURES_MAX = 2;

    private static final Logger log = LoggerFactory.getLogger(StoreProbe.class);

    private final Vertx vertx;
    private final Supplier<Future<String>> ask;
    private final Consumer<Boolean> health;
    private long timer;
    private int failures;
    private boolean closed;

    /**
     * Prepares to ask.
     *
     * @param ask gives why the store does not answer; empty if it does. Never fails, and always ends
     * @param health is told each change, and takes it for well before the first
     */
    StoreProbe(Vertx vertx, Supplier<Future<String>> ask, Consumer<Boolean> health) {
        this.vertx = vertx;
        this.ask = ask;
        this.health = health;
    }

    void start() {
        timer = vertx.setTimer(INTERVAL_MILLIS, now -> ask.get().onSuccess(this::answered));
    }

    private void answered(String why) {
        if (closed) {
            return;
        }
        if (why.isEmpty()) {
            if (failures >= FAILURES_MAX) {
                log.info("the store answers again");
                health.accept(true);
            }
            failures = 0;
        } else if (++failures == FAILURES_MAX) {
            log.warn("not ready: {}", why);
            health.accept(false);
        }
        start();
    }

    /** Asks no more, and says nothing more. */
    Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        return Future.succeededFuture();
    }
}
