package dev.tandem.app.sidecar;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of several stores, which may not be there when the sidecar starts: it is tried until it is, and calls fail meanwhile with the reason. So a
 * sidecar starts while one of its stores is down. It is opened on the context that makes it; calls may come from any.
 */
final class LateStore implements TaskStore {
    /** From one try to the next. */
    private static final long RETRY_MILLIS = 1_000;

    private static final Logger log = LoggerFactory.getLogger(LateStore.class);

    private final Vertx vertx;
    private final String name;
    private final Started beneath;
    private final Function<Started, Future<TaskStore>> opener;
    private final Runnable onTried;
    private final List<LateSubscription> waiting = new ArrayList<>();
    private volatile @Nullable TaskStore store;
    private volatile String why = "it is being opened";
    private boolean isTried;
    private boolean isClosed;

    /**
     * Prepares to open one.
     *
     * @param opener makes one try; what it starts beneath the store is ended after the store
     * @param onTried is called when a try has ended
     */
    LateStore(Vertx vertx, Context owner, String name, Function<Started, Future<TaskStore>> opener, Runnable onTried) {
        this.vertx = vertx;
        this.name = name;
        this.beneath = new Started(owner);
        this.opener = opener;
        this.onTried = onTried;
    }

    /** Makes the first try, and those after it. */
    void open() {
        opener.apply(beneath).onComplete((opened, failure) -> {
            if (failure == null) {
                opened(opened);
            } else {
                failed(StartException.messageOf(failure));
            }
            isTried = true;
            onTried.run();
        });
    }

    private void opened(TaskStore opened) {
        if (isClosed) {
            opened.close().onComplete(closed -> beneath.stop());
            return;
        }
        if (isTried) {
            log.info("the store {} is there now", name);
        }
        List<LateSubscription> late;
        synchronized (waiting) {
            store = opened;
            late = List.copyOf(waiting);
            waiting.clear();
        }
        late.forEach(each -> each.begin(opened));
    }

    private void failed(String reason) {
        if (isClosed) {
            return;
        }
        if (!reason.equals(why)) {
            log.warn("the store {} is not there, and will be tried again: {}", name, reason);
        }
        why = reason;
        vertx.setTimer(RETRY_MILLIS, now -> {
            if (!isClosed) {
                open();
            }
        });
    }

    /** Whether a try to open it has ended, well or not. */
    boolean isTried() {
        return isTried;
    }

    boolean isOpen() {
        return store != null;
    }

    /** Why it is not open. */
    String why() {
        return why;
    }

    private StoreException notThere() {
        return new StoreException(FailureKind.NOT_APPLIED, "the store " + name + " is not there: " + why);
    }

    private <T> Future<T> call(Function<TaskStore, Future<T>> call) {
        TaskStore open = store;
        return open != null
                ? call.apply(open)
                : ((ContextInternal) vertx.getOrCreateContext()).failedFuture(notThere());
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        return call(open -> open.execute(command, options));
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        return call(open -> open.query(query, options));
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        synchronized (waiting) {
            TaskStore open = store;
            if (open != null) {
                return open.subscribe(namespace, listener);
            }
            LateSubscription late = new LateSubscription(namespace, vertx.getOrCreateContext(), listener);
            waiting.add(late);
            return late;
        }
    }

    @Override
    public String newTaskId(String namespace, String requestId, Supplier<String> ids) {
        TaskStore open = store;
        return open == null ? ids.get() : open.newTaskId(namespace, requestId, ids);
    }

    /**
     * Those of the store.
     *
     * @throws StoreException while it is not open, as they are not known
     */
    @Override
    public Capabilities capabilities() {
        TaskStore open = store;
        if (open == null) {
            throw notThere();
        }
        return open.capabilities();
    }

    @Override
    public Future<Void> close() {
        isClosed = true;
        TaskStore open = store;
        return open == null
                ? Future.succeededFuture()
                : open.close()
                        .transform(closed -> beneath.stop()
                                .compose(ended -> closed.succeeded()
                                        ? Future.succeededFuture()
                                        : Future.failedFuture(closed.cause())));
    }

    /** One that begins when the store is there. */
    private final class LateSubscription implements Subscription {
        private final String namespace;
        private final Context context;
        private final Runnable listener;
        private @Nullable Subscription subscription;
        private boolean isCancelled;

        LateSubscription(String namespace, Context context, Runnable listener) {
            this.namespace = namespace;
            this.context = context;
            this.listener = listener;
        }

        void begin(TaskStore open) {
            context.runOnContext(go -> {
                if (!isCancelled) {
                    subscription = open.subscribe(namespace, listener);
                    listener.run();
                }
            });
        }

        @Override
        public void cancel() {
            isCancelled = true;
            synchronized (waiting) {
                waiting.remove(this);
            }
            if (subscription != null) {
                subscription.cancel();
            }
        }
    }
}
