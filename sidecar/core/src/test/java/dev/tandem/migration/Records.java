package dev.tandem.migration;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;

/** Records that are a little different from others. */
public final class Records {
    private Records() {}

    /** A record with another priority, made {@code later} milliseconds later. */
    static Task content(Task task, int priority, long later) {
        return new Task(
                task.namespace(),
                task.id(),
                task.version(),
                task.spec().withPriority(priority),
                task.state(),
                task.attempts(),
                task.createdAtMillis() + later,
                task.updatedAtMillis(),
                task.dueAtMillis(),
                task.startedAtMillis(),
                task.finishedAtMillis(),
                task.lease(),
                task.progress(),
                task.result(),
                task.error(),
                task.parts());
    }

    static LeaderLease lease(LeaderLease lease, String holder, long version) {
        return new LeaderLease(
                lease.namespace(),
                lease.scope(),
                holder,
                lease.token(),
                version,
                lease.acquiredAtMillis(),
                lease.expiresAtMillis(),
                lease.durationMillis());
    }

    static StoredRecord withVersion(StoredRecord record, long version) {
        return record instanceof Task task
                ? task.withVersion(version)
                : lease((LeaderLease) record, ((LeaderLease) record).holder(), version);
    }

    /** Another task with the same contents. */
    public static Task rename(Task task, String id) {
        return new Task(
                task.namespace(),
                id,
                task.version(),
                task.spec(),
                task.state(),
                task.attempts(),
                task.createdAtMillis(),
                task.updatedAtMillis(),
                task.dueAtMillis(),
                task.startedAtMillis(),
                task.finishedAtMillis(),
                task.lease(),
                task.progress(),
                task.result(),
                task.error(),
                task.parts());
    }
}
