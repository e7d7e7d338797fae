package dev.tandem.testkit;

import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.RequestKey;
import dev.tandem.task.Task;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Verb;
import org.jspecify.annotations.Nullable;

/**
 * One step of a random sequence that is run on a store and on the reference.
 *
 * <p>Versions and tokens are named, not numbered, so that a step still means something after steps before it were
 * dropped: {@link #CURRENT} is what the reference has when the step is run, {@link #STALE} one below it.
 */
sealed interface ModelStep {
    /** Stands for the record's version, or the lease's token, as it is. */
    long CURRENT = -1;

    /** Stands for a version or token that was right at some earlier time at best. */
    long STALE = -2;

    String namespace();

    /** Runs one command. */
    record Run(String namespace, long atMillis, @Nullable RequestKey request, Verb verb) implements ModelStep {}

    /** Gets a task. */
    record Get(String namespace, String id) implements ModelStep {}

    /** Gets a leader's lease. */
    record GetLease(String namespace, String scope) implements ModelStep {}

    /** Lists one page, and counts what the filter fits. */
    record ListPage(
            String namespace,
            TaskFilter filter,
            boolean newestFirst,
            @Nullable ListPosition after,
            int limit) implements ModelStep {}

    /** Reads the changes since this reader's last step to their end, page by page; a reader's first step only begins. */
    record Follow(String namespace, int reader, int limit) implements ModelStep {}

    /** The verb with numbers in place of names. */
    static Verb resolve(Verb verb, ReferenceTable table, String namespace) {
        if (verb instanceof Verb.OnTask onTask) {
            Task task = table.task(namespace, onTask.taskId());
            TaskLease lease = task == null ? null : task.lease();
            return resolve(onTask, task == null ? 0 : task.version(), lease == null ? 0 : lease.token());
        }
        if (verb instanceof Verb.RenewLease renew) {
            return new Verb.RenewLease(
                    renew.scope(), tokenOf(renew.token(), table.lease(namespace, renew.scope())), renew.leaseMillis());
        }
        if (verb instanceof Verb.ReleaseLease release) {
            return new Verb.ReleaseLease(
                    release.scope(), tokenOf(release.token(), table.lease(namespace, release.scope())));
        }
        return verb;
    }

    private static Verb resolve(Verb.OnTask verb, long version, long token) {
        if (verb instanceof Verb.Update update) {
            return new Verb.Update(
                    update.taskId(),
                    number(update.expectedVersion(), version),
                    update.queue(),
                    update.kind(),
                    update.priority(),
                    update.payload(),
                    update.labels(),
                    update.retry(),
                    update.retentionMillis(),
                    update.dueAtMillis());
        } else if (verb instanceof Verb.UpdatePart part) {
            return new Verb.UpdatePart(
                    part.taskId(),
                    number(part.expectedVersion(), version),
                    part.node(),
                    part.localId(),
                    part.state(),
                    part.error());
        } else if (verb instanceof Verb.Transition move) {
            return new Verb.Transition(
                    move.taskId(),
                    number(move.expectedVersion(), version),
                    number(move.token(), token),
                    move.to(),
                    move.result(),
                    move.error());
        } else if (verb instanceof Verb.Renew renew) {
            return new Verb.Renew(renew.taskId(), number(renew.token(), token), renew.leaseMillis(), renew.progress());
        } else if (verb instanceof Verb.Complete complete) {
            return new Verb.Complete(complete.taskId(), number(complete.token(), token), complete.result());
        } else if (verb instanceof Verb.Fail fail) {
            return new Verb.Fail(fail.taskId(), number(fail.token(), token), fail.error(), fail.isFinal());
        } else if (verb instanceof Verb.Release release) {
            return new Verb.Release(release.taskId(), number(release.token(), token), release.delayMillis());
        } else if (verb instanceof Verb.Cancel cancel) {
            return new Verb.Cancel(cancel.taskId(), number(cancel.expectedVersion(), version), cancel.reason());
        } else if (verb instanceof Verb.Retry retry) {
            return new Verb.Retry(retry.taskId(), number(retry.expectedVersion(), version));
        } else if (verb instanceof Verb.Delete delete) {
            return new Verb.Delete(delete.taskId(), number(delete.expectedVersion(), version));
        }
        return verb;
    }

    private static long tokenOf(long named, @Nullable LeaderLease lease) {
        return number(named, lease == null ? 0 : lease.token());
    }

    private static long number(long named, long current) {
        return named == CURRENT ? current : named == STALE ? Math.max(1, current - 1) : named;
    }
}
