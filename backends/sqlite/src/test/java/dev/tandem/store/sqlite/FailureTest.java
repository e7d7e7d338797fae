package dev.tandem.store.sqlite;

import static dev.tandem.store.sqlite.Stores.NS;
import static dev.tandem.store.sqlite.Stores.QUEUE;
import static dev.tandem.store.sqlite.Stores.await;
import static dev.tandem.store.sqlite.Stores.claimed;
import static dev.tandem.store.sqlite.Stores.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Applied;
import dev.tandem.task.RequestKey;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;

/** Bad days: what the disk, other programs and damaged records do to a call, and what they must not do to others. */
class FailureTest {
    @TempDir
    Path folder;

    private final Stores stores = new Stores();
    private final FailingSession.Plan plan = new FailingSession.Plan();
    private Path file;
    private SqliteTaskStore store;

    @BeforeEach
    void open() {
        file = folder.resolve("tandem.db");
        store = stores.open(
                Stores.quick(file).withTimeouts(Duration.ofMillis(50), Duration.ofSeconds(10)), plan.opener());
    }

    @AfterEach
    void close() {
        stores.close();
    }

    /** Does something to the file behind the store's back. */
    private void behindItsBack(String sql) throws SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                java.sql.Statement statement = other.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private List<String> listed() {
        return Stores.ask(store, new TaskQuery.ListTasks(NS, TaskFilter.ALL, false, null, 100)).tasks().stream()
                .map(Task::id)
                .toList();
    }

    @Test
    void execute_diskIsFull_isNotAppliedAndGoesOnWhenThereIsRoom() {
        plan.limitPages(60);
        TaskSpec spec = TaskSpec.of(QUEUE, Bytes.of(new byte[8_000])).withLabels(Map.of("a", "b"));
        int created = 0;
        StoreException full = null;
        while (full == null && created < 100) {
            Future<Outcome> outcome = Stores.execute(store, 1, Stores.create("t" + created, spec));
            try {
                await(outcome);
                created++;
            } catch (StoreException e) {
                full = e;
            }
        }

        assertThat(full).isNotNull();
        assertThat(full.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(full).hasMessageContaining("the disk of " + file + " is full; make room");
        assertThat(created).isBetween(1, 40);
        assertThat(listed()).hasSize(created);
        assertThat(Stores.ask(store, new TaskQuery.Count(NS, TaskFilter.ALL)).total())
                .isEqualTo(created);
        assertThat(Stores.get(store, "t" + created)).isEmpty();
        long version = Stores.get(store, "t" + (created - 1)).orElseThrow().version();

        plan.limitPages(0);
        Task next = Stores.applied(Stores.run(store, 2, Stores.create("t" + created, spec)));

        assertThat(next.version()).isEqualTo(version + 1);
        assertThat(Stores.ask(store, new TaskQuery.Count(NS, TaskFilter.ALL)).total())
                .isEqualTo(created + 1);
        assertThat(plan.opened()).isEqualTo(1);
    }

    @Test
    void execute_diskIsFullAtTheCommit_isNotApplied() {
        plan.failBeforeNextCommit(SQLiteErrorCode.SQLITE_FULL);

        StoreException full = failure(Stores.execute(store, 1, Stores.create("one")));

        assertThat(full.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(Stores.get(store, "one")).isEmpty();
        assertThat(Stores.run(store, 2, Stores.create("one"))).isInstanceOf(Applied.class);
    }

    @Test
    void execute_diskFailsAtTheCommit_mayBeAppliedAndTheFileIsOpenedAnew() {
        Stores.run(store, 1, Stores.create("before"));
        plan.failAfterNextCommit(SQLiteErrorCode.SQLITE_IOERR);
        StoreException applied = failure(Stores.execute(store, 1, Stores.create("applied")));
        plan.failBeforeNextCommit(SQLiteErrorCode.SQLITE_IOERR);
        StoreException lost = failure(Stores.execute(store, 1, Stores.create("lost")));

        Task next = Stores.applied(Stores.run(store, 2, Stores.create("next")));

        assertThat(List.of(applied.kind(), lost.kind())).containsOnly(FailureKind.MAYBE_APPLIED);
        assertThat(applied).hasMessageContaining("check the disk").hasMessageContaining("is not known");
        assertThat(listed()).containsExactly("applied", "before", "next");
        assertThat(next.version())
                .isGreaterThan(Stores.get(store, "applied").orElseThrow().version());
        assertThat(plan.opened()).isEqualTo(3);
    }

    @Test
    void execute_fileCantBeOpenedAnew_isNotAppliedUntilItCan() {
        plan.refuseToOpen(true);
        plan.failBeforeNextCommit(SQLiteErrorCode.SQLITE_IOERR);
        failure(Stores.execute(store, 1, Stores.create("lost")));

        StoreException refused = failure(Stores.execute(store, 2, Stores.create("refused")));
        assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(refused).hasMessageContaining("can't be opened; give this process access");

        plan.refuseToOpen(false);
        assertThat(Stores.run(store, 3, Stores.create("next"))).isInstanceOf(Applied.class);
        assertThat(listed()).containsExactly("next");
    }

    @Test
    void file_isDamaged_callsSaySoAndNothingIsMadeUp() throws Exception {
        for (int i = 0; i < 200; i++) {
            Stores.run(store, 1, Stores.create("t" + i));
        }
        await(store.close());
        byte[] bytes = Files.readAllBytes(file);
        // The first page has the schema; all behind it is scribbled over.
        Arrays.fill(bytes, 4096, bytes.length, (byte) 0x5a);
        Files.write(file, bytes);

        SqliteTaskStore damaged = stores.open(Stores.quick(file));
        StoreException read = failure(damaged.query(new TaskQuery.Get(NS, "t1"), CallOptions.DEFAULT));
        StoreException written = failure(Stores.execute(damaged, 2, Stores.create("new")));

        assertThat(List.of(read.kind(), written.kind())).containsOnly(FailureKind.CORRUPT);
        assertThat(written).hasMessageContaining(file + " is damaged; restore it from a backup");
    }

    @Test
    void execute_oneCommandBreaksInTheMiddle_onlyItFails() {
        FailingSession.Gate gate = plan.holdNextCommit();
        Future<Outcome> first = Stores.execute(store, 1, Stores.create("first"));
        gate.awaitReached();
        plan.breakStatement(Sql.LABEL_ADD);
        TaskSpec labelled = TaskSpec.of(QUEUE, Bytes.EMPTY).withLabels(Map.of("a", "b"));
        Future<Outcome> one = Stores.execute(store, 2, Stores.create("one"));
        Future<Outcome> broken = Stores.execute(store, 2, Stores.create("broken", labelled));
        Future<Outcome> two = Stores.execute(store, 2, Stores.create("two"));
        gate.open();

        assertThat(failure(broken).kind()).isEqualTo(FailureKind.NOT_APPLIED);
        await(Future.join(first, one, two));
        assertThat(listed()).containsExactly("first", "one", "two");
        assertThat(Stores.applied(await(two)).version()).isEqualTo(3);
        assertThat(Stores.ask(store, new TaskQuery.Count(NS, TaskFilter.ALL)).total())
                .isEqualTo(3);
    }

    @Test
    void execute_fileIsLocked_waitsThenFailsAsNotAppliedThenGoesOn() throws Exception {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                java.sql.Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            StoreException busy = failure(Stores.execute(store, 1, Stores.create("one")));
            assertThat(busy.kind()).isEqualTo(FailureKind.NOT_APPLIED);
            assertThat(busy).hasMessageContaining("locked by another program");
            assertThat(Stores.get(store, "one")).isEmpty();
            statement.execute("COMMIT");
        }

        assertThat(Stores.run(store, 2, Stores.create("one"))).isInstanceOf(Applied.class);
    }

    @Test
    void corruptRecord_callsThatNameIt_failAndAllOthersGoOn() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            Stores.run(store, 1, Stores.create(id));
        }
        behindItsBack("UPDATE task SET record = x'0102' WHERE id = 'a'");

        assertThat(failure(store.query(new TaskQuery.Get(NS, "a"), CallOptions.DEFAULT))
                        .kind())
                .isEqualTo(FailureKind.CORRUPT);
        FailingSession.Gate gate = plan.holdNextCommit();
        Future<Outcome> before = Stores.execute(store, 2, Stores.create("d"));
        gate.awaitReached();
        Future<Outcome> damaged = Stores.execute(store, 2, new Verb.Cancel("a", 0, ""));
        Future<Outcome> neighbour = Stores.execute(store, 2, new Verb.Cancel("b", 0, ""));
        gate.open();

        StoreException corrupt = failure(damaged);
        assertThat(corrupt.kind()).isEqualTo(FailureKind.CORRUPT);
        assertThat(corrupt).hasMessageContaining("can't be read");
        assertThat(await(neighbour)).isInstanceOf(Applied.class);
        assertThat(await(before)).isInstanceOf(Applied.class);
        assertThat(listed()).containsExactly("b", "c", "d");
        var changes = Stores.ask(store, new TaskQuery.Changes(NS, new Cursor(List.of(0L)), 100));
        assertThat(changes.changes()).extracting(change -> change.taskId()).containsExactly("c", "d", "b");
        assertThat(Stores.ask(store, new TaskQuery.Changes(NS, changes.next(), 100))
                        .changes())
                .isEmpty();
    }

    @Test
    void corruptRecord_firstInItsQueue_claimsPassIt() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            Stores.run(store, 1, Stores.create(id));
        }
        behindItsBack("UPDATE task SET record = x'54' WHERE id = 'a'");

        assertThat(claimed(Stores.run(store, 2, Stores.claim(1))))
                .extracting(Task::id)
                .containsExactly("b");
        assertThat(claimed(Stores.run(store, 3, Stores.claim(10))))
                .extracting(Task::id)
                .containsExactly("c");
        assertThat(claimed(Stores.run(store, 4, Stores.claim(10)))).isEmpty();
    }

    @Test
    void corruptRecord_leased_sweepsPassIt() throws Exception {
        for (String id : List.of("a", "b")) {
            Stores.run(store, 1, Stores.create(id));
        }
        claimed(Stores.run(store, 2, Stores.claim(2)));
        behindItsBack("UPDATE task SET record = x'' WHERE id = 'a'");

        Outcome swept = Stores.run(store, 100_000, new Verb.Sweep(1));
        Outcome again = Stores.run(store, 100_001, new Verb.Sweep(10));

        assertThat(swept).isEqualTo(new Outcome.Swept(1, 0, true));
        assertThat(again).isEqualTo(new Outcome.Swept(0, 0, false));
    }

    private long rows(String table) throws SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                java.sql.Statement statement = other.createStatement();
                java.sql.ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static final TaskFilter BLUE =
            new TaskFilter(Set.of(), Set.of(), Set.of(), "", Map.of("color", "blue"), 0, Long.MAX_VALUE);

    @Test
    void corruptRecord_deletedWithoutAnEtag_isGoneWithAllItIsFoundBy() throws Exception {
        TaskSpec blue = TaskSpec.of(QUEUE, Bytes.EMPTY).withLabels(Map.of("color", "blue"));
        Map<String, String> parts = Map.of("node-1", "l1", "node-2", "l2");
        Stores.run(store, 1, new Verb.Create("a", blue, 0, 0, parts));
        long version = Stores.applied(Stores.run(store, 1, new Verb.Create("b", blue, 0, 0, parts)))
                .version();
        behindItsBack("UPDATE task SET record = x'0102' WHERE id = 'a'");

        StoreException withEtag = failure(Stores.execute(store, 2, new Verb.Delete("a", 1)));
        assertThat(withEtag.kind()).isEqualTo(FailureKind.CORRUPT);
        assertThat(withEtag).hasMessageContaining("delete the task without an etag");
        assertThat(rows("task")).isEqualTo(2);
        assertThat(rows("tombstone")).isZero();

        TaskCommand delete = new TaskCommand(NS, 3, new RequestKey("r1", 17, 60_000), new Verb.Delete("a", 0));
        Outcome deleted = await(store.execute(delete, CallOptions.DEFAULT));

        assertThat(deleted).isEqualTo(new Outcome.Deleted("a", version + 1));
        assertThat(await(store.execute(delete, CallOptions.DEFAULT))).isEqualTo(deleted);
        assertThat(Stores.get(store, "a")).isEmpty();
        assertThat(List.of(rows("task"), rows("label"), rows("part"), rows("tombstone")))
                .containsExactly(1L, 1L, 2L, 1L);
        assertThat(Stores.ask(store, new TaskQuery.Count(NS, TaskFilter.ALL)).total())
                .isEqualTo(1);
        assertThat(Stores.ask(store, new TaskQuery.Count(NS, BLUE)).total()).isEqualTo(1);
        var changes = Stores.ask(store, new TaskQuery.Changes(NS, new Cursor(List.of(version)), 10));
        assertThat(changes.changes()).containsExactly(Change.deleted("a", version + 1, 3));
        assertThat(Stores.applied(Stores.run(store, 4, Stores.create("a"))).version())
                .isEqualTo(version + 2);
        assertThat(Stores.ask(store, new TaskQuery.Count(NS, BLUE)).total()).isEqualTo(1);
    }

    @Test
    void corruptRecord_amongThoseOfARepeatedClaim_theOthersAreGiven() throws Exception {
        for (String id : List.of("a", "b")) {
            Stores.run(store, 1, Stores.create(id));
        }
        TaskCommand claim = new TaskCommand(NS, 2, new RequestKey("r1", 17, 60_000), Stores.claim(2));
        await(store.execute(claim, CallOptions.DEFAULT));
        behindItsBack("UPDATE task SET record = x'0102' WHERE id = 'a'");

        assertThat(claimed(await(store.execute(claim, CallOptions.DEFAULT))))
                .extracting(Task::id)
                .containsExactly("b");
    }

    @Test
    void corruptRecord_retentionIsOverOrPruned_sweepsPassIt() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            TaskSpec spec = TaskSpec.of(QUEUE, Bytes.EMPTY).withRetentionMillis(1_000);
            Stores.run(store, 1, Stores.create(id, spec));
            Stores.run(store, 2, new Verb.Cancel(id, 0, ""));
        }
        behindItsBack("UPDATE task SET record = x'54' WHERE id = 'a'");
        Outcome swept = Stores.run(store, 100_000, new Verb.Sweep(1));
        behindItsBack("UPDATE task SET record = x'54' WHERE id = 'c'");
        Verb prune = new Verb.Prune(Set.of(TaskState.CANCELED), 50_000, 10);
        Outcome pruned = Stores.run(store, 100_001, prune);

        assertThat(swept).isEqualTo(new Outcome.Swept(0, 1, true));
        assertThat(pruned).isEqualTo(new Outcome.Swept(0, 0, false));
        assertThat(Stores.run(store, 100_002, new Verb.Sweep(10))).isEqualTo(new Outcome.Swept(0, 0, false));
        for (String id : List.of("a", "c")) {
            assertThat(Stores.run(store, 100_003, new Verb.Delete(id, 0))).isInstanceOf(Outcome.Deleted.class);
        }
        assertThat(List.of(rows("task"), rows("tally"))).containsOnly(0L);
    }
}
