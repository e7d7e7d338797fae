package dev.tandem.store;

import dev.tandem.task.TaskState;
import java.util.Map;

/** How many tasks there are in each state; a state without any is absent. */
public record TaskCounts(Map<TaskState, Long> byState) {
    public long total() {
        return byState.values().stream().mapToLong(Long::longValue).sum();
    }
}
