package dev.tandem.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.Task;
import dev.tandem.task.Verb;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A backup has all that a store has, and gives it to another. */
class BackupTest {
    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = new TestClock();
    private final BackupCalls backups = new BackupCalls(vertx);
    private final ReferenceTaskStore store = new ReferenceTaskStore(vertx);
    private final StoreCalls calls = new StoreCalls(vertx, store, clock, "default");

    /** Another store. */
    private final FaultyTaskStore target = FaultyTaskStore.wrap(new ReferenceTaskStore(vertx));

    private final StoreCalls there = new StoreCalls(vertx, target, clock, "default");

    @BeforeEach
    void fill() {
        for (int i = 0; i < 1_200; i++) {
            calls.request("create" + i, Tasks.create("task" + i));
            clock.advanceMillis(i % 2);
        }
        calls.delete("task7");
        calls.grant(Tasks.acquire("reports", "pod-1"));
        calls.in("other").apply(Tasks.create("elsewhere"));
    }

    @AfterEach
    void close() {
        StoreCalls.await(vertx.close());
    }

    private static void assertRefused(ThrowingCallable call, BackupException.Kind kind, String... words) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BackupException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .message()
                .contains(words)
                .hasLineCount(1);
    }

    @Test
    void backup_importedIntoAnEmptyStore_isTheSame() {
        byte[] file = backups.export(store);

        assertThat(backups.restore(file, target))
                .extracting(ImportedNamespace::namespace, ImportedNamespace::records, ImportedNamespace::applied)
                .containsExactly(tuple("default", 2_401L, 2_401L), tuple("other", 1L, 1L));
        assertThat(there.scanAll()).isEqualTo(calls.scanAll());
        assertThat(there.in("other").scanAll()).isEqualTo(calls.in("other").scanAll());
        BackupContents contents = BackupCalls.check(file);
        assertThat(contents.timeMillis()).isEqualTo(BackupCalls.TIME_MILLIS);
        assertThat(contents.version()).isEqualTo("1.2.3");
        assertThat(contents.source()).isEqualTo("a test");
        NamespaceSummary summary = contents.namespaces().get(0);
        assertThat(summary.tasks()).isEqualTo(1_199);
        assertThat(summary.tombstones()).isEqualTo(1);
        assertThat(summary.leases()).isEqualTo(1);
        assertThat(summary.requests()).isEqualTo(1_200);
        assertThat(summary.changes()).isZero();
        assertThat(summary.timeMillis()).isEqualTo(clock.millis());
        assertThat(summary.version()).isEqualTo(1_202);
    }

    @Test
    void backup_ofAnEmptyStore_isOneThatHasNothing() {
        byte[] file = backups.export(target);

        assertThat(BackupCalls.check(file).namespaces()).isEmpty();
        assertThat(backups.restore(file, target)).isEmpty();
    }

    @Test
    void export_ofSomeNamespaces_hasOnlyThese() {
        byte[] file = backups.export(store, "other");

        assertThat(BackupCalls.check(file).namespaces())
                .extracting(NamespaceSummary::namespace)
                .containsExactly("other");
        assertRefused(
                () -> backups.export(store, "other", "othre"),
                BackupException.Kind.NO_SUCH_NAMESPACE,
                "othre",
                "default, other");
        assertRefused(() -> backups.export(target, "x"), BackupException.Kind.NO_SUCH_NAMESPACE, "there is none");
    }

    @Test
    void import_ofSomeNamespaces_takesOnlyThese() {
        byte[] file = backups.export(store);

        backups.restore(file, target, Set.of("other"), false);

        assertThat(there.query(new TaskQuery.Namespaces())).containsExactly("other");
        assertRefused(
                () -> backups.restore(file, target, Set.of("third"), true),
                BackupException.Kind.NO_SUCH_NAMESPACE,
                "third",
                "default, other");
    }

    @Test
    void import_givesOutNoVersionOrTokenThatMayHaveBeenGivenOutSinceTheBackup() {
        byte[] file = backups.export(store);
        Task lost = calls.claimOne("worker");

        ImportedNamespace imported = backups.restore(file, target).get(0);

        Task again = there.claimOne("worker");
        assertThat(again.id()).isEqualTo(lost.id());
        assertThat(imported.raisedTo()).isEqualTo(1_202 + BackupImporter.RAISE);
        assertThat(StoreCalls.token(again)).isGreaterThan(imported.raisedTo());
        assertThat(imported.raisedTo()).isGreaterThan(StoreCalls.token(lost) + 1_000_000);
    }

    @Test
    void import_whileTasksAreWrittenThere_takesNoneOfThemBack() {
        byte[] file = backups.export(store, "default");
        List<Task> mine = new ArrayList<>();
        TaskStore busy = new HookedStore(
                target,
                command -> {
                    if (command.verb() instanceof Verb.Mirror mirror
                            && !mirror.records().isEmpty()
                            && mine.isEmpty()) {
                        mine.add(there.apply(Tasks.create("task0")));
                    }
                },
                query -> {});

        assertThat(backups.restore(file, busy).get(0).applied()).isEqualTo(2_400);

        assertThat(there.get("task0")).isEqualTo(mine.get(0));
    }

    @Test
    void import_intoANamespaceThatHoldsAnything_isRefusedUnlessAskedFor() {
        byte[] file = backups.export(store);
        Task mine = there.in("other").apply(Tasks.create("mine"));
        StoreCalls others = there.in("other");

        assertRefused(
                () -> backups.restore(file, target),
                BackupException.Kind.NOT_EMPTY,
                "other is not empty",
                "--into-existing");
        assertThat(others.scanAll()).containsExactly(mine);
        assertThat(there.scanAll()).as("the namespace before it").isEmpty();

        backups.restore(file, target, Set.of(), true);
        assertThat(others.get("mine")).isEqualTo(mine);
        assertThat(others.get("elsewhere")).isEqualTo(calls.in("other").get("elsewhere"));
        assertThat(there.scanAll()).isEqualTo(calls.scanAll());
    }

    @Test
    void import_intoANamespaceWithOneRecordOfAnyKind_isRefused() {
        byte[] file = backups.export(store);
        Consumer<StoreCalls> tombstone = in -> {
            in.apply(Tasks.create("a"));
            in.delete("a");
        };
        Consumer<StoreCalls> lease = in -> in.grant(Tasks.acquire("a", "b"));
        Consumer<StoreCalls> request = in -> in.request("a", new Verb.Sweep(10));
        for (Consumer<StoreCalls> each : List.of(tombstone, lease, request)) {
            TaskStore other = new ReferenceTaskStore(vertx);
            each.accept(new StoreCalls(vertx, other, clock, "default"));
            assertRefused(() -> backups.restore(file, other), BackupException.Kind.NOT_EMPTY, "default is not empty");
        }
    }

    @Test
    void import_again_changesNothing() {
        byte[] file = backups.export(store);
        backups.restore(file, target);
        Cursor end = there.query(new TaskQuery.Changes("default", null, 1)).next();

        assertThat(backups.restore(file, target, Set.of(), true)).allMatch(each -> each.applied() == 0);

        assertThat(there.query(new TaskQuery.Changes("default", null, 1)).next())
                .isEqualTo(end);
        assertThat(there.scanAll()).isEqualTo(calls.scanAll());
    }

    @Test
    void import_thatBrokeOff_isBegunAnew() {
        byte[] file = backups.export(store);
        byte[] half = Arrays.copyOf(file, file.length / 2);
        assertRefused(() -> backups.restore(half, target), BackupException.Kind.BAD_FILE, "ends too early");
        assertThat(there.scanAll()).isNotEmpty().hasSizeLessThan(2_401);

        assertRefused(() -> backups.restore(file, target), BackupException.Kind.NOT_EMPTY, "broke off");
        backups.restore(file, target, Set.of(), true);

        assertThat(there.scanAll()).isEqualTo(calls.scanAll());
        assertThat(there.in("other").scanAll()).isEqualTo(calls.in("other").scanAll());
    }

    @Test
    void exportAndImport_ofStoresThatDoNotAnswerAtOnce_tryAgain() {
        FaultyTaskStore source = FaultyTaskStore.wrap(store).refuseQueries(3);
        byte[] file = backups.export(source);
        target.applyThenLoseAck(1).loseCommand(1).overload(1).pass(1).refuse(1).refuseQueries(2);

        backups.restore(file, target);

        assertThat(there.scanAll()).isEqualTo(calls.scanAll());
    }

    @Test
    void exportAndImport_ofAStoreWhoseRecordsCannotBeRead_failAtOnce() {
        int[] calls = {0};
        StoreException failure = new StoreException(FailureKind.CORRUPT, "a record can't be read");
        byte[] file = backups.export(store);
        TaskStore corrupt = new HookedStore(
                store,
                command -> {
                    calls[0]++;
                    throw failure;
                },
                query -> {
                    calls[0]++;
                    throw failure;
                });

        assertThatThrownBy(() -> backups.export(corrupt)).isSameAs(failure);
        assertThatThrownBy(() -> backups.restore(file, corrupt)).isSameAs(failure);
        assertThatThrownBy(() -> backups.restore(file, corrupt, Set.of(), true)).isSameAs(failure);
        assertThat(calls[0]).as("calls: one for each").isEqualTo(3);
    }

    @Test
    void export_intoASinkThatFails_endsWithItsFailure() {
        RuntimeException full = new IllegalStateException("no space left");
        int[] writes = {0};

        assertThatThrownBy(() -> backups.export(store, () -> {
                    if (++writes[0] == 5) {
                        throw full;
                    }
                }))
                .isSameAs(full);
        assertThat(writes[0]).isEqualTo(5);
    }

    @Test
    void export_whileAnImportWritesToTheNamespace_saysThatChangesWereLost() {
        int[] writes = {0};
        Verb.Mirror other = new Verb.Mirror(List.of(calls.get("task1")), 5_000);

        assertRefused(
                () -> backups.export(store, () -> {
                    if (++writes[0] == 3) {
                        store.execute(calls.command(other), CallOptions.DEFAULT);
                    }
                }),
                BackupException.Kind.CHANGES_LOST,
                "default",
                "try again");
    }

    @Test
    void export_intoASlowSink_waitsForItAfterEachWrite() {
        int[] underWay = {0};
        int[] writes = {0};
        BackupSink slow = bytes -> {
            assertThat(++underWay[0]).as("writes at a time").isEqualTo(1);
            writes[0]++;
            return vertx.timer(1).onSuccess(written -> underWay[0]--).mapEmpty();
        };

        backups.exportTo(store, slow, "default");

        assertThat(writes[0]).isGreaterThan(2_401 / FrameFormat.RECORDS_MAX);
        assertThat(underWay[0]).isZero();
    }

    @Test
    void import_intoASlowStore_hasFewCommandsUnderWay() {
        byte[] file = backups.export(store, "default");
        FaultyTaskStore.Gate gate = target.holdCommands(command -> command.verb() instanceof Verb.Mirror mirror
                && !mirror.records().isEmpty());

        CompletableFuture<List<ImportedNamespace>> imported =
                CompletableFuture.supplyAsync(() -> backups.restore(file, target));
        while (gate.held() < 8) {
            Thread.onSpinWait();
        }
        backups.turn();

        assertThat(gate.held()).isEqualTo(8);
        assertThat(imported).isNotDone();
        gate.open();
        assertThat(imported.join().get(0).applied()).isEqualTo(2_401);
        assertThat(there.scanAll()).isEqualTo(calls.scanAll());
    }

    @Test
    void backup_ofTasksLargerThanAFrame_isWhole() {
        StoreCalls large = calls.in("large");
        Bytes payload = Bytes.of(new byte[5 * Limits.MIRROR_BYTES_MAX]);
        for (int i = 0; i < 5; i++) {
            large.apply(Tasks.create("large" + i, Tasks.spec().withPayload(payload)));
            large.apply(Tasks.create("small" + i));
        }

        backups.restore(backups.export(store, "large"), target);

        assertThat(there.in("large").scanAll()).isEqualTo(large.scanAll());
    }
}
