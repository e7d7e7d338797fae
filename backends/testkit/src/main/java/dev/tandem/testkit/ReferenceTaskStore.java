package dev.tandem.testkit;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The store that says what the others must answer: in memory, one lock, every question answered by looking at every
 * record.
 *
 * <p>It is slow on purpose, and never clever. Calls are answered on the spot; futures are completed when the call
 * returns. Safe for use by several threads.
 */
public final class ReferenceTaskStore implements TaskStore {
    private final Vertx vertx;
    private final ReferenceTable table;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private boolean closed;

    /** An empty store that keeps tombstones as long as stores do unless configured. */
    public ReferenceTaskStore(Vertx vertx) {
        this(vertx, Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
    }

    public ReferenceTaskStore(Vertx vertx, long tombstoneKeepMillis) {
        this(vertx, new ReferenceTable(tombstoneKeepMillis));
    }

    ReferenceTaskStore(Vertx vertx, ReferenceTable table) {
        this.vertx = vertx;
        this.table = table;
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        return answer(options, () -> {
            long before = table.nextVersion(command.namespace());
            Outcome outcome = StoreException.unlessFenced(TaskMachine.execute(table, command));
            if (table.nextVersion(command.namespace()) != before || outcome instanceof Outcome.Gated) {
                listeners.forEach(listener -> listener.changed(command.namespace()));
            }
            return outcome;
        });
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        return answer(options, () -> table.answer(query, options.epoch()));
    }

    private <R> Future<R> answer(CallOptions options, Supplier<R> work) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        try {
            synchronized (table) {
                if (closed) {
                    throw new StoreException(FailureKind.NOT_APPLIED, "the store is closed");
                }
                if (options.isPast(System.nanoTime())) {
                    throw new StoreException(FailureKind.DEADLINE_PASSED, "the deadline of the call has passed");
                }
                return context.succeededFuture(work.get());
            }
        } catch (StoreException e) {
            return context.failedFuture(e);
        }
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        Listener added = new Listener(namespace, vertx.getOrCreateContext(), listener);
        listeners.add(added);
        return () -> listeners.remove(added);
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(Durability.MEMORY, true, 1);
    }

    @Override
    public Future<Void> close() {
        synchronized (table) {
            closed = true;
        }
        listeners.clear();
        return ((ContextInternal) vertx.getOrCreateContext()).succeededFuture();
    }

    /** One subscription; changes that come before its turn on its context are joined into one call. */
    private static final class Listener {
        private final String namespace;
        private final Context context;
        private final Runnable runnable;
        private final AtomicBoolean isDue = new AtomicBoolean();

        Listener(String namespace, Context context, Runnable runnable) {
            this.namespace = namespace;
            this.context = context;
            this.runnable = runnable;
        }

        void changed(String where) {
            if (where.equals(namespace) && isDue.compareAndSet(false, true)) {
                context.runOnContext(nothing -> {
                    isDue.set(false);
                    runnable.run();
                });
            }
        }
    }
}
