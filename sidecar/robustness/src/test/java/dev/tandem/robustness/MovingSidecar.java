package dev.tandem.robustness;

import dev.tandem.routing.Router;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A sidecar between two stores, {@link #ONE}, where namespaces begin, and {@link #TWO}, as far as calls see it. */
final class MovingSidecar {
    static final String ONE = "one";
    static final String TWO = "two";

    private final Counted one;
    private final Router router;

    MovingSidecar(Vertx vertx, RealStore one, RealStore two) {
        this.one = new Counted(one.open());
        this.router = Router.of(vertx, new Stores(Map.of(ONE, this.one, TWO, two.open()), ONE));
    }

    Router router() {
        return router;
    }

    TaskStore store(String name) {
        return router.stores().get(name);
    }

    /** How many calls {@link #ONE} has fenced of those that this sidecar has sent it. */
    int fencedByOne() {
        return one.fenced.get();
    }

    private static final class Counted implements TaskStore {
        private final TaskStore store;
        private final AtomicInteger fenced = new AtomicInteger();

        Counted(TaskStore store) {
            this.store = store;
        }

        private <T> Future<T> counted(Future<T> answer) {
            return answer.onFailure(failure -> {
                if (failure instanceof StoreException known && known.kind() == FailureKind.FENCED) {
                    fenced.incrementAndGet();
                }
            });
        }

        @Override
        public Future<Outcome> execute(TaskCommand command, CallOptions options) {
            return counted(store.execute(command, options));
        }

        @Override
        public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
            return counted(store.query(query, options));
        }

        @Override
        public Subscription subscribe(String namespace, Runnable listener) {
            return store.subscribe(namespace, listener);
        }

        @Override
        public String newTaskId(String namespace, String requestId, Supplier<String> ids) {
            return store.newTaskId(namespace, requestId, ids);
        }

        @Override
        public Capabilities capabilities() {
            return store.capabilities();
        }

        @Override
        public Future<Void> close() {
            return store.close();
        }
    }
}
