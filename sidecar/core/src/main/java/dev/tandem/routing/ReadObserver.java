package dev.tandem.routing;

import dev.tandem.store.TaskQuery;
import dev.tandem.task.Task;
import java.util.Optional;

/** Is told of lookups that were answered by the store that decides, while there is a mirror that was not asked. */
public interface ReadObserver {
    /** Called before the caller sees the answer; it must neither block nor throw. */
    void read(Policy policy, TaskQuery.Get query, Optional<Task> found);
}
