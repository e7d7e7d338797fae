package dev.tandem.client;

import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream of changed tasks that goes on after cuts, from the last event that its handler was done with: it misses
 * nothing, and may give the event at the cut twice.
 *
 * <p>Its state belongs to the Vert.x context that it was started on; its methods may be called from anywhere.
 */
public final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final Rpc WATCH = Stubs.task("WatchTasks");
    private static final long NONE = -1;

    private final Invoker invoker;
    private final WatchHandler handler;
    private final Context context;
    private final Backoff backoff;
    private final Promise<Void> ended = Promise.promise();
    private volatile WatchTasksRequest next;

    private @Nullable EventStream<WatchTasksResponse> stream;
    private long reopenTimer = NONE;
    private boolean handling;
    private @Nullable Runnable afterHandling;

    Watch(Invoker invoker, WatchTasksRequest request, WatchHandler handler) {
        this.invoker = invoker;
        this.next = request;
        this.handler = handler;
        this.context = invoker.vertx().getOrCreateContext();
        this.backoff = new Backoff(invoker.options());
    }

    /** Where a later watch would go on; empty as long as no event has come. */
    public String cursor() {
        return next.getCursor();
    }

    /** Succeeds when it was closed; fails when it can't go on. */
    public Future<Void> ended() {
        return ended.future();
    }

    /** Ends it. An event that its handler is at is still finished by the handler. */
    public Future<Void> close() {
        context.runOnContext(now -> {
            if (ended.tryComplete()) {
                release();
            }
        });
        return ended.future();
    }

    void begin() {
        context.runOnContext(now -> open());
    }

    private void open() {
        reopenTimer = NONE;
        if (ended.future().isComplete()) {
            return;
        }
        EventStream<WatchTasksResponse> opening;
        try {
            opening = invoker.stream();
        } catch (TandemException overloaded) {
            cut(overloaded);
            return;
        }
        stream = opening;
        opening.open(invoker, WATCH, invoker.complete(WATCH, next))
                .onComplete(this::read, failure -> cut((TandemException) failure));
    }

    private void read(EventStream<WatchTasksResponse> opened) {
        opened.pause();
        opened.handler(event -> handle(opened, event));
        opened.exceptionHandler(failure -> whenHandled(() -> cut((TandemException) failure)));
        opened.endHandler(end -> whenHandled(() -> cut(null)));
        opened.fetch(1);
    }

    private void handle(EventStream<WatchTasksResponse> from, WatchTasksResponse event) {
        if (ended.future().isComplete()) {
            return;
        }
        handling = true;
        Future<Void> done;
        try {
            done = handler.handle(event);
        } catch (RuntimeException e) {
            done = Future.failedFuture(e);
        }
        if (done.succeeded()) {
            handled(from, event); // the usual case, without a turn of the loop
        } else {
            done.onComplete(
                    ok -> context.runOnContext(now -> handled(from, event)),
                    failure -> context.runOnContext(now -> fail(failure)));
        }
    }

    private void handled(EventStream<WatchTasksResponse> from, WatchTasksResponse event) {
        handling = false;
        backoff.reset();
        if (!event.getCursor().isEmpty()) {
            next = next.toBuilder()
                    .setCursor(event.getCursor())
                    .setIncludeExisting(false)
                    .build();
        }
        Runnable waiting = afterHandling;
        afterHandling = null;
        if (waiting != null) {
            waiting.run();
        } else if (!ended.future().isComplete()) {
            from.fetch(1);
        }
    }

    private void whenHandled(Runnable action) {
        if (handling) {
            afterHandling = action;
        } else {
            action.run();
        }
    }

    /** The stream is over: null for an end in good order, which is no reason to stop watching either. */
    private void cut(@Nullable TandemException failure) {
        stream = null;
        if (ended.future().isComplete()) {
            return;
        }
        if (failure != null && failure.reason().equals(Reasons.CURSOR_EXPIRED) && handler.cursorExpired()) {
            next = next.toBuilder().clearCursor().setIncludeExisting(true).build();
        } else if (failure != null && !(isTransient(failure) && handler.wasCut(failure))) {
            fail(failure);
            return;
        }
        if (failure != null) {
            LOG.info("a watch was cut, and goes on: {}", failure.getMessage());
        }
        reopenTimer = invoker.vertx()
                .setTimer(backoff.nextMillis(failure == null ? null : failure.retryDelay()), now -> open());
    }

    private static boolean isTransient(TandemException failure) {
        return switch (failure.code()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
            default -> failure.isWorthAnotherTry();
        };
    }

    private void fail(Throwable failure) {
        if (ended.tryFail(failure)) {
            release();
        }
    }

    private void release() {
        if (reopenTimer != NONE) {
            invoker.vertx().cancelTimer(reopenTimer);
            reopenTimer = NONE;
        }
        if (stream != null) {
            stream.cancel();
            stream = null;
        }
    }
}
