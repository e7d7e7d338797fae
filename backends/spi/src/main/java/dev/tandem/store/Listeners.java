package dev.tandem.store;

import io.vertx.core.internal.ContextInternal;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Who wants to know when a namespace's tasks have changed, for stores to keep. Safe for use by several threads; each listener
 * is called on the context that it came with.
 */
public final class Listeners {
    private final Map<String, Set<Listener>> byNamespace = new ConcurrentHashMap<>();

    /** One listener; calls that it has not answered yet are joined into one. */
    private static final class Listener {
        private final ContextInternal context;
        private final Runnable callback;
        private final AtomicBoolean called = new AtomicBoolean();
        private volatile boolean canceled;

        private Listener(ContextInternal context, Runnable callback) {
            this.context = context;
            this.callback = callback;
        }

        private void call() {
            if (called.compareAndSet(false, true)) {
                try {
                    context.runOnContext(ignored -> run());
                } catch (RejectedExecutionException e) {
                    canceled = true;
                }
            }
        }

        private void run() {
            // Before the callback, so that a change during it leads to another call.
            called.set(false);
            if (!canceled) {
                callback.run();
            }
        }
    }

    /** See {@link TaskStore#subscribe}. */
    public Subscription add(String namespace, ContextInternal context, Runnable callback) {
        Listener listener = new Listener(context, callback);
        byNamespace.compute(namespace, (name, set) -> {
            Set<Listener> listeners = set == null ? ConcurrentHashMap.newKeySet() : set;
            listeners.add(listener);
            return listeners;
        });
        return () -> {
            listener.canceled = true;
            byNamespace.computeIfPresent(namespace, (name, listeners) -> {
                listeners.remove(listener);
                return listeners.isEmpty() ? null : listeners;
            });
        };
    }

    /** Calls the namespace's listeners, soon. */
    public void changed(String namespace) {
        Set<Listener> listeners = byNamespace.get(namespace);
        if (listeners != null) {
            listeners.forEach(Listener::call);
        }
    }

    /** Calls all listeners, soon. */
    public void allChanged() {
        byNamespace.values().forEach(listeners -> listeners.forEach(Listener::call));
    }

    /** Whether anybody wants to know of the namespace. */
    public boolean hasAny(String namespace) {
        return byNamespace.containsKey(namespace);
    }

    /** Forgets all of them. */
    public void clear() {
        byNamespace.clear();
    }
}
