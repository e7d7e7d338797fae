package dev.tandem.robustness;

import static dev.tandem.robustness.MovingSidecar.ONE;
import static dev.tandem.robustness.MovingSidecar.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Progress;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A namespace that moves between real stores while two sidecars work on it: no call fails, and nothing is lost. */
class StoresMoveTest {
    private static final Duration CALL_MAX = Duration.ofSeconds(5);
    private static final int CLIENTS_EACH = 3;
    private static final int CALLS_BEFORE = 800;
    private static final int CALLS_BETWEEN = 200;

    enum Kind {
        SQLITE,
        REDIS,
        RAFT
    }

    /** From where to where. */
    enum Pair {
        SQLITE_TO_REDIS(Kind.SQLITE, Kind.REDIS, true),
        REDIS_TO_RAFT(Kind.REDIS, Kind.RAFT, true),
        RAFT_TO_SQLITE(Kind.RAFT, Kind.SQLITE, false);

        private final Kind source;
        private final Kind target;
        private final boolean mayLag;

        Pair(Kind source, Kind target, boolean mayLag) {
            this.source = source;
            this.target = target;
            this.mayLag = mayLag;
        }

        /** One for each test. */
        String namespace(String test) {
            return test + "-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        MovingSidecar sidecar() {
            return new MovingSidecar(vertx, store(source), store(target));
        }
    }

    @TempDir
    static Path folder;

    private static final Vertx vertx = Vertx.vertx();
    private static final Map<Kind, RealStore> stores = new EnumMap<>(Kind.class);

    private static RealStore store(Kind kind) {
        return stores.computeIfAbsent(kind, missing -> switch (kind) {
            case SQLITE -> RealStore.sqlite(vertx, folder);
            case REDIS -> RealStore.redis(vertx);
            case RAFT -> RaftMembers.start(vertx, folder);
        });
    }

    @BeforeAll
    static void startStores() {
        for (Kind kind : Kind.values()) {
            assertThat(store(kind)).isNotNull();
        }
    }

    @AfterAll
    static void closeStores() {
        stores.values().forEach(RealStore::close);
        StoreCalls.await(vertx.close());
    }

    @ParameterizedTest
    @EnumSource
    void namespace_movedThereAndBackAndThereUnderLoad_failsNoCallAndLosesNothing(Pair pair) {
        long seed = System.nanoTime();
        System.out.println(pair + ", seed " + seed);
        String namespace = pair.namespace("load");
        MovingSidecar other = pair.sidecar();
        MoveLoad load = new MoveLoad(
                vertx,
                namespace,
                List.of(pair.sidecar().router(), pair.sidecar().router()),
                CLIENTS_EACH,
                seed);
        Move move = new Move(pair, load, new MoveCoordinator(vertx, namespace, other.router()));
        load.start();
        load.awaitMore(CALLS_BEFORE);

        move.start();
        move.goToReadNewest();
        move.goToWriteSwitched();
        move.switchWrites("back");
        move.step(Phase.READ_NEWEST, 0);
        move.step(Phase.DUAL_WRITE, 0);
        move.goToReadNewest();
        move.goToWriteSwitched();
        load.stop();
        move.coordinator.deliver();
        assertSame(namespace, other, load.deleted());
        load.start();
        move.step(Phase.SINGLE, 0);
        load.stop();

        assertThat(move.coordinator.policy()).satisfies(policy -> {
            assertThat(policy.phase()).isEqualTo(Phase.SINGLE);
            assertThat(policy.source()).isEqualTo(TWO);
        });
        load.check();
        System.out.println(pair + ": " + load.answered() + " calls");
    }

    private record Move(Pair pair, MoveLoad load, MoveCoordinator coordinator) {
        void start() {
            coordinator.start(TWO, pair.mayLag);
            load.awaitMore(CALLS_BETWEEN);
        }

        void goToReadNewest() {
            System.out.println(pair + ": " + coordinator.backfill() + " pages copied");
            step(Phase.READ_NEWEST, 0);
        }

        void goToWriteSwitched() {
            step(Phase.READ_SWITCHED, 30);
            step(Phase.READ_SWITCHED, 100);
            switchWrites("there");
        }

        void step(Phase phase, int readPercent) {
            coordinator.move(phase, readPercent);
            load.awaitMore(CALLS_BETWEEN);
        }

        /** Tells how long it took, and how long the calls took that it has met. */
        void switchWrites(String where) {
            long begun = System.nanoTime();
            coordinator.switchWrites();
            long ended = System.nanoTime();
            load.awaitMore(CALLS_BETWEEN);
            System.out.printf(
                    "%s, %s: writes switched in %.1f ms; the longest write that met it took %s%n",
                    pair, where, (ended - begun) / 1e6, load.longestWrite(begun, ended));
        }
    }

    /** Fails unless both stores hold the same, and none of these tasks. */
    private static void assertSame(String namespace, MovingSidecar sidecar, Set<String> deleted) {
        List<StoredRecord> one = scan(namespace, sidecar.store(ONE));
        List<StoredRecord> two = scan(namespace, sidecar.store(TWO));
        assertThat(only(Task.class, one)).isNotEmpty().isEqualTo(only(Task.class, two));
        assertThat(only(LeaderLease.class, one)).isNotEmpty().isEqualTo(only(LeaderLease.class, two));
        assertThat(deleted).isNotEmpty();
        for (List<StoredRecord> records : List.of(one, two)) {
            assertThat(only(Task.class, records)).extracting(Task::id).doesNotContainAnyElementsOf(deleted);
            assertThat(only(Tombstone.class, records)).extracting(Tombstone::id).containsAll(deleted);
        }
    }

    private static List<StoredRecord> scan(String namespace, TaskStore store) {
        return calls(namespace, store).scanAll();
    }

    private static <R> List<R> only(Class<R> kind, List<StoredRecord> records) {
        return records.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static StoreCalls calls(String namespace, TaskStore store) {
        return new StoreCalls(vertx, store, new TestClock(), namespace);
    }

    /** A claim that is repeated gets what it got, also when the lease was renewed and the claim was repeated before the switch. */
    @ParameterizedTest
    @EnumSource
    void request_repeatedAfterTheMove_isKnownAgain(Pair pair) {
        String namespace = pair.namespace("requests");
        MovingSidecar sidecar = pair.sidecar();
        StoreCalls calls = calls(namespace, sidecar.router());
        MoveCoordinator coordinator = new MoveCoordinator(vertx, namespace, sidecar.router());
        calls.request("create", Tasks.create("gone"));
        Outcome deleted = calls.request("delete", Tasks.delete("gone"));
        Outcome granted = calls.request("acquire", Tasks.acquire("s", "h"));
        for (int i = 0; i < 5; i++) {
            calls.apply(Tasks.create("t" + i));
        }
        coordinator.start(TWO, pair.mayLag);
        coordinator.backfill();
        coordinator.move(Phase.READ_NEWEST);
        coordinator.move(Phase.READ_SWITCHED, 100);
        List<Task> claimed = ((Outcome.Claimed) calls.request("claim", Tasks.claim("w", 4))).tasks();
        assertThat(claimed).hasSize(4);
        claimed.forEach(
                task -> calls.apply(new Verb.Renew(task.id(), StoreCalls.token(task), 0, new Progress(50, ""))));
        List<Task> repeated = ((Outcome.Claimed) calls.request("claim", Tasks.claim("w", 4))).tasks();
        assertThat(repeated).extracting(Task::id).containsExactlyInAnyOrderElementsOf(ids(claimed));

        coordinator.switchWrites();

        assertThat(((Outcome.Claimed) calls.request("claim", Tasks.claim("w", 4))).tasks())
                .containsExactlyInAnyOrderElementsOf(repeated);
        assertThat(calls.request("delete", Tasks.delete("gone"))).isEqualTo(deleted);
        assertThat(calls.request("acquire", Tasks.acquire("s", "h"))).isEqualTo(granted);
        calls.request("create", Tasks.create("gone"));
        assertThat(calls.find("gone")).isEmpty();
    }

    private static List<String> ids(List<Task> tasks) {
        return tasks.stream().map(Task::id).toList();
    }

    /** Sidecars that learned the policy before the move, and make their next calls after it. */
    @ParameterizedTest
    @EnumSource
    void sidecar_thatSleptThroughTheMove_isFencedAndGoesOnInTheNewStore(Pair pair) {
        String namespace = pair.namespace("sleeper");
        MovingSidecar awake = pair.sidecar();
        StoreCalls calls = calls(namespace, awake.router());
        MoveCoordinator coordinator = new MoveCoordinator(vertx, namespace, awake.router());
        calls.apply(Tasks.create("t"));
        calls.apply(Tasks.create("gone"));
        long token = calls.grant(Tasks.acquire("s", "awake")).token();
        List<MovingSidecar> sleepers = List.of(pair.sidecar(), pair.sidecar(), pair.sidecar(), pair.sidecar());
        sleepers.forEach(sleeper ->
                assertThat(calls(namespace, sleeper.router()).find("gone")).isPresent());

        coordinator.start(TWO, pair.mayLag);
        coordinator.backfill();
        coordinator.move(Phase.READ_NEWEST);
        coordinator.move(Phase.READ_SWITCHED, 100);
        Policy switched = coordinator.switchWrites();
        calls.apply(Tasks.update("t").priority(1).verb());
        calls.delete("gone");

        assertWakes(namespace, calls, sleepers.get(0), sleepers.get(1), token);
        assertFences(namespace, awake.store(ONE), switched);

        coordinator.move(Phase.SINGLE);

        assertWakes(namespace, calls, sleepers.get(2), sleepers.get(3), token);
        assertFences(namespace, awake.store(ONE), switched);
    }

    private static void assertWakes(
            String namespace, StoreCalls awake, MovingSidecar writer, MovingSidecar reader, long token) {
        StoreCalls writes = calls(namespace, writer.router());
        StoreCalls reads = calls(namespace, reader.router());
        assertThat(reads.get("t").spec().priority()).isEqualTo(1);
        assertThat(reads.find("gone")).isEmpty();
        assertThat(reader.fencedByOne()).isEqualTo(1);

        Task written = writes.apply(Tasks.update("t").priority(2).verb());
        assertThat(writer.fencedByOne()).isEqualTo(1);
        assertThat(awake.get("t")).isEqualTo(written);
        assertThat(reads.get("t")).isEqualTo(written);
        writes.reject(Tasks.acquire("s", "sleeper"), Outcome.Reason.LEASE_HELD);
        assertThat(awake.query(new TaskQuery.GetLease(namespace, "s")))
                .hasValueSatisfying(lease -> assertThat(lease.token()).isEqualTo(token));
        awake.apply(Tasks.update("t").priority(1).verb());
    }

    /** What a call of an old policy comes to in the store that was left. */
    private static void assertFences(String namespace, TaskStore left, Policy switched) {
        StoreCalls calls = calls(namespace, left);
        for (long epoch : List.of(0L, switched.epoch() - 1)) {
            TaskCommand late = calls.command(Tasks.create("late")).withEpoch(epoch);
            assertThat(calls.failure(late, CALL_MAX).kind())
                    .as("a command of epoch %s", epoch)
                    .isEqualTo(FailureKind.FENCED);
            CallOptions read = CallOptions.DEFAULT.withEpoch(epoch);
            assertThat(StoreCalls.failureOf(calls.start(() -> left.query(new TaskQuery.Get(namespace, "t"), read)))
                            .kind())
                    .as("a read of epoch %s", epoch)
                    .isEqualTo(FailureKind.FENCED);
        }
        // It is the store's own epoch, and still none of its business.
        assertThat(calls.failure(calls.command(Tasks.create("late")).withEpoch(switched.epoch()), CALL_MAX)
                        .kind())
                .isEqualTo(FailureKind.FENCED);
        assertThat(calls.find("late")).isEmpty();
    }
}
