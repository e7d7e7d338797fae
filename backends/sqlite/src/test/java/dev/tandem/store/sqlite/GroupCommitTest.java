package dev.tandem.store.sqlite;

import static dev.tandem.store.sqlite.Stores.NS;
import static dev.tandem.store.sqlite.Stores.QUEUE;
import static dev.tandem.store.sqlite.Stores.await;
import static dev.tandem.store.sqlite.Stores.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.Verb;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that wait together are committed together, within bounds, and none is acknowledged before its commit. */
class GroupCommitTest {
    @TempDir
    Path folder;

    private final Stores stores = new Stores();
    private final FailingSession.Plan plan = new FailingSession.Plan();

    @AfterEach
    void close() {
        stores.close();
    }

    private SqliteTaskStore open(SqliteOptions options) {
        return stores.open(options, plan.opener());
    }

    private SqliteOptions quick() {
        return Stores.quick(folder.resolve("tandem.db"));
    }

    private long count(SqliteTaskStore store) {
        return Stores.ask(store, new TaskQuery.Count(NS, TaskFilter.ALL)).total();
    }

    @Test
    void execute_whileACommitIsUnderWay_allThatWaitIsCommittedTogether() {
        SqliteTaskStore store = open(quick());
        FailingSession.Gate gate = plan.holdNextCommit();
        int before = plan.commits();
        List<Future<Outcome>> all = new ArrayList<>();
        all.add(Stores.execute(store, 1, Stores.create("first")));
        gate.awaitReached();
        for (int i = 0; i < 300; i++) {
            all.add(Stores.execute(store, 2, Stores.create("t" + i)));
        }

        assertThat(all).noneMatch(Future::isComplete);
        assertThat(count(store)).isZero();
        gate.open();
        await(Future.join(all));

        assertThat(plan.commits() - before).isEqualTo(2);
        assertThat(count(store)).isEqualTo(301);
    }

    @Test
    void execute_moreThanABatch_isCommittedBatchByBatchInOrder() {
        SqliteTaskStore store = open(quick().withBatchMax(10));
        FailingSession.Gate gate = plan.holdNextCommit();
        int before = plan.commits();
        List<Future<Outcome>> all = new ArrayList<>();
        all.add(Stores.execute(store, 1, Stores.create("first")));
        gate.awaitReached();
        for (int i = 0; i < 35; i++) {
            all.add(Stores.execute(store, 2, Stores.create("t" + i)));
        }
        gate.open();
        await(Future.join(all));

        assertThat(plan.commits() - before).isEqualTo(5);
        assertThat(all)
                .extracting(outcome -> Stores.applied(outcome.result()).version())
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void execute_largePayloads_transactionsAreBoundedInBytes() {
        SqliteTaskStore store = open(quick().withWriteQueue(1_000, 64 << 20));
        TaskSpec large = TaskSpec.of(QUEUE, Bytes.of(new byte[256 * 1024]));
        FailingSession.Gate gate = plan.holdNextCommit();
        int before = plan.commits();
        List<Future<Outcome>> all = new ArrayList<>();
        all.add(Stores.execute(store, 1, Stores.create("first")));
        gate.awaitReached();
        for (int i = 0; i < 80; i++) {
            all.add(Stores.execute(store, 2, Stores.create("t" + i, large)));
        }
        gate.open();
        await(Future.join(all));

        assertThat(plan.commits() - before).isBetween(4, 6);
        assertThat(count(store)).isEqualTo(81);
    }

    @Test
    void execute_queueIsFull_isOverloadedAtOnceAndNotApplied() {
        SqliteTaskStore store = open(quick().withWriteQueue(10, 1 << 20));
        FailingSession.Gate gate = plan.holdNextCommit();
        List<Future<Outcome>> taken = new ArrayList<>();
        taken.add(Stores.execute(store, 1, Stores.create("first")));
        gate.awaitReached();
        for (int i = 0; i < 10; i++) {
            taken.add(Stores.execute(store, 2, Stores.create("t" + i)));
        }

        Future<Outcome> refused = Stores.execute(store, 3, Stores.create("refused"));

        assertThat(failure(refused).kind()).isEqualTo(FailureKind.OVERLOADED);
        assertThat(taken).noneMatch(Future::isComplete);
        gate.open();
        await(Future.join(taken));
        assertThat(Stores.get(store, "refused")).isEmpty();
        assertThat(Stores.run(store, 4, Stores.create("refused"))).isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void execute_queueIsFullOfBytes_isOverloadedAtOnceButSmallOnesFit() {
        SqliteTaskStore store = open(quick().withWriteQueue(100, 400 * 1024));
        TaskSpec large = TaskSpec.of(QUEUE, Bytes.of(new byte[256 * 1024]));
        FailingSession.Gate gate = plan.holdNextCommit();
        Future<Outcome> first = Stores.execute(store, 1, Stores.create("first"));
        gate.awaitReached();
        Future<Outcome> one = Stores.execute(store, 2, Stores.create("one", large));

        assertThat(failure(Stores.execute(store, 2, Stores.create("two", large)))
                        .kind())
                .isEqualTo(FailureKind.OVERLOADED);
        Future<Outcome> small = Stores.execute(store, 2, Stores.create("small"));
        gate.open();
        await(Future.join(first, one, small));

        assertThat(Stores.get(store, "two")).isEmpty();
        assertThat(Stores.get(store, "small")).isPresent();
    }

    @Test
    void execute_deadlinePassesInTheQueue_isRefusedAndNotApplied() {
        SqliteTaskStore store = open(quick());
        FailingSession.Gate gate = plan.holdNextCommit();
        Future<Outcome> first = Stores.execute(store, 1, Stores.create("first"));
        gate.awaitReached();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
        Future<Outcome> late = store.execute(
                TaskCommand.of(NS, 2, Stores.create("late")), new CallOptions(deadline, Consistency.LINEARIZABLE));
        Future<Outcome> patient = Stores.execute(store, 2, Stores.create("patient"));
        while (System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
        gate.open();

        assertThat(failure(late).kind()).isEqualTo(FailureKind.DEADLINE_PASSED);
        await(Future.join(first, patient));
        assertThat(Stores.get(store, "late")).isEmpty();
    }

    @Test
    void answers_ofOneBatch_comeToTheirContextInOrderAndTogether() {
        SqliteTaskStore store = open(quick());
        FailingSession.Gate gate = plan.holdNextCommit();
        Future<Outcome> first = Stores.execute(store, 1, Stores.create("first"));
        gate.awaitReached();
        Context context = stores.vertx.getOrCreateContext();
        List<Integer> order = new ArrayList<>();
        List<Boolean> onContext = new ArrayList<>();
        List<Future<Outcome>> all = new ArrayList<>();
        Promise<Void> asked = Promise.promise();
        context.runOnContext(ignored -> {
            for (int i = 0; i < 50; i++) {
                int number = i;
                all.add(Stores.execute(store, 2, Stores.create("t" + i)).onComplete(answer -> {
                    order.add(number);
                    onContext.add(stores.vertx.getOrCreateContext() == context);
                    if (number == 0) {
                        // Runs behind what the batch brought, as that came in one go.
                        context.runOnContext(later -> order.add(-1));
                    }
                }));
            }
            asked.complete();
        });
        await(asked.future());
        gate.open();
        await(first);
        await(Future.join(all));
        Promise<List<Integer>> seen = Promise.promise();
        context.runOnContext(ignored -> seen.complete(List.copyOf(order)));

        List<Integer> came = await(seen.future());
        assertThat(came.subList(0, 50)).isSorted().startsWith(0);
        assertThat(came).endsWith(-1);
        assertThat(onContext).containsOnly(true);
    }

    @Test
    void execute_nothingChanges_nothingIsWrittenToTheDisk() throws Exception {
        SqliteTaskStore store = open(quick());
        Stores.run(store, 1, Stores.create("one"));
        Path log = folder.resolve("tandem.db-wal");
        long size = Files.size(log);

        for (int i = 0; i < 50; i++) {
            Stores.run(store, 2 + i, new Verb.Claim(List.of("empty"), "w", 1_000, 1));
            Stores.run(store, 2 + i, Stores.create("one"));
        }

        assertThat(Files.size(log)).isEqualTo(size);
    }

    @Test
    void close_commandsWait_theyAreFinishedFirst() {
        SqliteTaskStore store = open(quick());
        FailingSession.Gate gate = plan.holdNextCommit();
        List<Future<Outcome>> all = new ArrayList<>();
        all.add(Stores.execute(store, 1, Stores.create("first")));
        gate.awaitReached();
        for (int i = 0; i < 20; i++) {
            all.add(Stores.execute(store, 2, Stores.create("t" + i)));
        }
        Future<Void> closed = store.close();
        Future<Outcome> late = Stores.execute(store, 3, Stores.create("late"));

        assertThat(failure(late).kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(closed.isComplete()).isFalse();
        gate.open();
        await(Future.join(all));
        await(closed);

        assertThat(folder.resolve("tandem.db-wal")).doesNotExist();
        SqliteTaskStore again = stores.open(quick());
        assertThat(count(again)).isEqualTo(21);
        assertThat(Stores.get(again, "late")).isEmpty();
    }

    @Test
    void close_queueIsNotFinishedInTime_theRestFailsAsNotApplied() {
        SqliteOptions options = quick();
        SqliteTaskStore store = open(options.withTimeouts(options.busyTimeout(), Duration.ofMillis(1))
                .withBatchMax(1));
        FailingSession.Gate gate = plan.holdNextCommit();
        Future<Outcome> first = Stores.execute(store, 1, Stores.create("first"));
        gate.awaitReached();
        Future<Outcome> second = Stores.execute(store, 2, Stores.create("second"));
        Future<Void> closed = store.close();
        long passed = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(5);
        while (System.nanoTime() - passed < 0) {
            Thread.onSpinWait();
        }
        gate.open();

        assertThat(await(first)).isInstanceOf(Outcome.Applied.class);
        assertThat(failure(second).kind()).isEqualTo(FailureKind.NOT_APPLIED);
        await(closed);
        assertThat(Stores.get(stores.open(options), "second")).isEmpty();
    }

    @Test
    void subscribe_manyChangesInABatch_listenerIsCalledOnceForThemAndNotForOthers() {
        SqliteTaskStore store = open(quick());
        Context context = stores.vertx.getOrCreateContext();
        List<String> calls = new ArrayList<>();
        Promise<Void> subscribed = Promise.promise();
        context.runOnContext(ignored -> {
            store.subscribe(NS, () -> calls.add(NS));
            store.subscribe("other", () -> calls.add("other"));
            subscribed.complete();
        });
        await(subscribed.future());
        FailingSession.Gate gate = plan.holdNextCommit();
        List<Future<Outcome>> all = new ArrayList<>();
        all.add(store.execute(TaskCommand.of("third", 1, new Verb.AcquireLease("s", "h", 1_000)), CallOptions.DEFAULT));
        gate.awaitReached();
        for (int i = 0; i < 20; i++) {
            all.add(Stores.execute(store, 2, new Verb.Create("t" + i, TaskSpec.of("q", Bytes.EMPTY), 0, 0, Map.of())));
        }
        gate.open();
        await(Future.join(all));
        Promise<List<String>> seen = Promise.promise();
        context.runOnContext(ignored -> seen.complete(List.copyOf(calls)));

        assertThat(await(seen.future())).containsExactly(NS);
    }
}
