package dev.tandem.store;

import dev.tandem.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * One task's change, up to {@code version}.
 *
 * @param task the record with that version; null if the task was deleted by it
 */
public record Change(String taskId, long version, @Nullable Task task) {}
