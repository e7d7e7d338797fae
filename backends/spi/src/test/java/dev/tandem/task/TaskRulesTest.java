package dev.tandem.task;

import static dev.tandem.task.TaskState.CANCELED;
import static dev.tandem.task.TaskState.ENQUEUED;
import static dev.tandem.task.TaskState.FAILED;
import static dev.tandem.task.TaskState.PROCESSING;
import static dev.tandem.task.TaskState.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.task.Outcome.Applied;
import dev.tandem.task.Outcome.Deleted;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Outcome.Unchanged;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TaskRulesTest {
    private static final List<TaskState> STATES = List.of(TaskState.values());
    private static final long AT = 1_000_000;
    private static final long TOKEN = 50;
    private static final TaskError ERROR = new TaskError("BROKEN", "it broke");

    /** Who holds the task, seen from the command's time. */
    private enum Holder {
        NOBODY,
        A_WORKER,
        A_WORKER_TOO_LATE
    }

    private static Task task(TaskState state, Holder holder, Map<String, Part> parts) {
        TaskLease lease = state != PROCESSING || holder == Holder.NOBODY
                ? null
                : new TaskLease("w", TOKEN, holder == Holder.A_WORKER ? AT + 1 : AT, 500);
        return new Task(
                "default",
                "a",
                60,
                TaskSpec.of("mail", Bytes.EMPTY),
                state,
                1,
                AT - 100,
                AT - 50,
                AT - 90,
                AT - 60,
                state.isFinal() ? AT - 50 : 0,
                lease,
                Progress.NONE,
                Bytes.EMPTY,
                null,
                parts);
    }

    private static Task task(TaskState state) {
        return task(state, Holder.NOBODY, Map.of());
    }

    private static Outcome apply(Task now, Verb verb) {
        return TaskRules.apply("default", now, verb, AT, 61);
    }

    /** What a verb on a task comes to: the state that it moves to, or the reason for refusing it. */
    private static Object came(Task now, Verb verb) {
        Outcome outcome = apply(now, verb);
        if (outcome instanceof Applied applied) {
            return applied.task().state();
        } else if (outcome instanceof Rejected rejected) {
            assertThat(rejected.task()).isEqualTo(now);
            return rejected.reason();
        }
        return outcome instanceof Unchanged ? "unchanged" : "deleted";
    }

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void verbsThatMove_withoutALease_comeToWhatTheTableSays(TaskState from) {
        Object no = Reason.ILLEGAL_TRANSITION;
        Map<Verb, List<Object>> table = new LinkedHashMap<>();
        table.put(new Verb.Complete("a", 0, Bytes.EMPTY), List.of(no, SUCCEEDED, no, no, no));
        table.put(new Verb.Fail("a", 0, ERROR, false), List.of(no, ENQUEUED, no, no, no));
        table.put(new Verb.Fail("a", 0, ERROR, true), List.of(no, FAILED, no, no, no));
        table.put(new Verb.Release("a", 0, 0), List.of(no, ENQUEUED, no, no, no));
        table.put(new Verb.Cancel("a", 0, ""), List.of(CANCELED, CANCELED, no, no, "unchanged"));
        table.put(new Verb.Retry("a", 0), List.of("unchanged", no, no, ENQUEUED, ENQUEUED));
        table.put(new Verb.Claim(List.of("mail"), "w", 500, 1), List.of(PROCESSING, no, no, no, no));
        table.put(new Verb.Sweep(1), List.of("unchanged", "unchanged", "unchanged", "unchanged", "unchanged"));
        for (TaskState to : TaskState.values()) {
            List<Object> row = new ArrayList<>();
            for (TaskState start : TaskState.values()) {
                row.add(start.canMoveTo(to) ? to : no);
            }
            table.put(new Verb.Transition("a", 0, 0, to, Bytes.EMPTY, null), row);
        }

        table.forEach((verb, row) -> assertThat(came(task(from), verb))
                .as("%s from %s", verb, from)
                .isEqualTo(row.get(STATES.indexOf(from))));
    }

    @ParameterizedTest
    @EnumSource(Holder.class)
    void verbsUnderAToken_overEveryHolder_areAllowedToTheHolderInTimeOnly(Holder holder) {
        Task now = task(PROCESSING, holder, Map.of());
        for (long token : new long[] {0, TOKEN - 1, TOKEN, TOKEN + 1}) {
            Map<Verb, Object> moves = new LinkedHashMap<>();
            moves.put(new Verb.Complete("a", token, Bytes.EMPTY), SUCCEEDED);
            moves.put(new Verb.Fail("a", token, ERROR, true), FAILED);
            moves.put(new Verb.Release("a", token, 0), ENQUEUED);
            moves.put(new Verb.Transition("a", 0, token, CANCELED, Bytes.EMPTY, null), CANCELED);
            moves.put(new Verb.Renew("a", token, 0, null), PROCESSING);
            moves.forEach((verb, to) -> {
                boolean isRenewal = verb instanceof Verb.Renew;
                Object expected = holder == Holder.NOBODY
                        ? token == 0 && !isRenewal ? to : Reason.LEASE_LOST
                        : token == 0 && !isRenewal
                                ? Reason.LEASE_REQUIRED
                                : holder == Holder.A_WORKER && token == TOKEN ? to : Reason.LEASE_LOST;
                assertThat(came(now, verb))
                        .as("%s while held by %s", verb, holder)
                        .isEqualTo(expected);
            });
        }
    }

    @Test
    void sweep_ofAnExpiredLease_triesAgainOrGivesUp() {
        Task late = task(PROCESSING, Holder.A_WORKER_TOO_LATE, Map.of());
        assertThat(came(late, new Verb.Sweep(1))).isEqualTo(ENQUEUED);
        assertThat(came(task(PROCESSING, Holder.A_WORKER, Map.of()), new Verb.Sweep(1)))
                .isEqualTo("unchanged");

        Verb once = new Verb.Update("a", 0, null, null, null, null, null, new RetryPolicy(1, 0, 0, 1000), null, null);
        Task lastAttempt = ((Applied) apply(late, once)).task();
        assertThat(came(lastAttempt, new Verb.Sweep(1))).isEqualTo(FAILED);
    }

    @Test
    void sweep_ofAFinishedTask_deletesItAtTheEndOfItsRetention() {
        Task finished = task(SUCCEEDED);
        for (int late = -1; late <= 1; late++) {
            Verb retain = new Verb.Update("a", 0, null, null, null, null, null, null, 50L - late, null);
            Task kept = ((Applied) apply(finished, retain)).task();
            assertThat(came(kept, new Verb.Sweep(1))).isEqualTo(late < 0 ? "unchanged" : "deleted");
        }
    }

    @Test
    void verbs_onNoRecord_areNotFoundSaveCreate() {
        RandomRecords records = new RandomRecords(1);
        for (int code = 2; code <= 11; code++) {
            assertThat(TaskRules.apply("default", null, records.verb(code), AT, 61))
                    .isEqualTo(Rejected.of(Reason.NOT_FOUND, "there is no such task", null));
        }
    }

    private static Map<String, Part> parts(TaskState... states) {
        Map<String, Part> parts = new TreeMap<>();
        for (int i = 0; i < states.length; i++) {
            parts.put("n" + i, new Part("", states[i], null, AT - 10));
        }
        return parts;
    }

    @Test
    void sumOfParts_overAllTriples_followsTheRule() {
        for (TaskState a : TaskState.values()) {
            for (TaskState b : TaskState.values()) {
                for (TaskState c : TaskState.values()) {
                    List<TaskState> states = List.of(a, b, c);
                    TaskState expected;
                    if (states.contains(FAILED)) {
                        expected = FAILED;
                    } else if (states.stream().allMatch(SUCCEEDED::equals)) {
                        expected = SUCCEEDED;
                    } else if (states.stream().allMatch(TaskState::isFinal)) {
                        expected = CANCELED;
                    } else if (states.stream().allMatch(ENQUEUED::equals)) {
                        expected = ENQUEUED;
                    } else {
                        expected = PROCESSING;
                    }
                    assertThat(TaskRules.sumOf(parts(a, b, c).values(), ENQUEUED))
                            .as("%s", states)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void complete_withParts_isAllowedOnceAllHaveSucceeded() {
        Verb complete = new Verb.Complete("a", 0, Bytes.EMPTY);

        assertThat(came(task(PROCESSING, Holder.NOBODY, parts(SUCCEEDED, PROCESSING)), complete))
                .isEqualTo(Reason.PARTS_DECIDE);
        // Retried after it was canceled: the parts have nothing left to report, so nobody else could finish it.
        assertThat(came(task(PROCESSING, Holder.NOBODY, parts(SUCCEEDED, SUCCEEDED)), complete))
                .isEqualTo(SUCCEEDED);
    }

    private static Verb randomVerb(Random random, Task now) {
        long token = now.lease() == null || random.nextInt(4) == 0
                ? random.nextInt(3)
                : now.lease().token();
        TaskState state = STATES.get(random.nextInt(STATES.size()));
        String node = "n" + random.nextInt(3);
        long expected = random.nextInt(5) == 0 ? now.version() - random.nextInt(2) : 0;
        return switch (random.nextInt(14)) {
            case 0, 1, 2 -> new Verb.Claim(List.of("mail"), "w", 100, 1);
            case 3 -> new Verb.Complete("a", token, Bytes.EMPTY);
            case 4 -> new Verb.Fail("a", token, ERROR, random.nextInt(3) == 0);
            case 5 -> new Verb.Release("a", token, random.nextInt(50));
            case 6 -> new Verb.Cancel("a", expected, "");
            case 7, 8 -> new Verb.Retry("a", expected);
            case 9 -> new Verb.Transition("a", expected, token, state, Bytes.EMPTY, null);
            case 10, 11 -> new Verb.UpdatePart("a", expected, node, null, state, null);
            case 12 -> new Verb.Renew("a", token, 0, null);
            default -> new Verb.Sweep(1);
        };
    }

    @Test
    void randomLives_atEveryStep_keepWhatAlwaysHolds() {
        long seed = Long.getLong("tandem.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int life = 0; life < 300; life++) {
            long at = AT;
            Map<String, String> nodes = life % 3 == 0 ? Map.of("n0", "", "n1", "") : Map.of();
            Verb create = new Verb.Create("a", TaskSpec.of("mail", Bytes.EMPTY), 0, 0, nodes);
            Task now = ((Applied) TaskRules.apply("default", null, create, at, 1)).task();
            for (long version = 2; version < 60; version++) {
                at += random.nextInt(120);
                Verb verb = randomVerb(random, now);
                Outcome outcome = TaskRules.apply("default", now, verb, at, version);
                if (outcome instanceof Applied applied) {
                    assertThat(broken(now, applied.task(), verb, at, version))
                            .as("%s on %s, -Dtandem.seed=%s", verb, now, seed)
                            .isEmpty();
                    now = applied.task();
                } else if (outcome instanceof Rejected rejected) {
                    assertThat(rejected.task()).isEqualTo(now);
                } else {
                    assertThat(outcome).isEqualTo(new Unchanged(now));
                }
            }
        }
    }

    private static List<String> broken(Task before, Task after, Verb verb, long at, long version) {
        Map<String, Boolean> holds = new LinkedHashMap<>();
        TaskLease lease = after.lease();
        holds.put("the version is the given one", after.version() == version);
        holds.put("it was changed now", after.updatedAtMillis() == at);
        holds.put("it was created when it was", after.createdAtMillis() == before.createdAtMillis());
        holds.put("only a processing task has a lease", lease == null || after.state() == PROCESSING);
        holds.put("no token is above the version", lease == null || lease.token() <= version);
        holds.put("a new lease has the version as token", sameLease(before, after) || isNew(lease, version));
        holds.put(
                "finished is final",
                after.finishedAtMillis() != 0 == after.state().isFinal());
        // Reports of parts arrive late and out of step, so the whole may skip PROCESSING as its parts may.
        holds.put(
                "states move as the table says",
                verb instanceof Verb.UpdatePart
                        ? before.state().canReport(after.state())
                        : before.state() == after.state() || before.state().canMoveTo(after.state()));
        holds.put("attempts are counted from zero", after.attempts() >= 0);
        holds.put("success leaves no error", after.state() != SUCCEEDED || after.error() == null);
        holds.put(
                "parts decide success",
                after.parts().isEmpty()
                        || after.state() != SUCCEEDED
                        || after.parts().values().stream().allMatch(part -> part.state() == SUCCEEDED));
        holds.put(
                "nodes are in order",
                List.copyOf(after.parts().keySet())
                        .equals(after.parts().keySet().stream().sorted().toList()));
        return holds.entrySet().stream()
                .filter(entry -> !entry.getValue())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean sameLease(Task before, Task after) {
        return after.lease() == null
                || (before.lease() != null
                        && before.lease().token() == after.lease().token());
    }

    private static boolean isNew(TaskLease lease, long version) {
        return lease != null && lease.token() == version;
    }

    @Test
    void update_ofEachFieldAlone_changesThatFieldOnly() {
        Task now = task(ENQUEUED);
        RetryPolicy retry = new RetryPolicy(9, 8, 7, 6_000);
        Map<Verb, Task> updates = new LinkedHashMap<>();
        TaskSpec spec = now.spec();
        updates.put(update("q", null, null, null, null, null, null), with(now, spec.withQueue("q")));
        updates.put(update(null, "k", null, null, null, null, null), with(now, spec.withKind("k")));
        updates.put(update(null, null, 3, null, null, null, null), with(now, spec.withPriority(3)));
        Bytes payload = Bytes.of(new byte[] {1});
        updates.put(update(null, null, null, payload, null, null, null), with(now, spec.withPayload(payload)));
        updates.put(
                update(null, null, null, null, Map.of("a", "b"), null, null),
                with(now, spec.withLabels(Map.of("a", "b"))));
        updates.put(update(null, null, null, null, null, retry, null), with(now, spec.withRetry(retry)));
        updates.put(update(null, null, null, null, null, null, 9L), with(now, spec.withRetentionMillis(9)));

        updates.forEach((verb, expected) -> assertThat(apply(now, verb)).isEqualTo(new Applied(expected)));
    }

    private static Verb update(
            String queue,
            String kind,
            Integer priority,
            Bytes payload,
            Map<String, String> labels,
            RetryPolicy retry,
            Long retention) {
        return new Verb.Update("a", 0, queue, kind, priority, payload, labels, retry, retention, null);
    }

    private static Task with(Task now, TaskSpec spec) {
        return new Task(
                now.namespace(),
                now.id(),
                61,
                spec,
                now.state(),
                now.attempts(),
                now.createdAtMillis(),
                AT,
                now.dueAtMillis(),
                now.startedAtMillis(),
                now.finishedAtMillis(),
                now.lease(),
                now.progress(),
                now.result(),
                now.error(),
                now.parts());
    }

    @Test
    void delete_inEveryState_leavesTheGivenVersion() {
        Stream.of(TaskState.values())
                .forEach(state ->
                        assertThat(apply(task(state), new Verb.Delete("a", 60))).isEqualTo(new Deleted("a", 61)));
    }

    @Test
    void prune_overStatesAndTimes_takesFinishedOnesBeforeTheTimeOnly() {
        for (TaskState state : TaskState.values()) {
            long finished = AT - 50;
            Set<TaskState> all = Set.copyOf(Arrays.asList(TaskState.values()));
            assertThat(came(task(state), new Verb.Prune(all, finished + 1, 1)))
                    .isEqualTo(state.isFinal() ? "deleted" : "unchanged");
            assertThat(came(task(state), new Verb.Prune(all, finished, 1))).isEqualTo("unchanged");
        }
    }
}
