package dev.tandem.testkit;

import static dev.tandem.testkit.HistoryModel.fill;
import static dev.tandem.testkit.HistoryModel.normal;

import dev.tandem.task.Outcome;
import dev.tandem.task.Part;
import dev.tandem.task.RequestKey;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskRules;
import dev.tandem.task.Verb;
import dev.tandem.testkit.TaskHistoryModel.Belief;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One task, run by {@link TaskRules} with the times and versions that the answers show.
 *
 * <p>Where an answer got lost, its numbers are holes until a later answer shows the record. A lease that is over may be
 * swept, and a task whose retention is over deleted, between any two operations.
 */
final class TaskHistoryModel implements HistoryModel<Belief> {
    private final String namespace;
    private final long latestMillis;

    TaskHistoryModel(String namespace, long latestMillis) {
        this.namespace = namespace;
        this.latestMillis = latestMillis;
    }

    /**
     * What the task may be.
     *
     * @param floor every new version is above this
     * @param notBeforeMillis no later change bears a time before this
     * @param applied the request ids under which it was changed, with the version that the change gave it
     */
    record Belief(@Nullable Task task, long floor, long notBeforeMillis, Map<String, Long> applied) {
        Belief with(@Nullable Task next, long version, long atMillis) {
            return new Belief(
                    next == null ? null : normalized(next),
                    Math.max(floor, version),
                    Math.max(notBeforeMillis, atMillis),
                    applied);
        }

        Belief remembering(@Nullable RequestKey request, long version) {
            if (request == null) {
                return this;
            }
            Map<String, Long> more = new TreeMap<>(applied);
            more.put(request.id(), version);
            return new Belief(task, floor, notBeforeMillis, Collections.unmodifiableMap(more));
        }
    }

    @Override
    public Belief start() {
        return new Belief(null, 0, 0, Map.of());
    }

    @Override
    public long floor(Belief state) {
        return state.floor();
    }

    @Override
    public long notBeforeMillis(Belief state) {
        return state.notBeforeMillis();
    }

    @Override
    public Belief withoutBounds(Belief state) {
        return new Belief(state.task(), 0, 0, state.applied());
    }

    @Override
    public Object remembered(Belief state) {
        return state.applied();
    }

    @Override
    public Belief forgetting(Belief state, String requestId) {
        if (!state.applied().containsKey(requestId)) {
            return state;
        }
        Map<String, Long> fewer = new TreeMap<>(state.applied());
        fewer.remove(requestId);
        return new Belief(state.task(), state.floor(), state.notBeforeMillis(), Collections.unmodifiableMap(fewer));
    }

    @Override
    public List<Belief> step(Belief state, Operation operation) {
        List<Belief> next = new ArrayList<>();
        for (Belief now = state; now != null; now = byItself(now)) {
            if (operation.call() instanceof Operation.ReadTask
                    && operation.answer() instanceof Operation.FoundTask found) {
                addIfSeen(next, now, found.task());
            } else if (operation.call() instanceof Operation.Command call) {
                command(next, now, call.command(), operation.answer());
            }
        }
        return next;
    }

    /** What becomes of the record when nobody calls: a lease is taken back, or retention ends; null if nothing does. */
    private @Nullable Belief byItself(Belief now) {
        Task task = now.task();
        if (task == null) {
            return null;
        }
        TaskLease lease = task.lease();
        long ends = lease != null
                ? lease.expiresAtMillis()
                : task.state().isFinal() ? endOfRetention(task) : Long.MAX_VALUE;
        if (ends > latestMillis) {
            return null;
        }
        if (lease == null) {
            return now.with(null, 0, ends);
        }
        Outcome swept = TaskRules.apply(namespace, task, new Verb.Sweep(1), Math.max(0, ends), HOLE);
        return swept instanceof Outcome.Applied applied
                ? now.with(withTimesOfChangeUnseen(applied.task()), 0, ends)
                : null;
    }

    private static long endOfRetention(Task task) {
        // Not finished before it was created, if nobody saw when it was finished.
        long finished = task.finishedAtMillis() < 0 ? task.createdAtMillis() : task.finishedAtMillis();
        return Math.max(0, finished) + task.spec().retentionMillis();
    }

    private static Task withTimesOfChangeUnseen(Task task) {
        return copy(task, task.version(), HOLE, task.dueAtMillis(), task.state().isFinal() ? HOLE : 0, task.lease());
    }

    private void command(List<Belief> next, Belief now, TaskCommand command, Operation.Answer answer) {
        RequestKey request = command.request();
        Long appliedAs = request == null ? null : now.applied().get(request.id());
        if (answer instanceof Operation.Came came) {
            if (appliedAs != null) {
                replayed(next, now, command.verb(), came.outcome(), appliedAs);
            } else {
                known(next, now, command, came.outcome());
            }
        } else if (appliedAs == null) {
            unknown(next, now, command);
        }
    }

    /** The answer to a request that was applied before is the record as it is. */
    private static void replayed(List<Belief> next, Belief now, Verb verb, Outcome outcome, long appliedAs) {
        Task seen = recordOf(outcome);
        if (outcome instanceof Outcome.Deleted deleted) {
            if (verb instanceof Verb.Delete
                    && (appliedAs < 0 || deleted.version() == 0 || appliedAs == deleted.version())) {
                next.add(now);
            }
        } else if (outcome instanceof Outcome.Rejected rejected) {
            if (rejected.reason() == Outcome.Reason.REQUEST_ID_REUSED
                    || (rejected.reason() == Outcome.Reason.NOT_FOUND && now.task() == null)) {
                next.add(now);
            }
        } else if (seen != null && !(verb instanceof Verb.Claim && !holdsToken(seen, appliedAs))) {
            addIfSeen(next, now, seen);
        }
    }

    private static boolean holdsToken(Task task, long token) {
        return task.lease() != null && (token < 0 || task.lease().token() == token);
    }

    private static @Nullable Task recordOf(Outcome outcome) {
        if (outcome instanceof Outcome.Applied applied) {
            return applied.task();
        } else if (outcome instanceof Outcome.Unchanged unchanged) {
            return unchanged.task();
        }
        return outcome instanceof Outcome.Claimed claimed && claimed.tasks().size() == 1
                ? claimed.tasks().get(0)
                : null;
    }

    private void known(List<Belief> next, Belief now, TaskCommand command, Outcome outcome) {
        Verb verb = command.verb();
        Task seen = recordOf(outcome);
        for (Task variant : variants(now, verb)) {
            if (seen != null) {
                written(next, now, variant, command, seen);
            } else if (outcome instanceof Outcome.Deleted deleted) {
                long version = deleted.version();
                boolean isNew = version == 0 || version > now.floor();
                if (isNew && apply(variant, verb, now.notBeforeMillis(), HOLE) instanceof Outcome.Deleted) {
                    next.add(now.with(null, version, command.atMillis())
                            .remembering(command.request(), version == 0 ? HOLE : version));
                }
            } else if (outcome instanceof Outcome.Rejected rejected) {
                refused(next, now, variant, verb, rejected);
            }
        }
    }

    private void written(List<Belief> next, Belief now, @Nullable Task variant, TaskCommand command, Task seen) {
        long at = seen.updatedAtMillis();
        boolean inOrder = seen.version() > now.floor() && at >= now.notBeforeMillis() && at >= command.atMillis();
        if (inOrder
                && apply(variant, command.verb(), at, seen.version()) instanceof Outcome.Applied applied
                && filled(normalized(applied.task()), seen).equals(seen)) {
            next.add(now.with(seen, seen.version(), at).remembering(command.request(), seen.version()));
            return;
        }
        // Or nothing had to change: then its time shows nowhere, so it may be any.
        if (variant != null && mayChangeNothing(now, variant, command.verb())) {
            List<Belief> found = new ArrayList<>();
            addIfSeen(found, now, seen);
            found.forEach(belief -> next.add(belief.remembering(command.request(), seen.version())));
        }
    }

    private boolean mayChangeNothing(Belief now, Task variant, Verb verb) {
        for (long time : new long[] {now.notBeforeMillis(), variant.dueAtMillis(), latestMillis}) {
            if (apply(variant, verb, time, HOLE) instanceof Outcome.Unchanged) {
                return true;
            }
        }
        return false;
    }

    private void refused(List<Belief> next, Belief now, @Nullable Task variant, Verb verb, Outcome.Rejected rejected) {
        if (rejected.reason() == Outcome.Reason.REQUEST_ID_REUSED) {
            // By a command on another record, perhaps: not for this model to judge.
            next.add(now);
            return;
        }
        for (long at : new long[] {now.notBeforeMillis(), latestMillis}) {
            if (apply(variant, verb, at, HOLE) instanceof Outcome.Rejected ruled
                    && ruled.reason() == rejected.reason()) {
                if (rejected.task() == null) {
                    next.add(now);
                } else {
                    addIfSeen(next, now, rejected.task());
                }
                return;
            }
        }
    }

    private void unknown(List<Belief> next, Belief now, TaskCommand command) {
        Verb verb = command.verb();
        for (Task variant : variants(now, verb)) {
            // Whether it is due, or becomes so at another time, can't be told without the time.
            boolean reschedules = verb instanceof Verb.Update update && update.dueAtMillis() != null;
            boolean looksAtDue = verb instanceof Verb.Claim || reschedules;
            Task due = variant != null && looksAtDue ? dueAt(variant, HOLE - 1) : variant;
            Outcome ruled = apply(due, verb, HOLE, HOLE);
            if (ruled instanceof Outcome.Applied applied) {
                boolean setsDue = verb instanceof Verb.Create || reschedules;
                Task written = applied.task();
                if (setsDue) {
                    written = dueAt(written, HOLE);
                } else if (variant != null && verb instanceof Verb.Claim) {
                    written = dueAt(written, variant.dueAtMillis());
                }
                next.add(now.with(written, 0, command.atMillis()).remembering(command.request(), HOLE));
            } else if (ruled instanceof Outcome.Deleted) {
                next.add(now.with(null, 0, command.atMillis()).remembering(command.request(), HOLE));
            }
            // A request that had nothing to change is remembered all the same.
            if (command.request() != null && variant != null && mayChangeNothing(now, variant, verb)) {
                next.add(now.remembering(command.request(), HOLE));
            }
        }
    }

    private Outcome apply(@Nullable Task now, Verb verb, long atMillis, long version) {
        return TaskRules.apply(namespace, now, verb, atMillis, version);
    }

    /** The record with each hole filled that the verb looks into, in every way that could matter to it. */
    private List<@Nullable Task> variants(Belief now, Verb verb) {
        Task task = now.task();
        List<@Nullable Task> variants = new ArrayList<>();
        variants.add(task);
        if (task == null) {
            return variants;
        }
        long expected = expectedVersion(verb);
        if (task.version() < 0 && expected > now.floor()) {
            variants.add(copy(
                    task, expected, task.updatedAtMillis(), task.dueAtMillis(), task.finishedAtMillis(), task.lease()));
        }
        if (task.dueAtMillis() < 0 && verb instanceof Verb.Retry) {
            variants.add(dueAt(task, Long.MAX_VALUE));
        }
        long token = token(verb);
        for (Task variant : List.copyOf(variants)) {
            TaskLease lease = variant == null ? null : variant.lease();
            if (variant == null || lease == null || (lease.token() >= 0 && lease.expiresAtMillis() >= 0)) {
                continue;
            }
            TaskLease held = new TaskLease(
                    lease.workerId(),
                    lease.token() < 0 && token > 0 ? token : lease.token(),
                    lease.expiresAtMillis() < 0 ? Long.MAX_VALUE : lease.expiresAtMillis(),
                    lease.durationMillis());
            variants.add(copy(
                    variant,
                    variant.version(),
                    variant.updatedAtMillis(),
                    variant.dueAtMillis(),
                    variant.finishedAtMillis(),
                    held));
        }
        return variants;
    }

    private static long expectedVersion(Verb verb) {
        if (verb instanceof Verb.Update update) {
            return update.expectedVersion();
        } else if (verb instanceof Verb.UpdatePart part) {
            return part.expectedVersion();
        } else if (verb instanceof Verb.Transition move) {
            return move.expectedVersion();
        } else if (verb instanceof Verb.Cancel cancel) {
            return cancel.expectedVersion();
        } else if (verb instanceof Verb.Retry retry) {
            return retry.expectedVersion();
        }
        return verb instanceof Verb.Delete delete ? delete.expectedVersion() : 0;
    }

    private static long token(Verb verb) {
        if (verb instanceof Verb.Complete complete) {
            return complete.token();
        } else if (verb instanceof Verb.Fail fail) {
            return fail.token();
        } else if (verb instanceof Verb.Renew renew) {
            return renew.token();
        } else if (verb instanceof Verb.Release release) {
            return release.token();
        }
        return verb instanceof Verb.Transition move ? move.token() : 0;
    }

    private static void addIfSeen(List<Belief> next, Belief now, @Nullable Task seen) {
        Task task = now.task();
        if (task == null || seen == null) {
            if (task == null && seen == null) {
                next.add(now);
            }
            return;
        }
        boolean inOrder = task.version() >= 0
                || (seen.version() > now.floor() && seen.updatedAtMillis() >= now.notBeforeMillis());
        if (inOrder && filled(task, seen).equals(seen)) {
            next.add(now.with(seen, seen.version(), seen.updatedAtMillis()));
        }
    }

    private static Task dueAt(Task task, long dueAtMillis) {
        return copy(task, task.version(), task.updatedAtMillis(), dueAtMillis, task.finishedAtMillis(), task.lease());
    }

    private static Task copy(
            Task task, long version, long updated, long due, long finished, @Nullable TaskLease lease) {
        return copy(
                task,
                version,
                task.createdAtMillis(),
                updated,
                due,
                task.startedAtMillis(),
                finished,
                lease,
                task.parts());
    }

    private static Task copy(
            Task task,
            long version,
            long created,
            long updated,
            long due,
            long started,
            long finished,
            @Nullable TaskLease lease,
            Map<String, Part> parts) {
        return new Task(
                task.namespace(),
                task.id(),
                version,
                task.spec(),
                task.state(),
                task.attempts(),
                created,
                updated,
                due,
                started,
                finished,
                lease,
                task.progress(),
                task.result(),
                task.error(),
                parts);
    }

    /** The model's record with what was seen where it has holes. */
    private static Task filled(Task model, Task seen) {
        TaskLease lease = model.lease();
        if (lease != null && seen.lease() != null) {
            lease = new TaskLease(
                    lease.workerId(),
                    fill(lease.token(), seen.lease().token()),
                    fill(lease.expiresAtMillis(), seen.lease().expiresAtMillis()),
                    lease.durationMillis());
        }
        Map<String, Part> parts = new TreeMap<>();
        model.parts().forEach((node, part) -> {
            Part other = seen.parts().get(node);
            long updated =
                    other == null ? part.updatedAtMillis() : fill(part.updatedAtMillis(), other.updatedAtMillis());
            parts.put(node, new Part(part.localId(), part.state(), part.error(), updated));
        });
        return copy(
                model,
                fill(model.version(), seen.version()),
                fill(model.createdAtMillis(), seen.createdAtMillis()),
                fill(model.updatedAtMillis(), seen.updatedAtMillis()),
                fill(model.dueAtMillis(), seen.dueAtMillis()),
                fill(model.startedAtMillis(), seen.startedAtMillis()),
                fill(model.finishedAtMillis(), seen.finishedAtMillis()),
                lease,
                parts);
    }

    /** The same record with every negative number as the one hole, so that equal beliefs are equal. */
    private static Task normalized(Task task) {
        TaskLease lease = task.lease();
        if (lease != null) {
            // A lease that was taken to hold for ever, for want of its end.
            long expires = lease.expiresAtMillis() == Long.MAX_VALUE ? HOLE : normal(lease.expiresAtMillis());
            lease = new TaskLease(lease.workerId(), normal(lease.token()), expires, lease.durationMillis());
        }
        Map<String, Part> parts = new TreeMap<>();
        task.parts()
                .forEach((node, part) -> parts.put(
                        node, new Part(part.localId(), part.state(), part.error(), normal(part.updatedAtMillis()))));
        return copy(
                task,
                normal(task.version()),
                normal(task.createdAtMillis()),
                normal(task.updatedAtMillis()),
                normal(task.dueAtMillis()),
                normal(task.startedAtMillis()),
                normal(task.finishedAtMillis()),
                lease,
                Collections.unmodifiableMap(parts));
    }
}
