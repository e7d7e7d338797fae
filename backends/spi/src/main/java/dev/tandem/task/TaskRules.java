package dev.tandem.task;

import dev.tandem.task.Outcome.Applied;
import dev.tandem.task.Outcome.Deleted;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Outcome.Unchanged;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a task's life: what a verb does to one record. A pure function, the same in every store.
 *
 * <p>For the verbs on many tasks, {@link TaskMachine} picks the candidates and asks here about each of them.
 */
public final class TaskRules {
    private TaskRules() {}

    /**
     * What {@code verb} comes to on {@code now}.
     *
     * @param namespace the namespace of the record
     * @param now the record as it is, or null if there is none
     * @param atMillis the command's time, not before any earlier command's in the namespace
     * @param version the version that the next record gets; higher than every earlier one in the namespace
     * @return {@link Applied} or {@link Deleted} with what is to be written, or {@link Unchanged} or {@link Rejected}
     */
    public static Outcome apply(String namespace, @Nullable Task now, Verb verb, long atMillis, long version) {
        if (verb instanceof Verb.Create create) {
            return now == null ? create(namespace, create, atMillis, version) : alreadyExists(now);
        }
        if (now == null) {
            return Rejected.of(Reason.NOT_FOUND, "there is no such task", null);
        }
        Step step = new Step(now, atMillis, version);
        if (verb instanceof Verb.Claim claim) {
            return step.claim(claim);
        } else if (verb instanceof Verb.Complete complete) {
            return step.complete(complete);
        } else if (verb instanceof Verb.Renew renew) {
            return step.renew(renew);
        } else if (verb instanceof Verb.Update update) {
            return step.update(update);
        } else if (verb instanceof Verb.UpdatePart updatePart) {
            return step.updatePart(updatePart);
        } else if (verb instanceof Verb.Transition transition) {
            return step.transition(transition);
        } else if (verb instanceof Verb.Fail fail) {
            return step.fail(fail);
        } else if (verb instanceof Verb.Release release) {
            return step.release(release);
        } else if (verb instanceof Verb.Cancel cancel) {
            return step.cancel(cancel);
        } else if (verb instanceof Verb.Retry retry) {
            return step.retry(retry);
        } else if (verb instanceof Verb.Delete delete) {
            return step.delete(delete);
        } else if (verb instanceof Verb.Sweep) {
            return step.sweep();
        } else if (verb instanceof Verb.Prune prune) {
            return step.prune(prune);
        }
        throw new IllegalArgumentException("not a verb on a task: " + verb);
    }

    private static Outcome create(String namespace, Verb.Create create, long atMillis, long version) {
        Map<String, Part> parts = Map.of();
        if (!create.parts().isEmpty()) {
            TreeMap<String, Part> sorted = new TreeMap<>();
            create.parts()
                    .forEach(
                            (node, localId) -> sorted.put(node, new Part(localId, TaskState.ENQUEUED, null, atMillis)));
            parts = Collections.unmodifiableMap(sorted);
        }
        long due = Math.max(create.dueAtMillis(), atMillis + create.delayMillis());
        return new Applied(new Task(
                namespace,
                create.taskId(),
                version,
                create.spec(),
                TaskState.ENQUEUED,
                0,
                atMillis,
                atMillis,
                due,
                0,
                0,
                null,
                Progress.NONE,
                Bytes.EMPTY,
                null,
                parts));
    }

    private static Outcome alreadyExists(Task now) {
        return Rejected.of(Reason.ALREADY_EXISTS, "a task with this id exists", now);
    }

    /** The state that a fanned-out task's parts add up to; {@code otherwise} while none of them has begun. */
    static TaskState sumOf(Collection<Part> parts, TaskState otherwise) {
        boolean allFinal = true;
        boolean allSucceeded = true;
        boolean begun = false;
        for (Part part : parts) {
            if (part.state() == TaskState.FAILED) {
                return TaskState.FAILED;
            }
            allFinal &= part.state().isFinal();
            allSucceeded &= part.state() == TaskState.SUCCEEDED;
            begun |= part.state() != TaskState.ENQUEUED;
        }
        if (allSucceeded) {
            return TaskState.SUCCEEDED;
        }
        if (allFinal) {
            return TaskState.CANCELED;
        }
        return begun ? TaskState.PROCESSING : otherwise;
    }

    /** One verb on one existing record. */
    private record Step(Task now, long at, long version) {

        Outcome claim(Verb.Claim claim) {
            if (!now.isClaimable()
                    || now.dueAtMillis() > at
                    || !claim.queues().contains(now.spec().queue())) {
                return illegal(TaskState.PROCESSING);
            }
            TaskLease lease = new TaskLease(claim.workerId(), version, at + claim.leaseMillis(), claim.leaseMillis());
            return new Applied(next(
                    TaskState.PROCESSING,
                    now.attempts() + 1,
                    now.dueAtMillis(),
                    at,
                    lease,
                    Progress.NONE,
                    now.result(),
                    now.error(),
                    now.parts()));
        }

        Outcome renew(Verb.Renew renew) {
            TaskLease lease = now.lease();
            if (lease == null || lease.token() != renew.token() || !lease.holdsAt(at)) {
                return leaseLost();
            }
            long duration = renew.leaseMillis() == 0 ? lease.durationMillis() : renew.leaseMillis();
            TaskLease longer = new TaskLease(lease.workerId(), lease.token(), at + duration, duration);
            Progress progress = renew.progress() == null ? now.progress() : renew.progress();
            return new Applied(next(
                    now.state(),
                    now.attempts(),
                    now.dueAtMillis(),
                    now.startedAtMillis(),
                    longer,
                    progress,
                    now.result(),
                    now.error(),
                    now.parts()));
        }

        Outcome complete(Verb.Complete complete) {
            Rejected refused = refuseToFinish(TaskState.SUCCEEDED, complete.token());
            return refused != null ? refused : succeed(complete.result(), now.parts());
        }

        Outcome fail(Verb.Fail fail) {
            Rejected refused = refuseToFinish(TaskState.FAILED, fail.token());
            if (refused != null) {
                return refused;
            }
            return fail.isFinal() ? giveUp(fail.error(), now.parts()) : tryAgain(fail.error(), at);
        }

        Outcome release(Verb.Release release) {
            Rejected refused = refuseToFinish(TaskState.ENQUEUED, release.token());
            if (refused != null) {
                return refused;
            }
            return new Applied(next(
                    TaskState.ENQUEUED,
                    Math.max(0, now.attempts() - 1),
                    at + release.delayMillis(),
                    now.startedAtMillis(),
                    null,
                    Progress.NONE,
                    now.result(),
                    now.error(),
                    now.parts()));
        }

        Outcome transition(Verb.Transition transition) {
            if (isStale(transition.expectedVersion())) {
                return stale();
            }
            TaskState to = transition.to();
            if (!now.state().canMoveTo(to)) {
                return illegal(to);
            }
            if (now.state() == TaskState.PROCESSING) {
                Rejected refused = refuseToFinish(to, transition.token());
                if (refused != null) {
                    return refused;
                }
            }
            return switch (to) {
                case ENQUEUED ->
                    now.state() == TaskState.PROCESSING ? enqueue(now.attempts(), now.error(), now.parts()) : revive();
                case PROCESSING ->
                    new Applied(next(
                            to,
                            now.attempts() + 1,
                            now.dueAtMillis(),
                            at,
                            null,
                            Progress.NONE,
                            now.result(),
                            now.error(),
                            now.parts()));
                case SUCCEEDED -> succeed(transition.result(), now.parts());
                case FAILED -> giveUp(transition.error(), now.parts());
                case CANCELED -> finish(TaskState.CANCELED, now.result(), transition.error(), now.parts());
            };
        }

        Outcome cancel(Verb.Cancel cancel) {
            if (isStale(cancel.expectedVersion())) {
                return stale();
            }
            if (now.state() == TaskState.CANCELED) {
                return new Unchanged(now);
            }
            if (!now.state().canMoveTo(TaskState.CANCELED)) {
                return illegal(TaskState.CANCELED);
            }
            TaskError error = cancel.reason().isEmpty() ? now.error() : new TaskError("CANCELED", cancel.reason());
            return finish(TaskState.CANCELED, now.result(), error, now.parts());
        }

        Outcome retry(Verb.Retry retry) {
            if (isStale(retry.expectedVersion())) {
                return stale();
            }
            if (now.state() == TaskState.ENQUEUED) {
                return now.dueAtMillis() <= at ? new Unchanged(now) : enqueue(now.attempts(), now.error(), now.parts());
            }
            return now.state().isFinal() && now.state().canMoveTo(TaskState.ENQUEUED)
                    ? revive()
                    : illegal(TaskState.ENQUEUED);
        }

        Outcome delete(Verb.Delete delete) {
            return isStale(delete.expectedVersion()) ? stale() : new Deleted(now.id(), version);
        }

        Outcome sweep() {
            TaskLease lease = now.lease();
            if (lease != null && !lease.holdsAt(at)) {
                TaskError error = new TaskError(
                        TaskError.LEASE_EXPIRED, "worker " + lease.workerId() + " did not renew its lease in time");
                return tryAgain(error, lease.expiresAtMillis());
            }
            return now.expiresAtMillis() <= at ? new Deleted(now.id(), version) : new Unchanged(now);
        }

        Outcome prune(Verb.Prune prune) {
            return now.state().isFinal()
                            && prune.states().contains(now.state())
                            && now.finishedAtMillis() < prune.finishedBeforeMillis()
                    ? new Deleted(now.id(), version)
                    : new Unchanged(now);
        }

        Outcome update(Verb.Update update) {
            if (isStale(update.expectedVersion())) {
                return stale();
            }
            boolean touchesWork = update.queue() != null
                    || update.kind() != null
                    || update.priority() != null
                    || update.payload() != null
                    || update.retry() != null;
            if (touchesWork && now.state().isFinal()) {
                return Rejected.of(
                        Reason.WRONG_STATE, "a finished task takes only new labels and another retention", now);
            }
            if (update.dueAtMillis() != null && now.state() != TaskState.ENQUEUED) {
                return Rejected.of(Reason.WRONG_STATE, "only an enqueued task can be rescheduled", now);
            }
            long due = update.dueAtMillis() == null ? now.dueAtMillis() : Math.max(at, update.dueAtMillis());
            if (due == now.dueAtMillis() && isAsWanted(now.spec(), update)) {
                return new Unchanged(now);
            }
            return new Applied(new Task(
                    now.namespace(),
                    now.id(),
                    version,
                    patched(now.spec(), update),
                    now.state(),
                    now.attempts(),
                    now.createdAtMillis(),
                    at,
                    due,
                    now.startedAtMillis(),
                    now.finishedAtMillis(),
                    now.lease(),
                    now.progress(),
                    now.result(),
                    now.error(),
                    now.parts()));
        }

        Outcome updatePart(Verb.UpdatePart update) {
            if (isStale(update.expectedVersion())) {
                return stale();
            }
            Part was = now.parts().get(update.node());
            if (was == null && now.state().isFinal()) {
                return Rejected.of(Reason.WRONG_STATE, "a finished task takes no new parts", now);
            }
            if (was == null && now.parts().size() >= Limits.PARTS_MAX) {
                return Rejected.of(
                        Reason.TOO_MANY_PARTS,
                        "the task has " + Limits.PARTS_MAX + " parts, the most it may have",
                        now);
            }
            if (was != null && !was.state().canReport(update.state())) {
                return Rejected.of(
                        Reason.ILLEGAL_TRANSITION,
                        "the part of " + update.node() + " is " + was.state() + " and can't become " + update.state(),
                        now);
            }
            String localId = update.localId() != null ? update.localId() : was == null ? "" : was.localId();
            TaskError error = update.error() != null ? update.error() : was == null ? null : was.error();
            Part part = new Part(localId, update.state(), error, at);
            if (was != null && part.equals(new Part(was.localId(), was.state(), was.error(), at))) {
                return new Unchanged(now);
            }
            TreeMap<String, Part> sorted = new TreeMap<>(now.parts());
            sorted.put(update.node(), part);
            return withParts(Collections.unmodifiableMap(sorted), update.node());
        }

        private Outcome withParts(Map<String, Part> parts, String reporting) {
            TaskState sum = now.state().isFinal() ? now.state() : sumOf(parts.values(), now.state());
            if (sum == now.state()) {
                return new Applied(next(
                        sum,
                        now.attempts(),
                        now.dueAtMillis(),
                        now.startedAtMillis(),
                        now.lease(),
                        now.progress(),
                        now.result(),
                        now.error(),
                        parts));
            }
            return switch (sum) {
                case SUCCEEDED -> succeed(now.result(), parts);
                case FAILED ->
                    giveUp(new TaskError(TaskError.PART_FAILED, "the part of " + reporting + " failed"), parts);
                case CANCELED -> finish(TaskState.CANCELED, now.result(), now.error(), parts);
                default ->
                    new Applied(next(
                            TaskState.PROCESSING,
                            now.attempts() + 1,
                            now.dueAtMillis(),
                            at,
                            null,
                            now.progress(),
                            now.result(),
                            now.error(),
                            parts));
            };
        }

        /** Why a task in hand may not be moved on by the bearer of {@code token}; null if it may. */
        private @Nullable Rejected refuseToFinish(TaskState to, long token) {
            TaskLease lease = now.lease();
            if (now.state() != TaskState.PROCESSING) {
                return token == 0 ? illegal(to) : leaseLost();
            }
            if (lease == null ? token != 0 : token != 0 && (token != lease.token() || !lease.holdsAt(at))) {
                return leaseLost();
            }
            if (lease != null && token == 0) {
                return Rejected.of(
                        Reason.LEASE_REQUIRED,
                        "the task is claimed by worker " + lease.workerId() + "; only its lease token may do this",
                        now);
            }
            if (to == TaskState.SUCCEEDED
                    && !now.parts().isEmpty()
                    && sumOf(now.parts().values(), now.state()) != TaskState.SUCCEEDED) {
                return Rejected.of(
                        Reason.PARTS_DECIDE, "a task with parts succeeds when each of its parts has succeeded", now);
            }
            return null;
        }

        private Outcome tryAgain(@Nullable TaskError error, long failedAt) {
            RetryPolicy retry = now.spec().retry();
            if (now.attempts() >= retry.maxAttempts()) {
                return giveUp(error, now.parts());
            }
            return new Applied(next(
                    TaskState.ENQUEUED,
                    now.attempts(),
                    failedAt + retry.backoffMillis(now.attempts()),
                    now.startedAtMillis(),
                    null,
                    Progress.NONE,
                    now.result(),
                    error,
                    now.parts()));
        }

        private Outcome enqueue(int attempts, @Nullable TaskError error, Map<String, Part> parts) {
            return new Applied(next(
                    TaskState.ENQUEUED,
                    attempts,
                    at,
                    now.startedAtMillis(),
                    null,
                    Progress.NONE,
                    Bytes.EMPTY,
                    error,
                    parts));
        }

        /** Back to work after a final state: all attempts again, and the parts that did not succeed start over. */
        private Outcome revive() {
            Map<String, Part> parts = now.parts();
            if (!parts.isEmpty()) {
                TreeMap<String, Part> again = new TreeMap<>();
                parts.forEach((node, part) -> again.put(
                        node, part.state() == TaskState.SUCCEEDED ? part : new Part("", TaskState.ENQUEUED, null, at)));
                parts = Collections.unmodifiableMap(again);
            }
            return enqueue(0, null, parts);
        }

        private Outcome succeed(Bytes result, Map<String, Part> parts) {
            return finish(TaskState.SUCCEEDED, result, null, parts);
        }

        private Outcome giveUp(@Nullable TaskError error, Map<String, Part> parts) {
            return finish(TaskState.FAILED, now.result(), error == null ? now.error() : error, parts);
        }

        private Outcome finish(TaskState state, Bytes result, @Nullable TaskError error, Map<String, Part> parts) {
            return new Applied(next(
                    state,
                    now.attempts(),
                    now.dueAtMillis(),
                    now.startedAtMillis(),
                    null,
                    now.progress(),
                    result,
                    error,
                    parts));
        }

        private Task next(
                TaskState state,
                int attempts,
                long due,
                long started,
                @Nullable TaskLease lease,
                Progress progress,
                Bytes result,
                @Nullable TaskError error,
                Map<String, Part> parts) {
            long finished = !state.isFinal() ? 0 : now.state() == state ? now.finishedAtMillis() : at;
            return new Task(
                    now.namespace(),
                    now.id(),
                    version,
                    now.spec(),
                    state,
                    attempts,
                    now.createdAtMillis(),
                    at,
                    due,
                    started,
                    finished,
                    lease,
                    progress,
                    result,
                    error,
                    parts);
        }

        private boolean isStale(long expectedVersion) {
            return expectedVersion != 0 && expectedVersion != now.version();
        }

        private Rejected stale() {
            return Rejected.of(
                    Reason.VERSION_MISMATCH, "the task was changed since; its etag is " + now.version(), now);
        }

        private Rejected illegal(TaskState to) {
            return Rejected.of(
                    Reason.ILLEGAL_TRANSITION, "the task is " + now.state() + " and can't become " + to, now);
        }

        private Rejected leaseLost() {
            TaskLease lease = now.lease();
            String why = lease == null
                    ? "the task is " + now.state() + " and has no lease"
                    : lease.holdsAt(at) ? "worker " + lease.workerId() + " has it under another token" : "it ran out";
            return Rejected.of(Reason.LEASE_LOST, "the lease is lost: " + why, now);
        }
    }

    /** Whether each field that the update names has that value. */
    private static boolean isAsWanted(TaskSpec spec, Verb.Update update) {
        return isAsWanted(spec.queue(), update.queue())
                && isAsWanted(spec.kind(), update.kind())
                && isAsWanted(spec.priority(), update.priority())
                && isAsWanted(spec.payload(), update.payload())
                && isAsWanted(spec.labels(), update.labels())
                && isAsWanted(spec.retry(), update.retry())
                && isAsWanted(spec.retentionMillis(), update.retentionMillis());
    }

    private static boolean isAsWanted(Object value, @Nullable Object wanted) {
        return wanted == null || wanted.equals(value);
    }

    private static TaskSpec patched(TaskSpec spec, Verb.Update update) {
        return new TaskSpec(
                update.queue() == null ? spec.queue() : update.queue(),
                update.kind() == null ? spec.kind() : update.kind(),
                update.priority() == null ? spec.priority() : update.priority(),
                update.payload() == null ? spec.payload() : update.payload(),
                update.labels() == null ? spec.labels() : update.labels(),
                update.retry() == null ? spec.retry() : update.retry(),
                update.retentionMillis() == null ? spec.retentionMillis() : update.retentionMillis());
    }
}
