package dev.tandem.testkit;

import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.task.Bytes;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RequestKey;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * Stands for one less than the namespace's next version; what is added to it is added to that. Less than 1 is 1.
     */
    long AHEAD = Long.MIN_VALUE;

    /** Stands for a version or token that was right at some earlier time at best. */
    long STALE = -2;

    String namespace();

    /**
     * Runs one command.
     *
     * @param epochs how far its epoch is from the gate's
     */
    record Run(
            String namespace,
            long atMillis,
            int epochs,
            @Nullable RequestKey request,
            Verb verb) implements ModelStep {}

    /**
     * Moves the gate on. Who is to be sealed was the authority: a mirror becomes that instead.
     *
     * @param expected {@link #CURRENT}, {@link #STALE} or any lower epoch
     * @param epochs how far, from what it is
     */
    record Move(String namespace, long atMillis, long expected, int epochs, Gate.Role role, boolean hasOutbox)
            implements ModelStep {
        Verb.MoveGate verb(Gate now) {
            Gate.Role to = now.role() == Gate.Role.MIRROR && role == Gate.Role.SEALED ? Gate.Role.AUTHORITY : role;
            boolean keeps = hasOutbox && to != Gate.Role.MIRROR;
            Gate gate = new Gate(now.epoch() + epochs, to, keeps, Bytes.of(new byte[] {(byte) epochs}));
            long epoch =
                    expected == CURRENT ? now.epoch() : expected == STALE ? now.epoch() - 1 : Verb.MoveGate.ANY_LOWER;
            return new Verb.MoveGate(Math.max(epoch, Verb.MoveGate.ANY_LOWER), gate);
        }
    }

    /** Reads the beginning of the outbox. */
    record ReadOutbox(String namespace, int limit) implements ModelStep {}

    /** Reads the gate. */
    record GetGate(String namespace) implements ModelStep {}

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

    /** Reads all that the namespace holds, page by page. */
    record ScanAll(String namespace, int limit) implements ModelStep {}

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
        if (verb instanceof Verb.Acknowledge acknowledge) {
            return new Verb.Acknowledge(acknowledge.entries().stream()
                    .map(entry -> new OutboxEntry(
                            entry.name(), number(entry.version(), table.outboxVersion(namespace, entry.name()))))
                    .toList());
        }
        return verb instanceof Verb.Mirror mirror ? resolve(mirror, table, namespace) : verb;
    }

    private static Verb resolve(Verb.Mirror mirror, ReferenceTable table, String namespace) {
        long next = table.nextVersion(namespace);
        List<StoredRecord> records = new ArrayList<>();
        for (StoredRecord record : mirror.records()) {
            if (record instanceof Task task) {
                long version = recordVersion(task.version(), versionOf(table, namespace, task.id()), next);
                TaskLease lease = task.lease();
                records.add(new Task(
                        namespace,
                        task.id(),
                        version,
                        task.spec(),
                        task.state(),
                        task.attempts(),
                        task.createdAtMillis(),
                        task.updatedAtMillis(),
                        task.dueAtMillis(),
                        task.startedAtMillis(),
                        task.finishedAtMillis(),
                        lease == null
                                ? null
                                : new TaskLease(
                                        lease.workerId(), version, lease.expiresAtMillis(), lease.durationMillis()),
                        task.progress(),
                        task.result(),
                        task.error(),
                        task.parts()));
            } else if (record instanceof Tombstone buried) {
                long version = recordVersion(buried.version(), versionOf(table, namespace, buried.id()), next);
                records.add(new Tombstone(buried.id(), version, buried.atMillis()));
            } else if (record instanceof LeaderLease lease) {
                LeaderLease now = table.lease(namespace, lease.scope());
                long version = recordVersion(lease.version(), now == null ? 0 : now.version(), next);
                records.add(new LeaderLease(
                        namespace,
                        lease.scope(),
                        lease.holder(),
                        version,
                        version,
                        lease.acquiredAtMillis(),
                        lease.expiresAtMillis(),
                        lease.durationMillis()));
            } else {
                records.add(record);
            }
        }
        return new Verb.Mirror(List.copyOf(records), recordVersion(mirror.version(), 0, next));
    }

    private static long versionOf(ReferenceTable table, String namespace, String id) {
        Task task = table.task(namespace, id);
        Tombstone tombstone = table.tombstone(namespace, id);
        return task != null ? task.version() : tombstone != null ? tombstone.version() : 0;
    }

    private static long recordVersion(long named, long current, long next) {
        return named < STALE ? Math.max(1, next - 1 + (named - AHEAD)) : number(named, Math.max(1, current));
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
