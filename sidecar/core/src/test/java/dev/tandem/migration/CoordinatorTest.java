package dev.tandem.migration;

import static dev.tandem.migration.MoveStage.NS;
import static dev.tandem.migration.MoveStage.STOP_MAX;
import static dev.tandem.migration.MoveStage.order;
import static dev.tandem.migration.MoveStage.what;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tandem.migration.Migration.Comparison;
import dev.tandem.migration.Migration.Walk;
import dev.tandem.routing.Phase;
import dev.tandem.routing.SimStage.Sidecar;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Gate;
import dev.tandem.task.Limits;
import dev.tandem.task.RecordKind;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The work that goes on between an operator's steps, and who does it. */
final class CoordinatorTest {
    /** More than are copied in one round, if the stores take their time. */
    private static final int MANY = 20 * Backfill.PAGE;

    private static final Duration SLOW = Duration.ofMillis(50);

    private final MoveStage stage = new MoveStage();

    private Migration migration() {
        return stage.status().migration();
    }

    /** The places at which a sidecar has begun to copy pages. */
    private List<ScanPosition> copiedFrom(Sidecar by) {
        List<ScanPosition> places = new ArrayList<>();
        stage.sim.hook = (sidecar, store, call) -> {
            if (sidecar == by && store.equals("a") && call instanceof TaskQuery.Scan scan) {
                places.add(scan.after() == null ? ScanPosition.begin(RecordKind.TASK) : scan.after());
            }
        };
        return places;
    }

    @Test
    void backfill_ofMoreThanABatch_copiesAll_andCountsThem() {
        stage.createTasks(Backfill.PAGE + 3 * Limits.MIRROR_MAX + 7);
        stage.sim.execute("a", NS, Tasks.acquire("scope", "pod"));
        stage.sim.await(stage.migrations.start(order(), new Migrations.Start("b", true, false)));
        stage.coordinator(stage.sim.sidecar(), "coordinator");

        stage.sim.runUntil(() -> migration().copied().isOver());

        assertThat(migration().copied().done()).isEqualTo(Backfill.PAGE + 3 * Limits.MIRROR_MAX + 8);
        assertThat(migration().copied().total()).isEqualTo(Backfill.PAGE + 3 * Limits.MIRROR_MAX + 8);
        assertThat(stage.tasks("b")).isEqualTo(stage.tasks("a"));
    }

    @Test
    void coordinator_dies_anotherOneGoesOnWhereTheRecordSays() {
        stage.createTasks(MANY);
        stage.sim.slow("b", SLOW);
        stage.sim.await(stage.migrations.start(order(), new Migrations.Start("b", true, false)));
        Sidecar mortal = stage.sim.sidecar();
        stage.coordinator(mortal, "mortal");
        stage.sim.runUntil(() -> migration().copied().done() > 0);
        Sidecar heir = stage.sim.sidecar();
        stage.coordinator(heir, "heir");
        stage.sim.pass(Duration.ofMillis(200));
        mortal.kill();
        Walk kept = migration().copied();
        assertThat(kept.isOver()).isFalse();
        List<ScanPosition> places = copiedFrom(heir);

        stage.sim.pass(Duration.ofMillis(Coordinator.LEASE_MILLIS - 1_000));
        assertThat(places).as("while the lease holds").isEmpty();
        stage.sim.runUntil(() -> migration().copied().isOver());

        assertThat(places.get(0)).isEqualTo(kept.next());
        assertThat(migration().copied().done()).isEqualTo(MANY);
        assertThat(migration().copied().beganAtMillis()).isEqualTo(kept.beganAtMillis());
        assertThat(stage.tasks("b")).hasSize(MANY);
    }

    @Test
    void coordinator_isClosed_anotherOneGoesOnAtOnce() {
        stage.started();
        Coordinator first = stage.coordinator(stage.sim.sidecar(), "first");
        stage.sim.runUntil(() -> migration().copied().isOver());
        first.close();
        stage.coordinator(stage.sim.sidecar(), "second");
        stage.sim.await(stage.migrations.verify(order()));
        long begun = stage.sim.clock().millis();

        stage.untilClean();

        assertThat(stage.sim.clock().millis() - begun).isLessThan(Coordinator.LEASE_MILLIS);
    }

    @Test
    void twoCoordinators_oneDoesTheWork() {
        stage.started();
        Sidecar one = stage.sim.sidecar();
        Sidecar two = stage.sim.sidecar();
        List<Sidecar> copying = new ArrayList<>();
        stage.sim.hook = (sidecar, store, call) -> {
            if (call instanceof TaskQuery.Scan) {
                copying.add(sidecar);
            }
        };
        stage.coordinator(one, "one");
        stage.coordinator(two, "two");

        stage.sim.runUntil(() -> migration().copied().isOver());

        assertThat(copying).isNotEmpty().containsOnly(copying.get(0));
    }

    @Test
    void verify_askedAnewWhileOneRuns_comparesFromTheBeginning() {
        stage.createTasks(MANY);
        stage.sim.slow("b", SLOW);
        stage.sim.await(stage.migrations.start(order(), new Migrations.Start("b", true, false)));
        Sidecar sidecar = stage.sim.sidecar();
        stage.coordinator(sidecar, "coordinator");
        stage.sim.await(stage.migrations.verify(order()));
        stage.sim.runUntil(() -> verified().walk().done() > 0);
        Comparison before = verified();
        assertThat(before.walk().isOver()).isFalse();

        stage.sim.await(stage.migrations.verify(order()));
        stage.untilClean();

        assertThat(verified().walk().beganAtMillis())
                .isGreaterThan(before.walk().beganAtMillis());
        assertThat(verified().walk().done()).isEqualTo(MANY);
        assertThat(verified().isClean()).isTrue();
    }

    private Comparison verified() {
        return Objects.requireNonNull(migration().verified());
    }

    @Test
    void rogueWrite_inTheTargetWhileItIsCopiedTo_isNamedByVerify_andMendedByRepair() {
        stage.createTasks(1_000);
        stage.sim.await(stage.migrations.start(order(), new Migrations.Start("b", true, false)));
        boolean[] isDone = {false};
        stage.sim.hook = (sidecar, store, call) -> {
            if (call instanceof TaskCommand command
                    && command.verb() instanceof Verb.Mirror mirror
                    && mirror.records().size() > 50
                    && !isDone[0]) {
                isDone[0] = true;
                Task t = (Task) mirror.records().get(7);
                stage.rogue("b", Records.content(t, 9, 0).withVersion(1_000_000));
            }
        };
        stage.coordinator(stage.sim.sidecar(), "coordinator");
        stage.sim.await(stage.migrations.verify(order()));

        Comparison found = Objects.requireNonNull(stage.untilClean().migration().verified());

        assertThat(isDone[0]).isTrue();
        assertThat(found.differing()).isEqualTo(1);
        assertThat(found.differences()).singleElement().satisfies(difference -> {
            assertThat(difference.isMirrorAhead()).isTrue();
            assertThat(difference.mirrorVersion()).isEqualTo(1_000_000);
        });
        assertThat(stage.why(to -> to.advance(order(), 100, STOP_MAX)))
                .isEqualTo("not yet: 1 records differ in the two stores: look at them, repair them, and verify again");

        stage.sim.await(stage.migrations.repair(order()));
        assertThat(Objects.requireNonNull(stage.untilClean().migration().verified())
                        .isClean())
                .isTrue();
        assertThat(stage.tasks("b")).isEqualTo(stage.tasks("a"));
        assertThat(stage.tasks("a"))
                .allSatisfy(
                        record -> assertThat(((Task) record).spec().priority()).isZero());
        assertThat(migration().events().get(2).evidence()).isEqualTo("1 of 1 differences mended");
    }

    @Test
    void authority_thatHasLostAcknowledgedChanges_isBroughtUpFromTheMirror_andTheReportNamesThem() {
        stage.at(Phase.READ_NEWEST);
        Task old = (Task) stage.tasks("a").get(0);
        stage.sidecar.call(NS, Tasks.update("t0").priority(7).verb());
        stage.sidecar.call(NS, Tasks.create("new"));
        stage.sim.runUntil(() -> stage.tasks("b").size() == 4);
        stage.sim.lose("a", NS, old, "new");

        stage.sim.await(stage.migrations.verify(order()));
        assertThat(String.join("\n", stage.untilClean().obstacles()))
                .contains("a has lost changes that it had acknowledged, and b has them (", "t0", "new");
        stage.sim.await(stage.migrations.repair(order()));
        assertThat(Objects.requireNonNull(stage.untilClean().migration().verified())
                        .isClean())
                .isTrue();

        assertThat(stage.tasks("a"))
                .hasSize(4)
                .isEqualTo(stage.tasks("b"))
                .anySatisfy(
                        record -> assertThat(((Task) record).spec().priority()).isEqualTo(7));
        assertThat(migration().events().toString())
                .contains("2 of 2 differences mended; lost by the deciding store and taken from the other one: ");
    }

    @Test
    void repair_ofSomethingThatCantBeMended_mendsTheOthers() {
        stage.verified();
        stage.rogue("b", ((Task) stage.tasks("b").get(0)).withVersion(1_000));
        stage.rogue("b", ((Task) stage.tasks("b").get(1)).withVersion(1_001));
        stage.sim.await(stage.migrations.verify(order()));
        assertThat(Objects.requireNonNull(stage.untilClean().migration().verified())
                        .differing())
                .isEqualTo(2);
        // It differs in another way by now.
        stage.rogue("b", new Tombstone("t0", 2_000, 5));

        stage.sim.await(stage.migrations.repair(order()));

        assertThat(migration().events().toString())
                .contains("1 of 2 differences mended; others not: task t0 of default now differs in another way");
        assertThat(Objects.requireNonNull(stage.untilClean().migration().verified())
                        .differing())
                .isEqualTo(1);
        stage.sim.await(stage.migrations.repair(order()));
        assertThat(Objects.requireNonNull(stage.untilClean().migration().verified())
                        .isClean())
                .isTrue();
    }

    /** It went round for ever, and said each half second that the move waits, as it is over. */
    @Test
    void coordinator_ofAMoveThatIsOver_isDone() {
        stage.verified();
        stage.sim.await(stage.migrations.abort(order()));
        stage.sim.pass(Duration.ofSeconds(5));
        List<Object> calls = new ArrayList<>();
        stage.sim.hook = (sidecar, store, call) -> calls.add(call);

        stage.sim.pass(Duration.ofSeconds(10));

        assertThat(calls).isNotEmpty().allSatisfy(call -> assertThat(call).isInstanceOf(TaskQuery.ListTasks.class));
    }

    @Test
    void storeThatIsAwayForLong_isToldOnce_andOnceThatItGoesOn() {
        Logger logger = (Logger) LoggerFactory.getLogger(Driver.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        stage.verified();
        Level level = logger.getLevel();
        logger.setLevel(Level.INFO);
        logger.addAppender(lines);
        try {
            stage.sim.down("a", true);
            stage.sim.pass(Duration.ofSeconds(2));
            stage.sim.down("a", false);
            stage.sim.pass(Duration.ofSeconds(5));
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(level);
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "the move " + migration().id() + " waits: the store is down",
                        "the move " + migration().id() + " goes on");
    }

    @Test
    void coordinator_withoutOneOfTheStores_leavesItToOthers_andGoesOnLooking() {
        stage.started();
        stage.coordinator(stage.sim.sidecar("a"), "has-no-b");
        stage.sim.pass(Duration.ofSeconds(5));
        assertThat(migration().copied()).isEqualTo(Walk.NOT_BEGUN);

        stage.coordinator(stage.sim.sidecar(), "has-both");

        stage.sim.runUntil(() -> migration().copied().isOver());
        // The first one still looks, and would fail again if there was something that throws.
        stage.sim.pass(Duration.ofSeconds(2));
    }

    @Test
    void storesThatFailInEveryWay_stopNothingForEver() {
        stage.started();
        Sidecar sidecar = stage.sim.sidecar();
        boolean[] isBad = {true};
        int[] calls = {0};
        FailureKind[] kinds = FailureKind.values();
        stage.sim.hook = (by, store, call) -> {
            if (by == sidecar && isBad[0]) {
                throw new StoreException(kinds[calls[0]++ % kinds.length], "bad");
            }
        };
        stage.coordinator(sidecar, "coordinator");
        stage.sim.pass(Duration.ofSeconds(20));
        assertThat(calls[0]).isGreaterThan(20);
        assertThat(migration().copied()).isEqualTo(Walk.NOT_BEGUN);

        isBad[0] = false;

        stage.sim.runUntil(() -> migration().copied().isOver());
        assertThat(what(migration())).containsExactly("SINGLE -> DUAL_WRITE");
    }

    @Test
    void whatSidecarsLeaveBehind_isDelivered() {
        stage.verified();
        stage.sim.execute("a", NS, Tasks.create("left"));

        stage.sim.runUntil(() -> stage.tasks("b").size() == 4);

        assertThat(stage.tasks("b")).isEqualTo(stage.tasks("a"));
    }

    @Test
    void switch_thatBrokeOff_isUndone() {
        stage.at(Phase.READ_SWITCHED);
        var policy = stage.sidecar.policy(NS);
        stage.sim.execute("a", NS, new Verb.MoveGate(policy.epoch(), policy.seal()));

        stage.sim.runUntil(() -> stage.sim.gate("a", NS).role() == Gate.Role.AUTHORITY);

        assertThat(stage.sidecar.policy(NS).phase()).isEqualTo(Phase.READ_SWITCHED);
    }
}
