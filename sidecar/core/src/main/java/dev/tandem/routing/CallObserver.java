package dev.tandem.routing;

import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import org.jspecify.annotations.Nullable;

/**
 * Is told of every call that the router has made on a store, once it is answered.
 *
 * <p>Called on the caller's context, before the caller sees the answer; it must neither block nor throw. {@code nanos}
 * is what the caller waited for the store.
 */
public interface CallObserver {
    /** Watches nothing, at no cost. */
    CallObserver NONE = new CallObserver() {
        @Override
        public void executed(
                String storeName,
                TaskCommand command,
                @Nullable Outcome outcome,
                @Nullable StoreException failure,
                long nanos) {}

        @Override
        public void queried(String storeName, TaskQuery<?> query, @Nullable StoreException failure, long nanos) {}
    };

    /** A command was answered, by exactly one of {@code outcome} and {@code failure}. */
    void executed(
            String storeName,
            TaskCommand command,
            @Nullable Outcome outcome,
            @Nullable StoreException failure,
            long nanos);

    /**
     * A query was answered.
     *
     * @param failure null if it succeeded
     */
    void queried(String storeName, TaskQuery<?> query, @Nullable StoreException failure, long nanos);
}
