package dev.tandem.store;

import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import java.util.Map;
import java.util.Set;

/**
 * Which tasks of a namespace are meant: those that fit every given condition. An empty set, map or string is none.
 *
 * @param node has a part on this node
 * @param labels has each of these labels with this value
 * @param createdFromMillis created at or after this time; 0 for none
 * @param createdBeforeMillis created before this time; {@link Long#MAX_VALUE} for none
 */
public record TaskFilter(
        Set<TaskState> states,
        Set<String> queues,
        Set<String> kinds,
        String node,
        Map<String, String> labels,
        long createdFromMillis,
        long createdBeforeMillis) {
    /** Every task. */
    public static final TaskFilter ALL = new TaskFilter(Set.of(), Set.of(), Set.of(), "", Map.of(), 0, Long.MAX_VALUE);

    public static TaskFilter ofStates(TaskState... states) {
        return new TaskFilter(Set.of(states), Set.of(), Set.of(), "", Map.of(), 0, Long.MAX_VALUE);
    }

    public boolean matches(Task task) {
        return (states.isEmpty() || states.contains(task.state()))
                && (queues.isEmpty() || queues.contains(task.spec().queue()))
                && (kinds.isEmpty() || kinds.contains(task.spec().kind()))
                && (node.isEmpty() || task.parts().containsKey(node))
                && task.createdAtMillis() >= createdFromMillis
                && task.createdAtMillis() < createdBeforeMillis
                && (labels.isEmpty() || task.spec().labels().entrySet().containsAll(labels.entrySet()));
    }
}
