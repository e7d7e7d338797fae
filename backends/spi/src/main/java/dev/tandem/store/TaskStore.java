package dev.tandem.store;

import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * A configured backend that keeps tasks.
 *
 * <p>Every future completes on the Vert.x context that the call was made on, and fails only with a
 * {@link StoreException}. What the rules refuse is an {@link Outcome.Rejected}, not a failure. Calls never block. When
 * the future of a command succeeds, the change is as durable as {@link #capabilities} says, and every linearizable read
 * that begins afterwards sees it.
 */
public interface TaskStore {
    /**
     * Runs one command in one atomic step.
     *
     * @param options its deadline is looked at before the command is begun
     * @return its outcome, never {@link Outcome.Fenced}: it fails as FENCED then
     */
    Future<Outcome> execute(TaskCommand command, CallOptions options);

    /** Answers one query from one consistent view. */
    <R> Future<R> query(TaskQuery<R> query, CallOptions options);

    /**
     * Calls {@code listener} soon after tasks of the namespace, or its gate, have changed, on the context of this call. Calls are
     * joined: one may stand for many changes, and there may be one without any. Read the changes themselves by
     * {@link TaskQuery.Changes}.
     */
    Subscription subscribe(String namespace, Runnable listener);

    /**
     * Picks the id of a task whose creation has a request id and says no id. Such a request comes with another new id each time it
     * is repeated, so a store that recognises requests only within a shard takes an id that is in the same one each time.
     *
     * @param ids gives a new id each time; asked for a few
     */
    default String newTaskId(String namespace, String requestId, Supplier<String> ids) {
        return ids.get();
    }

    /** What it can do and promises; does not change while it is open. */
    Capabilities capabilities();

    /** Finishes what is under way and lets go of everything. Calls after it fail as NOT_APPLIED. */
    Future<Void> close();
}
