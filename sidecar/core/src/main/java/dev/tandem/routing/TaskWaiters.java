package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Reads that wait until a task has come to a state. */
public final class TaskWaiters {
    /** The states that a task is awaited in unless the caller names others. */
    public static final Set<TaskState> FINAL_STATES =
            Set.copyOf(EnumSet.of(TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELED));

    public TaskWaiters(Vertx vertx, TaskStore store, ChangeFeed feed) {}

    public Future<Optional<Task>> await(
            String namespace,
            String taskId,
            Set<TaskState> until,
            long beyondVersion,
            Duration wait,
            CallOptions options) {
        return await(namespace, taskId, until, beyondVersion, wait, options, new Cancellation());
    }

    public Future<Optional<Task>> await(
            String namespace,
            String taskId,
            Set<TaskState> until,
            long beyondVersion,
            Duration wait,
            CallOptions options,
            Cancellation cancellation) {
        return Future.failedFuture("not built yet");
    }

    public Future<Void> close() {
        return Future.failedFuture("not built yet");
    }
}
