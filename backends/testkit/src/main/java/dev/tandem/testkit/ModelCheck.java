package dev.tandem.testkit;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.ScanPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Gate;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import dev.tandem.task.Verb;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the same random steps on a store and on the reference, and compares all that they answer.
 *
 * <p>Every run uses namespaces of its own, so that one open store serves for all of them. A sequence that shows a
 * difference is made smaller by leaving steps out for as long as a difference remains.
 *
 * <p>Not compared: the sentences of rejections, the value of cursors, and a store that says there may be more to sweep
 * when there is not.
 */
final class ModelCheck {
    /** The most runs that are spent on making one failing sequence smaller. */
    private static final int SHRINK_RUNS_MAX = 3_000;

    private static final int FOLLOW_PAGES_MAX = 1_000;

    private final TaskStore store;
    private final StoreCalls calls;
    private final long tombstoneKeepMillis;
    private int runs;

    ModelCheck(Vertx vertx, TaskStore store, long tombstoneKeepMillis) {
        this.store = store;
        this.calls = new StoreCalls(vertx, store, new TestClock(), "model");
        this.tombstoneKeepMillis = tombstoneKeepMillis;
    }

    /** A sequence on which store and reference differ, as small as it was made, and where they do. */
    record Difference(long seed, int length, List<ModelStep> steps, String what) {
        /** The whole story, for a person who has to find the cause. */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            text.append("the store differs from the reference; of the ").append(length);
            text.append(" steps of seed ").append(seed).append(" these are enough:\n");
            for (int i = 0; i < steps.size(); i++) {
                text.append("  ")
                        .append(i + 1)
                        .append(". ")
                        .append(steps.get(i))
                        .append('\n');
            }
            text.append(what).append("\nrun it again with -Dtandem.seed=").append(seed);
            return text.toString();
        }
    }

    /** Runs the sequence of this seed; empty if store and reference agree throughout. */
    Optional<Difference> check(long seed, int length) {
        List<ModelStep> steps = new CommandGenerator(seed, tombstoneKeepMillis).sequence(length);
        String what = run(steps);
        if (what == null) {
            return Optional.empty();
        }
        List<ModelStep> smallest = shrink(steps);
        String last = run(smallest);
        return Optional.of(new Difference(
                seed, length, smallest, last == null ? what + "\n(and not every time: the store is racy)" : last));
    }

    /** Leaves out ever smaller chunks, as delta debugging does, until no single step can be missed. */
    private List<ModelStep> shrink(List<ModelStep> failing) {
        List<ModelStep> steps = failing;
        int limit = runs + SHRINK_RUNS_MAX;
        int chunk = Math.max(1, steps.size() / 2);
        while (runs < limit) {
            boolean dropped = false;
            for (int from = 0; from < steps.size() && runs < limit; ) {
                List<ModelStep> fewer = new ArrayList<>(steps.subList(0, from));
                fewer.addAll(steps.subList(Math.min(steps.size(), from + chunk), steps.size()));
                if (run(fewer) != null) {
                    steps = fewer;
                    dropped = true;
                } else {
                    from += chunk;
                }
            }
            if (chunk == 1 && !dropped) {
                break;
            }
            chunk = Math.max(1, chunk / 2);
        }
        return steps;
    }

    /** What the first difference is; null if there is none. */
    private @Nullable String run(List<ModelStep> steps) {
        Run run = new Run("m" + ++runs + "-");
        for (ModelStep step : steps) {
            String difference = run.compare(step);
            if (difference != null) {
                return "at: " + step + "\n" + difference;
            }
        }
        String difference = run.compareAll();
        return difference == null ? null : "at the end: " + difference;
    }

    /** One sequence being run on both. */
    private final class Run {
        private final String prefix;
        private final ReferenceTable table = new ReferenceTable(tombstoneKeepMillis);
        private final Map<String, Cursor> theirs = new HashMap<>();
        private final Map<String, Cursor> ours = new HashMap<>();

        Run(String prefix) {
            this.prefix = prefix;
        }

        @Nullable
        String compare(ModelStep step) {
            String namespace = prefix + step.namespace();
            if (step instanceof ModelStep.Run run) {
                Verb verb = ModelStep.resolve(run.verb(), table, namespace);
                long epoch = Math.max(0, table.gate(namespace).epoch() + run.epochs());
                return compare(new TaskCommand(namespace, run.atMillis(), epoch, run.request(), verb));
            } else if (step instanceof ModelStep.Move move) {
                return compare(TaskCommand.of(namespace, move.atMillis(), move.verb(table.gate(namespace))));
            } else if (step instanceof ModelStep.GetGate) {
                return difference(table.gate(namespace), calls.query(new TaskQuery.GetGate(namespace)));
            } else if (step instanceof ModelStep.ReadOutbox read) {
                TaskQuery.Outbox query = new TaskQuery.Outbox(namespace, 0, read.limit());
                return difference(untimed(table.outbox(query)), untimed(calls.query(query)));
            } else if (step instanceof ModelStep.Get get) {
                return difference(
                        Optional.ofNullable(table.task(namespace, get.id())),
                        calls.query(new TaskQuery.Get(namespace, get.id())));
            } else if (step instanceof ModelStep.GetLease get) {
                return difference(
                        Optional.ofNullable(table.lease(namespace, get.scope())),
                        calls.query(new TaskQuery.GetLease(namespace, get.scope())));
            } else if (step instanceof ModelStep.ListPage list) {
                return compareLists(namespace, list);
            } else if (step instanceof ModelStep.ScanAll scan) {
                return difference(
                        scan(namespace, scan.limit(), table::scan), scan(namespace, scan.limit(), calls::query));
            }
            return follow(namespace, (ModelStep.Follow) step);
        }

        private @Nullable String compare(TaskCommand command) {
            Outcome expected = TaskMachine.execute(table, command);
            Future<Outcome> answer = calls.start(() -> store.execute(command, CallOptions.DEFAULT));
            if (expected instanceof Outcome.Fenced) {
                return difference("fenced", StoreCalls.await(answer.transform(Run::kindOrOutcome)));
            }
            return compareOutcomes(expected, StoreCalls.await(answer));
        }

        private static Future<Object> kindOrOutcome(AsyncResult<Outcome> done) {
            boolean isFenced = done.cause() instanceof StoreException e && e.kind() == FailureKind.FENCED;
            return Future.succeededFuture(isFenced ? "fenced" : done.succeeded() ? done.result() : done.cause());
        }

        /** Without the time: a store may know an older one until something is written. */
        private static OutboxPage untimed(OutboxPage page) {
            return new OutboxPage(page.entries(), page.records(), page.more(), page.lastVersion(), 0);
        }

        private @Nullable String compareLists(String namespace, ModelStep.ListPage list) {
            TaskQuery.ListTasks query =
                    new TaskQuery.ListTasks(namespace, list.filter(), list.newestFirst(), list.after(), list.limit());
            String lists = difference(table.list(query), calls.query(query));
            if (lists != null) {
                return lists;
            }
            TaskCounts counts = calls.query(new TaskQuery.Count(namespace, list.filter()));
            return difference(table.count(namespace, list.filter()), counts);
        }

        /** Everything that is stored, and everything that changed since each reader last looked. */
        @Nullable
        String compareAll() {
            for (String namespace : List.of("a", "b")) {
                List<ModelStep> last = new ArrayList<>();
                last.add(new ModelStep.ScanAll(namespace, 3));
                last.add(new ModelStep.ReadOutbox(namespace, Limits.MIRROR_MAX));
                last.add(new ModelStep.GetGate(namespace));
                last.add(new ModelStep.ListPage(namespace, TaskFilter.ALL, false, null, Limits.PAGE_SIZE_MAX));
                for (int i = 0; i < 2; i++) {
                    last.add(new ModelStep.GetLease(namespace, "s" + i));
                    last.add(new ModelStep.Follow(namespace, i, 2));
                }
                for (ModelStep step : last) {
                    String difference = compare(step);
                    if (difference != null) {
                        return step + "\n" + difference;
                    }
                }
            }
            return null;
        }

        /** All that is stored, or what is wrong with how it is told. */
        private List<?> scan(String namespace, int limit, Function<TaskQuery.Scan, ScanPage> source) {
            List<Object> found = new ArrayList<>();
            ScanPosition after = null;
            for (int pages = 0; pages < FOLLOW_PAGES_MAX; pages++) {
                ScanPage page = source.apply(new TaskQuery.Scan(namespace, after, limit));
                if (page.records().size() > limit || !page.unreadable().isEmpty()) {
                    return List.of("too many records on one page, or some that can't be read", page);
                }
                found.addAll(page.records());
                after = page.next();
                if (after == null) {
                    return found;
                }
            }
            return List.of("pages without an end", FOLLOW_PAGES_MAX);
        }

        /** Nobody follows a mirror, which may tell of other stores' records or not. */
        private @Nullable String follow(String namespace, ModelStep.Follow step) {
            if (table.gate(namespace).role() == Gate.Role.MIRROR) {
                return null;
            }
            String reader = namespace + "/" + step.reader();
            return difference(
                    follow(reader, namespace, step.limit(), theirs, table::changes),
                    follow(reader, namespace, step.limit(), ours, calls::query));
        }

        /** What a reader knows after reading on to the end: the newest change of each task, or that it is too late. */
        private Map<String, Object> follow(
                String reader,
                String namespace,
                int limit,
                Map<String, Cursor> cursors,
                Function<TaskQuery.Changes, ChangePage> source) {
            Map<String, Object> seen = new TreeMap<>();
            for (int pages = 0; pages < FOLLOW_PAGES_MAX; pages++) {
                ChangePage page = source.apply(new TaskQuery.Changes(namespace, cursors.get(reader), limit));
                if (page.isExpired()) {
                    cursors.remove(reader);
                    return Map.of("expired", true);
                }
                if (page.changes().size() > limit) {
                    return Map.of("too many changes on one page", page.changes());
                }
                for (Change change : page.changes()) {
                    seen.put("task " + change.taskId(), change);
                }
                cursors.put(reader, page.next());
                if (!page.more()) {
                    return seen;
                }
            }
            return Map.of("pages without an end", FOLLOW_PAGES_MAX);
        }
    }

    private static @Nullable String compareOutcomes(Outcome expected, Outcome actual) {
        if (expected instanceof Outcome.Rejected wanted && actual instanceof Outcome.Rejected got) {
            boolean same = wanted.reason() == got.reason()
                    && Objects.equals(wanted.task(), got.task())
                    && Objects.equals(wanted.lease(), got.lease());
            return same ? null : difference(expected, actual);
        }
        if (expected instanceof Outcome.Swept wanted && actual instanceof Outcome.Swept got) {
            boolean same = wanted.requeued() == got.requeued()
                    && wanted.deleted() == got.deleted()
                    && (got.more() || !wanted.more());
            return same ? null : difference(expected, actual);
        }
        return difference(expected, actual);
    }

    private static @Nullable String difference(Object expected, Object actual) {
        return expected.equals(actual) ? null : "expected: " + expected + "\n but was: " + actual;
    }
}
