package dev.tandem.store;

import dev.tandem.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * One task's change, up to {@code version}.
 *
 * @param task the record with that version; null if the task was deleted by it
 * @param deletedAtMillis when the task was deleted; 0 if it was not
 */
public record Change(String taskId, long version, @Nullable Task task, long deletedAtMillis) {
    public static Change written(Task task) {
        return new Change(task.id(), task.version(), task, 0);
    }

    public static Change deleted(String taskId, long version, long atMillis) {
        return new Change(taskId, version, null, atMillis);
    }
}
