package dev.tandem.store.sqlite;

import static dev.tandem.store.sqlite.Stores.NS;
import static dev.tandem.store.sqlite.Stores.ask;
import static dev.tandem.store.sqlite.Stores.await;
import static dev.tandem.store.sqlite.Stores.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Bytes;
import dev.tandem.task.Task;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lists and counts in a namespace of 100,000 tasks, of which few fit: how far they walk, in steps of SQLite's machine,
 * and that they end when their time is over. No clock is involved but one that ticks when it is looked at.
 */
class LongListTest {
    private static final int TASKS = 100_000;

    /** For a query that looks at what it returns, however it goes about it. */
    private static final long STEPS_OF_A_PAGE = 60_000;

    /** For one that passes by every task, at a look into one index each. */
    private static final long STEPS_OF_A_WALK = 30L * TASKS;

    @TempDir
    static Path folder;

    private static final Stores stores = new Stores();

    /** Each look at it takes a nanosecond. */
    private static final AtomicLong clock = new AtomicLong();

    private static SqliteTaskStore store;
    private static Session session;

    /** Four tasks that are like no other, created first and last; the crowd between them comes by the shortest way. */
    @BeforeAll
    static void fill() {
        Path file = folder.resolve("tandem.db");
        SqliteOptions options = Stores.quick(file);
        SqliteTaskStore filling = stores.open(options);
        TaskSpec crowd = TaskSpec.of("crowd", Bytes.EMPTY).withLabels(Map.of("env", "prod"));
        Stores.run(filling, 1, Stores.create("first", crowd.withLabels(Map.of("env", "prod", "who", "first"))));
        Stores.run(filling, 2, Stores.create("typical", crowd));
        Stores.run(filling, TASKS + 10L, Stores.create("last", TaskSpec.of("rare", Bytes.EMPTY)));
        Stores.run(filling, TASKS + 11L, Stores.create("gone", crowd));
        Stores.run(filling, TASKS + 12L, new Verb.Cancel("gone", 0, ""));
        await(filling.close());
        Session writer = Session.openWriter(options);
        writer.run("""
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
                INSERT INTO task (ns, id, version, state, queue, kind, priority, created_at, due_at, record)
                SELECT ns, printf('t%%06d', i), 1000 + i, state, queue, kind, priority, 2 + i, due_at, record
                FROM n, task WHERE id = 'typical'""".formatted(TASKS));
        writer.run("INSERT INTO label SELECT ns, 'env', 'prod', created_at, id FROM task WHERE id LIKE 't0%'"
                + " OR id LIKE 't1%'");
        writer.run("UPDATE tally SET tasks = tasks + %d WHERE queue = 'crowd' AND state = %d"
                .formatted(TASKS, TaskState.ENQUEUED.code()));
        writer.run("UPDATE namespace SET version = 1000 + " + TASKS);
        writer.close();
        store = await(SqliteTaskStore.open(
                stores.vertx, options, Schema.STEPS, Session::openWriter, clock::incrementAndGet, SqliteObserver.NONE));
        session = Session.openReader(options);
    }

    @AfterAll
    static void close() {
        await(store.close());
        session.close();
        stores.close();
    }

    @BeforeEach
    void clear() {
        session.breakOffWhen(() -> false);
    }

    private static TaskFilter filter(
            Set<TaskState> states,
            Set<String> queues,
            String kind,
            Map<String, String> labels,
            long from,
            long before) {
        return new TaskFilter(states, queues, kind.isEmpty() ? Set.of() : Set.of(kind), "", labels, from, before);
    }

    private static TaskFilter ofQueue(String queue) {
        return filter(Set.of(), Set.of(queue), "", Map.of(), 0, Long.MAX_VALUE);
    }

    private static TaskFilter ofLabels(Set<TaskState> states, Map<String, String> labels) {
        return filter(states, Set.of(), "", labels, 0, Long.MAX_VALUE);
    }

    private static TaskQuery.ListTasks list(TaskFilter filter) {
        return new TaskQuery.ListTasks(NS, filter, false, null, 10);
    }

    /** How many steps the query takes, to the next {@link Session#STEPS_BETWEEN_LOOKS}. */
    private static long steps(TaskQuery<?> query) {
        AtomicLong looks = new AtomicLong();
        session.breakOffWhen(() -> {
            looks.incrementAndGet();
            return false;
        });
        new Queries(session).answer(query, CallOptions.ANY_EPOCH);
        return looks.get() * Session.STEPS_BETWEEN_LOOKS;
    }

    private static List<String> ids(TaskPage page) {
        return page.tasks().stream().map(Task::id).toList();
    }

    @Test
    void list_byTheRarerOfTwoLabels_looksAtNoOthers() {
        TaskQuery.ListTasks list = list(ofLabels(Set.of(), Map.of("env", "prod", "who", "first")));

        assertThat(steps(list)).isLessThan(STEPS_OF_A_PAGE);
        assertThat(steps(new TaskQuery.Count(NS, list.filter()))).isLessThan(STEPS_OF_A_PAGE);
        assertThat(ids(ask(store, list))).containsExactly("first");
        assertThat(ask(store, new TaskQuery.Count(NS, list.filter())).total()).isEqualTo(1);
    }

    @Test
    void list_byACommonLabelAndARareState_looksAtNoOthers() {
        TaskQuery.ListTasks list = list(ofLabels(Set.of(TaskState.CANCELED), Map.of("env", "prod")));

        assertThat(steps(list)).isLessThan(STEPS_OF_A_PAGE);
        assertThat(steps(new TaskQuery.Count(NS, list.filter()))).isLessThan(STEPS_OF_A_PAGE);
        assertThat(ids(ask(store, list))).containsExactly("gone");
        assertThat(ask(store, new TaskQuery.Count(NS, list.filter())).byState())
                .isEqualTo(Map.of(TaskState.CANCELED, 1L));
    }

    @Test
    void list_byAQueueOrKindThatNobodyUses_looksAtNothing() {
        assertThat(steps(list(ofQueue("nobody")))).isLessThan(STEPS_OF_A_PAGE);
        TaskFilter kind = filter(Set.of(), Set.of(), "none", Map.of("env", "prod"), 5, Long.MAX_VALUE);
        assertThat(steps(list(kind))).isLessThan(STEPS_OF_A_PAGE);
        assertThat(steps(new TaskQuery.Count(NS, kind))).isLessThan(STEPS_OF_A_PAGE);
        assertThat(ask(store, list(kind)).tasks()).isEmpty();
        assertThat(ask(store, list(kind)).next()).isNull();
    }

    @Test
    void list_byCreationTime_looksAtNoOthers() {
        TaskFilter filter = filter(Set.of(), Set.of(), "", Map.of(), TASKS + 5L, TASKS + 11L);

        assertThat(steps(list(filter))).isLessThan(STEPS_OF_A_PAGE);
        assertThat(steps(new TaskQuery.Count(NS, filter))).isLessThan(STEPS_OF_A_PAGE);
        assertThat(ids(ask(store, list(filter)))).containsExactly("last");
        assertThat(ask(store, new TaskQuery.Count(NS, filter)).total()).isEqualTo(1);
    }

    @Test
    void list_byARareQueue_passesTheOthersInOneIndexAndEndsWithTheLastOfThem() {
        TaskQuery.ListTasks oldestFirst = list(ofQueue("rare"));
        TaskQuery.ListTasks newestFirst = new TaskQuery.ListTasks(NS, ofQueue("rare"), true, null, 10);

        assertThat(steps(oldestFirst)).isBetween(STEPS_OF_A_PAGE, STEPS_OF_A_WALK);
        assertThat(steps(newestFirst)).isLessThan(STEPS_OF_A_PAGE);
        assertThat(ids(ask(store, oldestFirst))).containsExactly("last");
        assertThat(ask(store, oldestFirst).next()).isNull();
        assertThat(ids(ask(store, newestFirst))).containsExactly("last");
    }

    private static CallOptions until(long nanos) {
        return new CallOptions(nanos, Consistency.LINEARIZABLE);
    }

    @Test
    void list_deadlinePassesWhileItWalks_isBrokenOffAndTheNextIsServed() {
        // One look when it is asked, two when it is taken: it has begun by then, and has looked around but little.
        StoreException list = failure(store.query(list(ofQueue("rare")), until(clock.get() + 10)));
        TaskFilter walked = filter(Set.of(), Set.of("crowd"), "", Map.of(), 1, Long.MAX_VALUE);
        StoreException count = failure(store.query(new TaskQuery.Count(NS, walked), until(clock.get() + 10)));

        assertThat(List.of(list.kind(), count.kind())).containsOnly(FailureKind.DEADLINE_PASSED);
        assertThat(list).hasMessageContaining("while tasks were looked through");
        assertThat(count).hasMessageContaining("while tasks were looked through");
        assertThat(ids(ask(store, list(ofQueue("rare"))))).containsExactly("last");
        assertThat(ask(store, new TaskQuery.Count(NS, walked)).total()).isEqualTo(TASKS + 3L);
    }

    @Test
    void list_withoutADeadline_isBrokenOffAfterTheLongestThatAnyMayTake() {
        SqliteOptions options = Stores.quick(folder.resolve("tandem.db"));
        await(store.close());
        AtomicLong slow = new AtomicLong();
        store = await(SqliteTaskStore.open(
                stores.vertx,
                options,
                Schema.STEPS,
                Session::openWriter,
                () -> slow.addAndGet(7_000_000_000L),
                SqliteObserver.NONE));
        StoreException broken = failure(store.query(list(ofQueue("rare")), CallOptions.DEFAULT));
        await(store.close());
        store = await(SqliteTaskStore.open(
                stores.vertx, options, Schema.STEPS, Session::openWriter, clock::incrementAndGet, SqliteObserver.NONE));

        assertThat(broken.kind()).isEqualTo(FailureKind.DEADLINE_PASSED);
        assertThat(broken).hasMessageContaining("longer than 30 s");
    }

    @Test
    void list_holdsItsReader_getsAndWatchesAreAnswered() {
        CompletableFuture<Void> over = new CompletableFuture<>();
        SqliteOptions options = Stores.quick(folder.resolve("other.db"));
        SqliteTaskStore held = await(SqliteTaskStore.open(
                stores.vertx,
                options,
                Schema.STEPS,
                Session::openWriter,
                () -> {
                    if (Thread.currentThread().getName().startsWith("tandem-sqlite-scan")) {
                        over.orTimeout(30, TimeUnit.SECONDS).join();
                    }
                    return System.nanoTime();
                },
                SqliteObserver.NONE));
        Stores.run(held, 1, Stores.create("one"));
        Future<TaskPage> list = held.query(list(TaskFilter.ALL), CallOptions.DEFAULT);

        assertThat(Stores.get(held, "one")).isPresent();
        assertThat(ask(held, new TaskQuery.Changes(NS, new Cursor(List.of(0L)), 10))
                        .changes())
                .hasSize(1);
        assertThat(list.isComplete()).isFalse();
        over.complete(null);
        assertThat(ids(await(list))).containsExactly("one");
        await(held.close());
    }
}
