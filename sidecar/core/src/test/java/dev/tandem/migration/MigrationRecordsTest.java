package dev.tandem.migration;

import static dev.tandem.migration.MoveStage.NS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.migration.Difference.Kind;
import dev.tandem.migration.Migration.Comparison;
import dev.tandem.migration.Migration.Event;
import dev.tandem.migration.Migration.Walk;
import dev.tandem.migration.MigrationRecords.Kept;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.task.Bytes;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The records of moves in two stores, of which either may be away at any time. */
final class MigrationRecordsTest {
    private final MoveStage stage = new MoveStage();
    private final MigrationRecords records = stage.records();
    private final Migration first = Migration.begun(NS, "a", "b", new Event(5, "jane", "begun", "from epoch 0"));

    private CallOptions soon() {
        return new CallOptions(
                stage.sidecar.host().nanoTime() + Duration.ofSeconds(5).toNanos(), Consistency.LINEARIZABLE);
    }

    private Kept created() {
        return stage.sim.await(records.create(first, soon()));
    }

    private Kept read() {
        return stage.sim.await(records.read(first, soon()));
    }

    private static UnaryOperator<Migration> noting(String what) {
        return migration -> migration.with(new Event(6, "jane", what, ""));
    }

    private Kept change(Kept kept, String what) {
        return stage.sim.await(records.change(kept, noting(what), soon()));
    }

    private List<String> what(Kept kept) {
        return MoveStage.what(kept.migration());
    }

    @Test
    void create_isInBothStores_underAnIdOfItsOwn() {
        Kept kept = created();

        assertThat(kept.versions()).containsOnlyKeys("a", "b");
        assertThat(read()).isEqualTo(kept);
        assertThat(read().isEven()).isTrue();
        assertThat(first.id()).isEqualTo("default/5");
        assertThatThrownBy(this::created).isInstanceOf(StepRefused.class).hasMessageContaining("look at it again");
        assertThat(read()).isEqualTo(kept);
    }

    @Test
    void create_oneStoreAway_isRefused_andLeavesNothingOpen() {
        for (String away : List.of("a", "b")) {
            stage.sim.down(away, true);
            assertThatThrownBy(this::created)
                    .isInstanceOf(StepRefused.class)
                    .hasMessage("a move can't be begun while one of its stores does not answer");
            stage.sim.down(away, false);
            assertThat(stage.sim.await(records.open(NS, soon()))).isEmpty();
            stage.sim.execute("a", MigrationRecords.NAMESPACE, Tasks.delete(first.id()));
            stage.sim.execute("b", MigrationRecords.NAMESPACE, Tasks.delete(first.id()));
        }
    }

    @Test
    void change_oneStoreAway_isKeptInTheOther_andGoesToBothWhenItIsBack() {
        for (String away : List.of("a", "b")) {
            Kept kept = away.equals("a") ? created() : read();
            stage.sim.down(away, true);
            Kept changed = change(kept, "without " + away);
            stage.sim.down(away, false);

            Kept now = read();
            assertThat(now.migration()).isEqualTo(changed.migration());
            assertThat(now.isEven()).isFalse();

            change(now, "with " + away);
            assertThat(read().isEven()).isTrue();
            assertThat(what(read())).endsWith("without " + away, "with " + away);
        }
    }

    @Test
    void change_bothStoresAway_fails() {
        Kept kept = created();
        stage.sim.down("a", true);
        stage.sim.down("b", true);

        assertThatThrownBy(() -> change(kept, "lost")).hasMessageContaining("the store is down");

        stage.sim.down("a", false);
        stage.sim.down("b", false);
        assertThat(read()).isEqualTo(kept);
    }

    @Test
    void change_twoAtOnce_bothAreKept() {
        Kept kept = created();

        Future<Kept> one = records.change(kept, noting("one"), soon());
        Future<Kept> two = records.change(kept, noting("two"), soon());
        stage.sim.await(one);
        stage.sim.await(two);

        assertThat(what(read())).containsExactlyInAnyOrder("begun", "one", "two");
        assertThat(read().migration().revision()).isEqualTo(2);
        // One of them may have met the other in the second store; the next change, such as a coordinator's, evens that.
        change(read(), "next");
        assertThat(read().isEven()).isTrue();
    }

    /** The retry after a lost answer once kept the same step twice. */
    @Test
    void change_whoseAnswerIsLost_isKeptOnce() {
        Kept kept = created();
        int[] updates = {0};
        stage.sim.hook = (sidecar, store, call) -> {
            if (call instanceof TaskCommand command
                    && command.verb() instanceof Verb.Update update
                    && updates[0]++ < 2) {
                stage.sim.execute(store, MigrationRecords.NAMESPACE, update);
                throw new StoreException(FailureKind.MAYBE_APPLIED, "lost");
            }
        };

        Kept changed = change(kept, "once");

        assertThat(what(changed)).containsExactly("begun", "once");
        assertThat(what(read())).containsExactly("begun", "once");
    }

    @Test
    void copies_thatDiffer_theHigherRevisionHolds() {
        Kept kept = created();
        Kept ahead =
                new Kept(first.revised().revised(), Map.of("b", kept.versions().get("b")), false, true);
        change(kept, "in both");
        Migration newer = noting("in b alone").apply(ahead.migration());
        stage.sim.execute(
                "b",
                MigrationRecords.NAMESPACE,
                Tasks.update(first.id())
                        .payload(Bytes.of(newer.toJson().toBuffer().getBytes()))
                        .verb());

        assertThat(what(read())).endsWith("in b alone");
        assertThat(stage.sim.await(records.all(NS, false, soon())))
                .singleElement()
                .satisfies(found -> assertThat(found.migration()).isEqualTo(newer));
    }

    @Test
    void end_oneStoreAway_isOverForAll() {
        Kept kept = created();
        stage.sim.down("b", true);
        stage.sim.await(records.end(kept, soon()));
        stage.sim.down("b", false);

        assertThat(read().isOver()).isTrue();
        assertThat(stage.sim.await(records.open(NS, soon()))).isEmpty();
        assertThatThrownBy(() -> change(read(), "more"))
                .isInstanceOf(StepRefused.class)
                .hasMessage("the move default/5 is over");
    }

    @Test
    void end_twice_isTheSame() {
        Kept kept = created();
        stage.sim.await(records.end(kept, soon()));

        assertThat(stage.sim.await(records.end(kept, soon())).isOver()).isTrue();
        assertThat(read().isOver()).isTrue();
        assertThat(stage.sim.records("a", MigrationRecords.NAMESPACE, RecordKind.TASK))
                .allSatisfy(
                        record -> assertThat(((Task) record).state().isFinal()).isTrue());
    }

    @Test
    void all_newestFirst_ofOneNamespaceOrAll() {
        Migration second = Migration.begun(NS, "b", "a", new Event(9, "jane", "begun", ""));
        Migration other = Migration.begun("other", "a", "b", new Event(7, "jane", "begun", ""));
        stage.sim.await(records.end(created(), soon()));
        stage.sim.await(records.create(second, soon()));
        stage.sim.await(records.create(other, soon()));

        assertThat(migrations(null, true)).containsExactly(second, other, first);
        assertThat(migrations(null, false)).containsExactly(second, other);
        assertThat(migrations(NS, true)).containsExactly(second, first);
        stage.sim.down("a", true);
        assertThat(migrations(NS, false)).containsExactly(second);
    }

    private List<Migration> migrations(@Nullable String namespace, boolean isOver) {
        return stage.sim.await(records.all(namespace, isOver, soon())).stream()
                .map(Kept::migration)
                .toList();
    }

    @Test
    void record_thatCantBeRead_isToldInASentence_andHidesNoOther() {
        Migration other = Migration.begun("other", "a", "b", new Event(7, "jane", "begun", ""));
        stage.sim.await(records.create(other, soon()));
        for (String store : List.of("a", "b")) {
            stage.sim.execute(store, MigrationRecords.NAMESPACE, unreadable("default/5", "{\"v\":2}"));
        }

        assertThatThrownBy(() -> migrations(NS, true))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT))
                .hasMessageMatching("the record of the move default/5 in [ab] can't be read: the record of a move is in"
                        + " format 2; this version reads format 1: use a newer one");
        assertThatThrownBy(this::read).hasMessageContaining("can't be read");
        assertThat(migrations(null, true)).containsExactly(other);
        assertThat(migrations("other", true)).containsExactly(other);
    }

    @Test
    void record_thatIsDamaged_isToldInASentence_andReadInTheOtherStore() {
        created();
        stage.sim.execute("a", MigrationRecords.NAMESPACE, Tasks.delete("default/5"));
        stage.sim.execute("a", MigrationRecords.NAMESPACE, unreadable("default/5", "{\"v\":1}"));
        assertThat(migrations(NS, true)).containsExactly(first);
        assertThat(read().migration()).isEqualTo(first);

        stage.sim.down("b", true);
        assertThatThrownBy(() -> migrations(NS, true))
                .hasMessage("the record of the move default/5 in a can't be read: it is damaged");
    }

    private static Verb.Create unreadable(String id, String json) {
        return Tasks.create(id, Tasks.spec().withPayload(Tasks.bytes(json)).withLabels(Map.of("namespace", NS)));
    }

    @Test
    void json_hasAllOfIt() {
        Difference difference = new Difference(new RecordName(RecordKind.LEASE, "s"), Kind.EXTRA, 0, 7);
        Migration full = noting("more")
                .apply(first.revised()
                        .withPaused(true)
                        .withCopied(new Walk(ScanPosition.begin(RecordKind.LEASE), 3, 4, 5, 0))
                        .withVerified(new Comparison(new Walk(null, 6, 7, 8, 9), 10, 11, List.of(difference))));

        assertThat(Migration.of(full.toJson())).isEqualTo(full);
        assertThat(full.toJson().encode())
                .isEqualTo("{\"v\":1,\"id\":\"default/5\",\"revision\":1,\"namespace\":\"default\",\"source\":\"a\","
                        + "\"target\":\"b\",\"startedAt\":5,\"paused\":true,"
                        + "\"copied\":{\"next\":[3,0,0,\"\"],\"done\":3,\"total\":4,\"beganAt\":5,\"endedAt\":0},"
                        + "\"verified\":{\"next\":null,\"done\":6,\"total\":7,\"beganAt\":8,\"endedAt\":9,"
                        + "\"inFlight\":10,\"differing\":11,\"differences\":[{\"recordKind\":\"LEASE\",\"name\":\"s\","
                        + "\"kind\":\"EXTRA\",\"authorityVersion\":0,\"mirrorVersion\":7}]},"
                        + "\"events\":[{\"at\":5,\"who\":\"jane\",\"what\":\"begun\",\"evidence\":\"from epoch 0\"},"
                        + "{\"at\":6,\"who\":\"jane\",\"what\":\"more\",\"evidence\":\"\"}]}");
    }

    @Test
    void events_areKeptUpToALimit_theNewest() {
        Migration migration = first;
        for (int i = 0; i < 2 * Migration.EVENTS_MAX; i++) {
            migration = noting("event " + i).apply(migration);
        }

        assertThat(migration.events()).hasSize(Migration.EVENTS_MAX);
        assertThat(MoveStage.what(migration)).endsWith("event " + (2 * Migration.EVENTS_MAX - 1));
    }
}
