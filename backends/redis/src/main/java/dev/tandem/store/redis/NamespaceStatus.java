package dev.tandem.store.redis;

import dev.tandem.task.TaskState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What Redis has of a namespace as a whole, for operators.
 *
 * @param lastVersion the newest that was given out
 * @param tasks how many there are, by state; states without any are left out
 * @param leases how many leaders' leases there are, those that ended and are still remembered included
 * @param lost why nobody writes to it; null if it is written to
 * @param problem why none of the others could be read, in which case they are empty; null if they could
 */
public record NamespaceStatus(
        String namespace,
        long lastVersion,
        Map<TaskState, Long> tasks,
        long leases,
        @Nullable LostWrites lost,
        @Nullable String problem) {
    /**
     * Acknowledged writes that the server no longer had when it was next written to.
     *
     * @param missingVersion the version that was looked for; 0 if it is not known what the namespace was at
     * @param foundVersion the newest that was there
     * @param noticedAtMillis when it was noticed, since 1970
     */
    public record LostWrites(long missingVersion, long foundVersion, long noticedAtMillis) {}
}
