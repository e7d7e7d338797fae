package dev.tandem.store;

import dev.tandem.task.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param next where the next page begins; null after the last one. Tasks created or deleted in between neither repeat
 *     nor hide any other.
 */
public record TaskPage(List<Task> tasks, @Nullable ListPosition next) {}
