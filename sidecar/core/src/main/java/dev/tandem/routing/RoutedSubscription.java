package dev.tandem.routing;

import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import org.jspecify.annotations.Nullable;

/** Listens to the store that decides for a namespace, whichever that is. */
final class RoutedSubscription implements Subscription {
    private final Stores stores;
    private final Policies policies;
    private final String namespace;
    private final Runnable listener;
    private final Runnable stopWatching;
    private @Nullable Subscription subscription;
    private @Nullable String store;
    private boolean isCancelled;

    RoutedSubscription(Stores stores, Policies policies, String namespace, Runnable listener) {
        this.stores = stores;
        this.policies = policies;
        this.namespace = namespace;
        this.listener = listener;
        this.stopWatching = policies.onChange(namespace, policies.onCaller(this::moved));
        follow();
    }

    private void moved() {
        if (!isCancelled && follow()) {
            listener.run();
        }
    }

    /** Returns whether it listens to another store now. */
    private boolean follow() {
        Policy policy = policies.current(namespace);
        String now = policy == null ? stores.first() : policy.authority();
        if (now.equals(store)) {
            return false;
        }
        if (subscription != null) {
            subscription.cancel();
        }
        store = now;
        try {
            subscription = stores.get(now).subscribe(namespace, listener);
        } catch (StoreException e) {
            // Every call says so.
            subscription = null;
        }
        return true;
    }

    @Override
    public void cancel() {
        isCancelled = true;
        stopWatching.run();
        if (subscription != null) {
            subscription.cancel();
        }
    }
}
