package dev.tandem.task;

import org.jspecify.annotations.Nullable;

/**
 * One node's share of a fanned-out task.
 *
 * @param localId the node's own name for its share; may be empty
 * @param error set when the node reported one
 * @param updatedAtMillis when the part last changed, in milliseconds since 1970
 */
public record Part(
        String localId, TaskState state, @Nullable TaskError error, long updatedAtMillis) {}
