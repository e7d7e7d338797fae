package dev.tandem.task;

import dev.tandem.task.Gate.Role;
import dev.tandem.task.Outcome.Acknowledged;
import dev.tandem.task.Outcome.Applied;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.Outcome.Deleted;
import dev.tandem.task.Outcome.Fenced;
import dev.tandem.task.Outcome.Gated;
import dev.tandem.task.Outcome.Granted;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Outcome.Swept;
import dev.tandem.task.Outcome.Unchanged;
import dev.tandem.task.RequestRecord.Touched;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs one command against a store's records: recognises repeated requests, picks the tasks for the verbs on many, asks
 * the rules, writes what they say. Deterministic: the same commands on the same table give the same outcomes.
 *
 * <p>The caller makes each call one atomic step: all that it puts into the table becomes durable and visible together,
 * or none of it does.
 */
public final class TaskMachine {
    /** The most records that a sweep or prune holds in memory. */
    private static final int SWEPT_AT_ONCE = 32;

    private TaskMachine() {}

    /** Runs {@code command} on {@code table}. */
    public static Outcome execute(TaskTable table, TaskCommand command) {
        String namespace = command.namespace();
        Gate gate = table.gate(namespace);
        if (!gate.admits(command.epoch(), command.verb())) {
            return new Fenced(gate);
        } else if (command.verb() instanceof Verb.MoveGate move) {
            return move(table, namespace, gate, move);
        } else if (command.verb() instanceof Verb.Acknowledge acknowledge) {
            return acknowledge(table, namespace, acknowledge);
        }
        long at = table.advanceTime(namespace, command.atMillis());
        RequestKey request = command.request();
        if (request != null) {
            RequestRecord seen = table.request(namespace, request.id());
            if (seen != null && seen.forgetAtMillis() > at) {
                return replay(table, namespace, request, command.verb(), seen);
            }
        }
        Outcome outcome = run(table, namespace, command.verb(), at);
        if (request != null) {
            RequestRecord record = RequestRecord.of(request, command.verb(), outcome, at);
            if (record != null) {
                table.putRequest(namespace, record);
                wrote(table, namespace, record);
            }
        }
        return outcome;
    }

    private static Outcome move(TaskTable table, String namespace, Gate now, Verb.MoveGate move) {
        Gate to = move.to();
        boolean isExpected = move.expectedEpoch() == Verb.MoveGate.ANY_LOWER
                ? now.epoch() < to.epoch()
                : now.epoch() == move.expectedEpoch();
        if (!isExpected || now.equals(to)) {
            return new Gated(now, now.equals(to));
        }
        if (!to.hasOutbox() && now.hasOutbox()) {
            table.clearOutbox(namespace);
        }
        if (now.role() == Role.MIRROR && to.role() != Role.MIRROR) {
            table.restart(namespace, table.nextVersion(namespace));
        }
        table.putGate(namespace, to);
        return new Gated(to, true);
    }

    private static Outcome acknowledge(TaskTable table, String namespace, Verb.Acknowledge acknowledge) {
        long removed = acknowledge.entries().stream()
                .filter(entry -> table.removeOutbox(namespace, entry))
                .count();
        return new Acknowledged(removed);
    }

    /** Remembers what was written for the mirror, if there is one. */
    static void wrote(TaskTable table, String namespace, RecordKind kind, String name, long version) {
        if (table.gate(namespace).hasOutbox()) {
            table.putOutbox(namespace, new OutboxEntry(new RecordName(kind, name), version));
        }
    }

    static void wrote(TaskTable table, String namespace, RequestRecord request) {
        wrote(table, namespace, RecordKind.REQUEST, request.requestId(), table.nextVersion(namespace) - 1);
    }

    private static Outcome run(TaskTable table, String namespace, Verb verb, long at) {
        if (verb instanceof Verb.OnTask onTask) {
            Task now;
            try {
                now = table.task(namespace, onTask.taskId());
            } catch (CodecException e) {
                return discard(table, namespace, onTask, at, e);
            }
            return write(
                    table, namespace, now, TaskRules.apply(namespace, now, verb, at, table.nextVersion(namespace)), at);
        } else if (verb instanceof Verb.Claim claim) {
            return claim(table, namespace, claim, at);
        } else if (verb instanceof Verb.Sweep sweep) {
            return sweep(table, namespace, sweep, at);
        } else if (verb instanceof Verb.Prune prune) {
            return sweepAll(
                    table,
                    namespace,
                    prune,
                    at,
                    prune.limit(),
                    n -> table.finishedBefore(namespace, prune.states(), prune.finishedBeforeMillis(), n));
        } else if (verb instanceof Verb.OnLease onLease) {
            LeaderLease now = table.lease(namespace, onLease.scope());
            Outcome outcome = LeaseRules.apply(namespace, now, onLease, at, table.nextVersion(namespace));
            if (outcome instanceof Granted granted) {
                table.putLease(granted.lease());
                wrote(
                        table,
                        namespace,
                        RecordKind.LEASE,
                        granted.lease().scope(),
                        granted.lease().version());
            }
            return outcome;
        } else if (verb instanceof Verb.Mirror mirror) {
            return Mirroring.apply(table, namespace, mirror);
        }
        throw new IllegalArgumentException("unknown verb: " + verb);
    }

    /** A record that can't be read can be deleted, by whoever does not ask for a version of it, and nothing else. */
    private static Outcome discard(TaskTable table, String namespace, Verb.OnTask verb, long at, CodecException why) {
        if (!(verb instanceof Verb.Delete delete) || delete.expectedVersion() != 0) {
            throw why;
        }
        long version = table.nextVersion(namespace);
        table.discard(namespace, delete.taskId(), version, at);
        wrote(table, namespace, RecordKind.TASK, delete.taskId(), version);
        return new Deleted(delete.taskId(), version);
    }

    private static Outcome write(TaskTable table, String namespace, @Nullable Task now, Outcome outcome, long at) {
        if (outcome instanceof Applied applied) {
            table.put(now, applied.task());
            wrote(
                    table,
                    namespace,
                    RecordKind.TASK,
                    applied.task().id(),
                    applied.task().version());
        } else if (outcome instanceof Deleted deleted && now != null) {
            table.delete(now, deleted.version(), at);
            wrote(table, namespace, RecordKind.TASK, deleted.taskId(), deleted.version());
        }
        return outcome;
    }

    private static Outcome claim(TaskTable table, String namespace, Verb.Claim claim, long at) {
        for (Task expired : table.leasesExpired(namespace, at, Limits.BATCH_MAX)) {
            apply(table, namespace, expired, new Verb.Sweep(1), at);
        }
        List<Task> claimed = new ArrayList<>();
        long bytes = 0;
        for (Task due : table.claimable(namespace, claim.queues(), at, claim.limit())) {
            if (bytes < Limits.PAGE_BYTES_MAX && apply(table, namespace, due, claim, at) instanceof Applied applied) {
                claimed.add(applied.task());
                bytes += due.contentBytes();
            }
        }
        long nextDue = claimed.isEmpty() ? table.nextDueMillis(namespace, claim.queues(), at) : at;
        return new Claimed(List.copyOf(claimed), nextDue);
    }

    private static Outcome sweep(TaskTable table, String namespace, Verb.Sweep sweep, long at) {
        boolean more = table.forget(namespace, at, sweep.limit());
        if (table.gate(namespace).role() == Role.MIRROR) {
            return new Swept(0, 0, more);
        }
        Swept leases = sweepAll(table, namespace, sweep, at, sweep.limit(), n -> table.leasesExpired(namespace, at, n));
        int left = (int) (sweep.limit() - leases.requeued() - leases.deleted());
        Swept kept = sweepAll(table, namespace, sweep, at, left, n -> table.retentionOver(namespace, at, n));
        return new Swept(
                leases.requeued() + kept.requeued(),
                leases.deleted() + kept.deleted(),
                more || kept.more() || left == 0);
    }

    /**
     * Applies a verb to as many of the source's tasks as the limit allows, a few at a time: a thousand records, each
     * with its payload, would fill the memory. What has been swept is not found again.
     */
    private static Swept sweepAll(
            TaskTable table, String namespace, Verb verb, long at, int limit, IntFunction<List<Task>> source) {
        long moved = 0;
        long deleted = 0;
        int left = limit;
        while (left > 0) {
            int wanted = Math.min(left, SWEPT_AT_ONCE);
            List<Task> tasks = source.apply(wanted);
            int before = left;
            for (Task task : tasks) {
                Outcome outcome = apply(table, namespace, task, verb, at);
                moved += outcome instanceof Applied ? 1 : 0;
                deleted += outcome instanceof Deleted ? 1 : 0;
                left -= outcome instanceof Unchanged ? 0 : 1;
            }
            if (tasks.size() < wanted || left == before) {
                return new Swept(moved, deleted, false);
            }
        }
        return new Swept(moved, deleted, true);
    }

    private static Outcome apply(TaskTable table, String namespace, Task now, Verb verb, long at) {
        return write(
                table, namespace, now, TaskRules.apply(namespace, now, verb, at, table.nextVersion(namespace)), at);
    }

    /** Answers a request that was applied before, from what its records are now. */
    private static Outcome replay(
            TaskTable table, String namespace, RequestKey request, Verb verb, RequestRecord seen) {
        if (seen.bodyHash() != request.bodyHash() || seen.verbCode() != verb.code()) {
            return Rejected.of(Reason.REQUEST_ID_REUSED, "the request id was used for another command", null);
        }
        if (verb instanceof Verb.Claim) {
            List<Task> held = new ArrayList<>();
            for (Touched touched : seen.touched()) {
                Task task = readable(table, namespace, touched.id());
                TaskLease lease = task == null ? null : task.lease();
                if (task != null && lease != null && lease.token() == touched.version()) {
                    held.add(task);
                }
            }
            return new Claimed(List.copyOf(held), Claimed.NEVER_AGAIN);
        }
        if (verb instanceof Verb.OnMany) {
            return new Swept(0, seen.count(), false);
        }
        Touched touched = seen.touched().get(0);
        if (verb instanceof Verb.Delete) {
            return new Deleted(touched.id(), touched.version());
        }
        if (verb instanceof Verb.OnLease) {
            LeaderLease lease = table.lease(namespace, touched.id());
            return lease != null && lease.token() == touched.version()
                    ? new Granted(lease)
                    : new Rejected(Reason.LEASE_LOST, "the lease was granted, and taken over since", null, lease);
        }
        Task task = table.task(namespace, touched.id());
        return task != null
                ? new Unchanged(task)
                : Rejected.of(Reason.NOT_FOUND, "the command was applied, and the task deleted since", null);
    }

    /** The task, null if it is not there or can't be read: the others of its claim are held nevertheless. */
    private static @Nullable Task readable(TaskTable table, String namespace, String id) {
        try {
            return table.task(namespace, id);
        } catch (CodecException e) {
            return null;
        }
    }
}
