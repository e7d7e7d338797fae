package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskMachine;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

class LinearizabilityCheckerTest {
    private static final long AT = TestClock.START_MILLIS;
    private static final int HISTORIES_BROKEN = 5;
    private static final long KEEP = Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT;

    private final ReferenceTable table = new ReferenceTable(KEEP);
    private final List<Operation> history = new ArrayList<>();

    private static TaskCommand command(Verb verb) {
        return TaskCommand.of("default", AT, verb);
    }

    /** Writes down a command from one logical time to another, with the outcome that the rules give it now. */
    private Outcome run(long invoked, long returned, Verb verb) {
        return run(invoked, returned, command(verb));
    }

    private Outcome run(long invoked, long returned, TaskCommand command) {
        Outcome outcome = TaskMachine.execute(table, command);
        note(invoked, returned, new Operation.Command(command), new Operation.Came(outcome));
        return outcome;
    }

    private void lose(long invoked, Verb verb) {
        note(invoked, Operation.NEVER, new Operation.Command(command(verb)), new Operation.Unknown());
    }

    private void read(long invoked, long returned, Task found) {
        note(invoked, returned, new Operation.ReadTask("default", "a"), new Operation.FoundTask(found));
    }

    private void note(long invoked, long returned, Operation.Call call, Operation.Answer answer) {
        history.add(new Operation(1, invoked, returned, call, answer));
    }

    private Task task() {
        return table.task("default", "a");
    }

    private void assertGood() {
        assertThat(LinearizabilityChecker.check(history)).isEmpty();
    }

    private void assertBad() {
        assertThat(LinearizabilityChecker.check(history)).isPresent();
    }

    @Test
    void reads_afterAWrite_showIt() {
        run(1, 2, Tasks.create("a"));
        read(3, 4, task());
        assertGood();

        read(5, 6, null);
        assertBad();
    }

    @Test
    void reads_besideAWrite_showTheOldOrTheNewButNotTheOldAfterTheNew() {
        Task before = applied(run(1, 2, Tasks.create("a")));
        Task after = applied(run(3, 10, Tasks.update("a").priority(5).verb()));
        read(4, 5, before);
        read(6, 7, after);
        assertGood();

        read(8, 9, before);
        assertBad();
    }

    @Test
    void staleRead_isExplainedByTheAnswerThatIsWrong() {
        Task before = applied(run(1, 2, Tasks.create("a")));
        run(3, 4, Tasks.update("a").priority(5).verb());
        read(5, 6, before);
        run(7, 8, Tasks.update("a").priority(6).verb());

        assertThat(LinearizabilityChecker.check(history).orElseThrow())
                .contains("not linearizable: task default/a")
                .contains("can't be right is\n  client 1 [5, 6] ReadTask");
    }

    @Test
    void lostWrite_mayHaveHappenedOrNotOrLate() {
        Task before = applied(run(1, 2, Tasks.create("a")));
        lose(3, Tasks.update("a").priority(5).verb());
        read(4, 5, before);
        assertGood();

        TaskMachine.execute(table, command(Tasks.update("a").priority(5).verb()));
        read(6, 7, task());
        assertGood();

        read(8, 9, before);
        assertBad();
    }

    @Test
    void lostWrite_thatHappened_explainsWhatCameAfterIt() {
        lose(1, Tasks.create("a"));
        TaskMachine.execute(table, command(Tasks.create("a")));
        run(2, 3, Tasks.create("a"));
        run(4, 5, Tasks.claim("w", 1));
        assertGood();
    }

    @Test
    void effectNobodyAskedFor_isRefused() {
        run(1, 2, Tasks.create("a"));
        lose(3, Tasks.update("a").priority(5).verb());
        TaskMachine.execute(table, command(Tasks.update("a").priority(6).verb()));
        read(4, 5, task());

        assertBad();
    }

    @Test
    void manyLostWritesOfOneField_andAnEffectOfNone_areSeenThrough() {
        run(1, 2, Tasks.create("a"));
        for (int i = 0; i < 60; i++) {
            lose(3 + i, Tasks.update("a").priority(i + 1).verb());
        }
        Verb unasked = Tasks.update("a").priority(61).verb();
        TaskMachine.execute(table, command(unasked));
        read(100, 101, task());

        assertThat(LinearizabilityChecker.check(history).orElse("nothing"))
                .startsWith("not linearizable: task default/a");
    }

    /** More orders than anybody can try: it must say so, in bounded time and memory, and not call it right or wrong. */
    @Test
    void manyLostWritesOfManyFields_andAnEffectOfNone_areUndecided() {
        run(1, 2, Tasks.create("a"));
        for (int i = 0; i < 15; i++) {
            lose(3 + 5 * i, Tasks.update("a").priority(i + 1).verb());
            lose(4 + 5 * i, Tasks.update("a").queue("q" + i).verb());
            lose(5 + 5 * i, Tasks.update("a").payload(Tasks.bytes("p" + i)).verb());
            lose(6 + 5 * i, Tasks.update("a").labels(Map.of("l", "" + i)).verb());
            lose(7 + 5 * i, Tasks.update("a").retentionMillis(1_000_000 + i).verb());
        }
        Verb unasked = Tasks.update("a").priority(61).verb();
        TaskMachine.execute(table, command(unasked));
        read(100, 101, task());

        assertThat(LinearizabilityChecker.check(history).orElse("nothing"))
                .startsWith("undecided: task default/a has too many lost answers")
                .contains("no place was found so far is\n  client 1 [100, 101] ReadTask");
    }

    @Test
    void lostUpdate_isRefused() {
        run(1, 2, Tasks.create("a"));
        Task one = applied(run(3, 10, Tasks.update("a").priority(5).verb()));
        // Answered as if the first had not been there: same version, same base.
        Task lost = new ReferenceTableCopy(one).withPriority(7);
        note(
                4,
                9,
                new Operation.Command(command(Tasks.update("a").priority(7).verb())),
                new Operation.Came(new Outcome.Applied(lost)));

        assertBad();
    }

    @Test
    void doubleClaim_isRefusedUnlessTheFirstLeaseWasOver() {
        run(1, 2, Tasks.create("a"));
        Task first = claimed(run(3, 4, Tasks.claim("w1", 1)));
        history.add(claimOf(first, 5, "w2", AT + Tasks.LEASE_MILLIS - 1));
        assertBad();

        history.remove(history.size() - 1);
        Verb again = Tasks.claim("w2", 1);
        run(5, 6, TaskCommand.of("default", AT + Tasks.LEASE_MILLIS + 1_000, again));
        assertThat(((Operation.Came) history.get(history.size() - 1).answer()).outcome())
                .isInstanceOfSatisfying(
                        Outcome.Claimed.class,
                        claimed -> assertThat(claimed.tasks()).hasSize(1));
        assertGood();
    }

    private static Operation claimOf(Task first, long invoked, String worker, long atMillis) {
        TaskLease lease = new TaskLease(worker, first.version() + 1, atMillis + Tasks.LEASE_MILLIS, Tasks.LEASE_MILLIS);
        Task second = new Task(
                first.namespace(),
                first.id(),
                first.version() + 1,
                first.spec(),
                first.state(),
                first.attempts() + 1,
                first.createdAtMillis(),
                atMillis,
                first.dueAtMillis(),
                atMillis,
                0,
                lease,
                first.progress(),
                first.result(),
                first.error(),
                first.parts());
        return new Operation(
                2,
                invoked,
                invoked + 1,
                new Operation.Command(TaskCommand.of("default", atMillis, Tasks.claim(worker, 1))),
                new Operation.Came(new Outcome.Claimed(List.of(second), atMillis)));
    }

    @Test
    void deletedTask_thatComesBack_isRefused() {
        Task before = applied(run(1, 2, Tasks.create("a")));
        run(3, 4, Tasks.delete("a"));
        read(5, 6, null);
        assertGood();

        read(7, 8, before);
        assertBad();
    }

    @Test
    void version_thatRepeatsAfterDelete_isRefused() {
        Task first = applied(run(1, 2, Tasks.create("a")));
        note(
                3,
                4,
                new Operation.Command(command(Tasks.delete("a"))),
                new Operation.Came(new Outcome.Deleted("a", first.version() + 1)));
        note(5, 6, new Operation.Command(command(Tasks.create("a"))), new Operation.Came(new Outcome.Applied(first)));

        assertBad();
    }

    @Test
    void request_appliedTwice_isRefused() {
        run(1, 2, Tasks.create("a"));
        Verb update = Tasks.update("a").priority(5).verb();
        TaskCommand request = Tasks.request("default", AT, "r", update);
        run(3, 4, request);
        run(5, 6, Tasks.update("a").priority(1).verb());
        run(7, 8, request);
        assertGood();

        Task again = applied(TaskMachine.execute(table, command(update)));
        note(9, 10, new Operation.Command(request), new Operation.Came(new Outcome.Applied(again)));
        assertBad();
    }

    /** Found by a simulated history: the checker took the replay for a wrong answer. */
    @Test
    void lostRequest_thatChangedNothing_isRememberedAllTheSame() {
        run(1, 2, Tasks.create("a"));
        run(3, 4, Tasks.cancel("a"));
        TaskCommand cancel = Tasks.request("default", AT, "r", Tasks.cancel("a"));
        TaskMachine.execute(table, cancel);
        note(5, Operation.NEVER, new Operation.Command(cancel), new Operation.Unknown());
        run(6, 7, Tasks.retry("a"));
        run(8, 9, cancel);

        assertThat(task().state()).isEqualTo(TaskState.ENQUEUED);
        assertGood();
    }

    /** Found by the simulation of moves: a deletion that is asked about later needs a lost creation before it, of which nobody asks. */
    @Test
    void lostCreationAndLostDeletion_thatIsAskedAbout_areBothSeen() {
        TaskCommand deletion = Tasks.request("default", AT, "delete", Tasks.delete("a"));
        TaskCommand creation = Tasks.request("default", AT, "create", Tasks.create("a"));
        lose(1, Tasks.create("a"));
        TaskMachine.execute(table, command(Tasks.create("a")));
        note(2, 3, new Operation.Command(deletion), new Operation.Unknown());
        TaskMachine.execute(table, deletion);
        read(4, 5, null);
        note(6, 20, new Operation.Command(creation), new Operation.Unknown());
        read(7, 8, null);
        run(9, 10, Tasks.create("a"));
        read(11, 14, task());
        run(12, 15, deletion);
        run(21, 22, creation);

        assertGood();
    }

    @Test
    void leadership_grantedTwice_isRefused() {
        run(1, 2, Tasks.acquire("s", "h1"));
        LeaderLease held = table.lease("default", "s");
        long at = held.expiresAtMillis() - 1;
        note(
                3,
                4,
                new Operation.Command(TaskCommand.of("default", at, Tasks.acquire("s", "h2"))),
                new Operation.Came(new Outcome.Granted(
                        new LeaderLease("default", "s", "h2", 9, 9, at, at + Tasks.LEASE_MILLIS, Tasks.LEASE_MILLIS))));

        assertBad();
    }

    private static Task applied(Outcome outcome) {
        return ((Outcome.Applied) outcome).task();
    }

    private static Task claimed(Outcome outcome) {
        return ((Outcome.Claimed) outcome).tasks().get(0);
    }

    /** A record with one field of its spec replaced. */
    private record ReferenceTableCopy(Task task) {
        Task withPriority(int priority) {
            return new Task(
                    task.namespace(),
                    task.id(),
                    task.version(),
                    task.spec().withPriority(priority),
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

    @Test
    void simulatedHistories_ofARightStore_areLinearizable() {
        long first = Long.getLong("tandem.seed", System.nanoTime());
        int histories = Integer.getInteger("tandem.sequences", 10);
        for (long seed = first; seed < first + histories; seed++) {
            List<Operation> operations = new SimulatedHistory(seed, new ReferenceTable(KEEP)).run(300);
            assertThat(LinearizabilityChecker.check(operations))
                    .as("-Dtandem.seed=%s", seed)
                    .isEmpty();
        }
    }

    /** In how many simulated histories of a broken store the break is seen. */
    private static int caught(LongFunction<SimulatedHistory> broken) {
        int caught = 0;
        for (long seed = 1; seed <= HISTORIES_BROKEN; seed++) {
            Optional<String> wrong =
                    LinearizabilityChecker.check(broken.apply(seed).run(200));
            assertThat(wrong.orElse("")).doesNotContain("undecided");
            caught += wrong.isPresent() ? 1 : 0;
        }
        return caught;
    }

    @Test
    void simulatedHistories_withAStaleReadNowAndThen_areNot() {
        assertThat(caught(seed -> new SimulatedHistory(seed, new ReferenceTable(KEEP)) {
                    private final Random random = new Random(seed);
                    private final Map<String, Task> cache = new HashMap<>();

                    @Override
                    Task read(String id) {
                        Task now = super.read(id);
                        Task old = cache.put(id, now);
                        return old != null && random.nextInt(4) == 0 ? old : now;
                    }
                }))
                .isGreaterThanOrEqualTo(HISTORIES_BROKEN - 1);
    }

    @Test
    void simulatedHistories_withALostWriteNowAndThen_areNot() {
        assertThat(caught(seed -> new SimulatedHistory(seed, new ReferenceTable(KEEP) {
                    private final Random random = new Random(seed);

                    @Override
                    public void put(Task before, Task after) {
                        if (random.nextInt(20) > 0) {
                            super.put(before, after);
                        }
                    }
                })))
                .isGreaterThanOrEqualTo(HISTORIES_BROKEN - 1);
    }

    @Test
    void simulatedHistories_withTasksStolenFromTheirWorkers_areNot() {
        assertThat(caught(seed -> new SimulatedHistory(seed, new ReferenceTable(KEEP)) {
                    @Override
                    Outcome execute(TaskCommand command) {
                        Outcome right = super.execute(command);
                        return right instanceof Outcome.Claimed claimed
                                        && claimed.tasks().isEmpty()
                                        && command.verb() instanceof Verb.Claim claim
                                ? steal(command, claim, claimed)
                                : right;
                    }

                    private Outcome steal(TaskCommand command, Verb.Claim claim, Outcome.Claimed nothing) {
                        for (String id : List.of("t0", "t1", "t2")) {
                            Task held = table.task("default", id);
                            if (held != null && held.lease() != null) {
                                long at = table.advanceTime("default", command.atMillis());
                                long version = table.nextVersion("default");
                                Task stolen = stolen(held, claim.workerId(), version, at);
                                table.put(held, stolen);
                                return new Outcome.Claimed(List.of(stolen), at);
                            }
                        }
                        return nothing;
                    }
                }))
                .isGreaterThanOrEqualTo(HISTORIES_BROKEN - 1);
    }

    private static Task stolen(Task held, String worker, long version, long atMillis) {
        return ((Outcome.Claimed)
                        ((Operation.Came) claimOf(held, 1, worker, atMillis).answer()).outcome())
                .tasks().stream()
                        .map(task -> new Task(
                                task.namespace(),
                                task.id(),
                                version,
                                task.spec(),
                                task.state(),
                                task.attempts(),
                                task.createdAtMillis(),
                                task.updatedAtMillis(),
                                task.dueAtMillis(),
                                task.startedAtMillis(),
                                0,
                                new TaskLease(worker, version, atMillis + 100, 100),
                                task.progress(),
                                task.result(),
                                task.error(),
                                task.parts()))
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void historiesAsLines_writtenAndRead_areTheSame() {
        List<Operation> operations = new SimulatedHistory(5, new ReferenceTable(KEEP)).run(400);
        note(1, 2, new Operation.ReadTask("default", "a"), new Operation.Refused());
        operations = new ArrayList<>(operations);
        operations.addAll(history);

        List<String> lines = operations.stream().map(HistoryLines::write).toList();

        assertThat(lines).noneMatch(line -> line.contains("\n"));
        assertThat(HistoryLines.read(lines)).isEqualTo(operations);
        assertThatThrownBy(() -> HistoryLines.read(List.of("{\"client\":1}")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a line of a history: {\"client\":1}");
    }

    @Test
    void recordedStore_underThreadsThatLoseAnswers_isLinearizable() throws Exception {
        Vertx vertx = Vertx.vertx();
        TestClock clock = new TestClock();
        FaultyTaskStore faulty = FaultyTaskStore.wrap(new ReferenceTaskStore(vertx));
        for (int i = 0; i < 60; i++) {
            faulty.pass(9).applyThenLoseAck(1).pass(3).loseCommand(1).pass(3).refuse(1);
        }
        HistoryRecorder recorder = new HistoryRecorder();
        List<Thread> threads = new ArrayList<>();
        for (int client = 0; client < 4; client++) {
            StoreCalls calls = new StoreCalls(vertx, recorder.client(client, faulty), clock, "default");
            Random random = new Random(client);
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 150; i++) {
                    callOnce(calls, random);
                    clock.advanceMillis(random.nextInt(30));
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        StoreCalls.await(vertx.close());

        List<Operation> operations = recorder.operations();
        assertThat(operations).hasSizeGreaterThan(600);
        assertThat(operations.stream()
                        .map(operation -> operation.answer().getClass().getSimpleName())
                        .distinct())
                .contains("Came", "FoundTask", "Unknown", "Refused");
        assertThat(LinearizabilityChecker.check(operations)).isEmpty();
    }

    private static void callOnce(StoreCalls calls, Random random) {
        String id = "t" + random.nextInt(3);
        try {
            switch (random.nextInt(6)) {
                case 0 -> calls.execute(Tasks.create(id));
                case 1 ->
                    calls.execute(Tasks.update(id).priority(random.nextInt(9)).verb());
                case 2 ->
                    calls.claim(Tasks.claim("w", 1))
                            .tasks()
                            .forEach(task -> calls.execute(Tasks.complete(task.id(), StoreCalls.token(task))));
                case 3 -> calls.execute(Tasks.delete(id));
                case 4 -> calls.list(TaskFilter.ALL, 10);
                default -> calls.find(id);
            }
        } catch (StoreException e) {
            // Planned: what it says is in the history.
            assertThat(e.getMessage()).contains("by the test");
        }
    }
}
