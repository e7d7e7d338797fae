package dev.tandem.testkit;

import static dev.tandem.testkit.Tasks.bytes;
import static dev.tandem.testkit.Tasks.error;
import static dev.tandem.testkit.Tasks.move;
import static dev.tandem.testkit.Tasks.spec;
import static dev.tandem.testkit.Tasks.update;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskFilter;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Task;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A task moves where the table of states lets it, by each verb that moves it, and nowhere else. */
abstract class LifecycleContract extends ContractGroup {
    LifecycleContract(TaskStoreContract contract) {
        super(contract);
    }

    /** A fresh task in this state; PROCESSING without a lease, as applications that do without claims have it. */
    private Task taskIn(TaskState state, String id) {
        Task task = calls.apply(Tasks.create(id, spec().withQueue("")));
        if (state == TaskState.ENQUEUED) {
            return task;
        }
        if (state == TaskState.SUCCEEDED) {
            calls.apply(move(id, TaskState.PROCESSING));
        }
        return calls.apply(move(id, state));
    }

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void transition_toEachState_isAllowedAsTheTableSays(TaskState from) {
        for (TaskState to : TaskState.values()) {
            Task before = taskIn(from, from + "-" + to);
            clock.advanceMillis(10);
            Verb verb = move(before.id(), to);
            if (from.canMoveTo(to)) {
                Task after = calls.apply(verb);
                assertThat(after.state()).isEqualTo(to);
                assertThat(after.version()).isGreaterThan(before.version());
                assertThat(after.updatedAtMillis()).isEqualTo(clock.millis());
                assertThat(after.finishedAtMillis()).isEqualTo(to.isFinal() ? clock.millis() : 0);
                assertThat(calls.get(before.id())).isEqualTo(after);
            } else {
                assertThat(calls.reject(verb, Reason.ILLEGAL_TRANSITION).task()).isEqualTo(before);
                assertThat(calls.get(before.id())).isEqualTo(before);
            }
        }
    }

    private record Move(String name, Function<String, Verb> verb, TaskState to, List<TaskState> from) {}

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void verbsThatMove_fromEachState_moveOrAreRejected(TaskState from) {
        List<Move> moves = List.of(
                new Move("complete", id -> Tasks.complete(id, 0), TaskState.SUCCEEDED, List.of(TaskState.PROCESSING)),
                new Move("fail", id -> Tasks.fail(id, 0), TaskState.ENQUEUED, List.of(TaskState.PROCESSING)),
                new Move(
                        "give-up",
                        id -> new Verb.Fail(id, 0, error(), true),
                        TaskState.FAILED,
                        List.of(TaskState.PROCESSING)),
                new Move("release", id -> Tasks.release(id, 0), TaskState.ENQUEUED, List.of(TaskState.PROCESSING)),
                new Move(
                        "cancel", Tasks::cancel, TaskState.CANCELED, List.of(TaskState.ENQUEUED, TaskState.PROCESSING)),
                new Move("retry", Tasks::retry, TaskState.ENQUEUED, List.of(TaskState.FAILED, TaskState.CANCELED)));
        for (Move move : moves) {
            Task before = taskIn(from, from + "-" + move.name());
            Verb verb = move.verb().apply(before.id());
            if (move.from().contains(from)) {
                assertThat(calls.apply(verb).state()).as(move.name()).isEqualTo(move.to());
            } else if (from == move.to()) {
                Outcome outcome = calls.execute(verb);
                assertThat(outcome instanceof Outcome.Unchanged || outcome instanceof Outcome.Rejected)
                        .as("%s of a %s task: %s", move.name(), from, outcome)
                        .isTrue();
                assertThat(calls.get(before.id())).isEqualTo(before);
            } else {
                calls.reject(verb, Reason.ILLEGAL_TRANSITION);
                assertThat(calls.get(before.id())).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TaskState.class)
    void states_afterEachMove_areFoundUnderTheNewOneOnly(TaskState state) {
        Task task = taskIn(state, "a");

        for (TaskState other : TaskState.values()) {
            assertThat(calls.list(TaskFilter.ofStates(other), 10))
                    .isEqualTo(other == state ? List.of(task) : List.of());
        }
    }

    @Test
    void transition_withResultOrError_keepsThem() {
        taskIn(TaskState.PROCESSING, "good");
        taskIn(TaskState.PROCESSING, "bad");

        Task good = calls.apply(new Verb.Transition("good", 0, 0, TaskState.SUCCEEDED, bytes("42"), null));
        Task bad = calls.apply(new Verb.Transition("bad", 0, 0, TaskState.FAILED, Bytes.EMPTY, error()));

        assertThat(good.result()).isEqualTo(bytes("42"));
        assertThat(good.error()).isNull();
        assertThat(bad.error()).isEqualTo(error());
        assertThat(calls.get("bad")).isEqualTo(bad);
    }

    @Test
    void expectedVersion_ofEachVerbThatTakesOne_isChecked() {
        long old = taskIn(TaskState.ENQUEUED, "a").version();
        Task now = calls.apply(update("a").priority(3).verb());
        List<Verb> stale = List.of(
                update("a").expecting(old).priority(4).verb(),
                new Verb.UpdatePart("a", old, "n", null, TaskState.PROCESSING, null),
                new Verb.Transition("a", old, 0, TaskState.CANCELED, Bytes.EMPTY, null),
                new Verb.Cancel("a", old, ""),
                new Verb.Retry("a", old),
                new Verb.Delete("a", old));

        for (Verb verb : stale) {
            assertThat(calls.reject(verb, Reason.VERSION_MISMATCH).task()).isEqualTo(now);
        }
        assertThat(calls.get("a")).isEqualTo(now);
        assertThat(calls.apply(new Verb.Cancel("a", now.version(), "enough")).error())
                .isEqualTo(new TaskError("CANCELED", "enough"));
    }

    @Test
    void expectedVersion_ofADeletedTask_doesNotFitItsSuccessor() {
        Task first = calls.apply(Tasks.create("a"));
        calls.delete("a");
        Task second = calls.apply(Tasks.create("a"));

        Rejected rejected =
                calls.reject(update("a").expecting(first.version()).priority(9).verb(), Reason.VERSION_MISMATCH);

        assertThat(rejected.task()).isEqualTo(second);
    }

    @Test
    void update_someFields_leavesTheOthers() {
        Task before = calls.apply(Tasks.create("a"));
        clock.advanceMillis(3);

        Task after =
                calls.apply(update("a").priority(5).labels(Map.of("k", "v")).verb());

        assertThat(after.spec()).isEqualTo(before.spec().withPriority(5).withLabels(Map.of("k", "v")));
        assertThat(after.createdAtMillis()).isEqualTo(before.createdAtMillis());
        assertThat(after.updatedAtMillis()).isEqualTo(clock.millis());
        assertThat(after.dueAtMillis()).isEqualTo(before.dueAtMillis());
        assertThat(calls.get("a")).isEqualTo(after);
    }

    @Test
    void update_toWhatItIs_changesNothing() {
        Task before = calls.apply(Tasks.create("a"));
        clock.advanceMillis(3);

        assertThat(calls.execute(update("a").priority(0).payload(bytes("hello")).verb()))
                .isEqualTo(new Outcome.Unchanged(before));
        assertThat(calls.get("a")).isEqualTo(before);
    }

    @Test
    void update_ofFinishedTask_takesLabelsAndRetentionOnly() {
        Task before = taskIn(TaskState.CANCELED, "a");

        calls.reject(update("a").payload(bytes("late")).verb(), Reason.WRONG_STATE);
        calls.reject(update("a").queue("late").verb(), Reason.WRONG_STATE);
        calls.reject(update("a").priority(1).verb(), Reason.WRONG_STATE);
        assertThat(calls.get("a")).isEqualTo(before);

        Task after = calls.apply(
                update("a").labels(Map.of("seen", "yes")).retentionMillis(5).verb());
        assertThat(after.expiresAtMillis()).isEqualTo(before.finishedAtMillis() + 5);
    }

    @Test
    void update_ofDueTime_isForEnqueuedTasksOnly() {
        taskIn(TaskState.PROCESSING, "working");
        calls.reject(update("working").dueAtMillis(clock.millis() + 10).verb(), Reason.WRONG_STATE);

        calls.apply(Tasks.create("waiting"));
        assertThat(calls.apply(update("waiting")
                                .dueAtMillis(clock.millis() + 10)
                                .verb())
                        .dueAtMillis())
                .isEqualTo(clock.millis() + 10);
        assertThat(calls.claim(Tasks.claim("w", 1)).tasks()).isEmpty();
    }

    @Test
    void retry_ofFailedTask_startsOverWithAllAttempts() {
        calls.apply(Tasks.create("a", spec().withRetry(Tasks.retries(1, 10, 10))));
        Task claimed = calls.claimOne("w");
        Task failed = calls.apply(Tasks.fail("a", StoreCalls.token(claimed)));
        assertThat(failed.state()).isEqualTo(TaskState.FAILED);
        clock.advanceMillis(5);

        Task again = calls.apply(Tasks.retry("a"));

        assertThat(again.attempts()).isZero();
        assertThat(again.error()).isNull();
        assertThat(again.dueAtMillis()).isEqualTo(clock.millis());
        assertThat(calls.claimOne("w").attempts()).isEqualTo(1);
    }

    @Test
    void retry_ofWaitingTask_bringsItsTurnForward() {
        calls.apply(new Verb.Create("a", spec(), 0, 1_000, Map.of()));

        assertThat(calls.apply(Tasks.retry("a")).dueAtMillis()).isEqualTo(clock.millis());
        assertThat(calls.execute(Tasks.retry("a"))).isInstanceOf(Outcome.Unchanged.class);
        assertThat(calls.claimOne("w").id()).isEqualTo("a");
    }

    @Test
    void cancel_twice_isUnchangedTheSecondTime() {
        calls.apply(Tasks.create("a"));
        Task canceled = calls.apply(Tasks.cancel("a"));

        assertThat(calls.execute(Tasks.cancel("a"))).isEqualTo(new Outcome.Unchanged(canceled));
        assertThat(calls.claim(Tasks.claim("w", 1)).tasks()).isEmpty();
    }
}
