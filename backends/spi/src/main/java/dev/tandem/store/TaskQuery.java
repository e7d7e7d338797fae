package dev.tandem.store;

import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.Task;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One question, as a value. */
public sealed interface TaskQuery<R> {
    /** The namespace that is asked about; empty for a question about the store. */
    String namespace();

    /** The task with this id. */
    record Get(String namespace, String taskId) implements TaskQuery<Optional<Task>> {}

    /**
     * Tasks that match, by creation time and then id.
     *
     * @param after where to begin: behind this place, in the order of the list; null for the beginning
     */
    record ListTasks(
            String namespace,
            TaskFilter filter,
            boolean newestFirst,
            @Nullable ListPosition after,
            int limit) implements TaskQuery<TaskPage> {}

    /** How many tasks match, by state. */
    record Count(String namespace, TaskFilter filter) implements TaskQuery<TaskCounts> {}

    /** The leader's lease of this scope, whether it still holds or not. */
    record GetLease(String namespace, String scope) implements TaskQuery<Optional<LeaderLease>> {}

    /**
     * What changed after a cursor.
     *
     * @param after null for the end: an empty page with the cursor from which to go on
     */
    record Changes(String namespace, @Nullable Cursor after, int limit) implements TaskQuery<ChangePage> {}

    /**
     * All that the namespace holds, page by page, in the order of {@link ScanPosition}.
     *
     * <p>Each page is one view; different pages may be of different moments. A record that is there all the time is on
     * one of the pages, unless it was deleted and made anew meanwhile: {@link Changes} after the first page's cursor tell.
     *
     * @param after where to begin: behind this place, or before a kind ({@link ScanPosition#begin}); null for the beginning
     */
    record Scan(String namespace, @Nullable ScanPosition after, int limit) implements TaskQuery<ScanPage> {}

    /**
     * What a shard has decided and its mirror has not acknowledged, oldest first.
     *
     * @param shard from 0 on; see {@link Capabilities#shards}
     * @param limit up to {@link dev.tandem.task.Limits#MIRROR_MAX}; a page also ends when its records are those of a mirror command
     */
    record Outbox(String namespace, int shard, int limit) implements TaskQuery<OutboxPage> {}

    /** The namespace's gate; with several shards, that of the first, which decides. */
    record GetGate(String namespace) implements TaskQuery<Gate> {}

    /** The namespaces that hold anything, in order. */
    record Namespaces() implements TaskQuery<List<String>> {
        @Override
        public String namespace() {
            return "";
        }
    }
}
