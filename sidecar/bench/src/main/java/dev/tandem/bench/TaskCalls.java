package dev.tandem.bench;

import dev.tandem.task.Bytes;
import io.vertx.core.Future;
import java.util.EnumSet;
import java.util.Set;

/**
 * The calls that are measured, in the same shape for every way to make them.
 *
 * <p>A future fails if the call did not do what was asked, so that nothing is counted that did not happen. Used on one
 * event loop.
 */
interface TaskCalls {
    /** What can be called in this way; the others are not measured. */
    default Set<Operation> operations() {
        return EnumSet.allOf(Operation.class);
    }

    /** A worker's claim on a task. */
    record Held(String taskId, long token) {}

    Future<?> create(String taskId, String queue, Bytes payload);

    /** Whether there is such a task. */
    Future<Boolean> get(String taskId);

    /** Claims one task; fails if there is none. */
    Future<Held> claim(String queue);

    Future<?> complete(Held held);

    Future<?> delete(String taskId);
}
