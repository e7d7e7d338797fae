package dev.tandem.migration;

import static dev.tandem.migration.MoveStage.NS;
import static dev.tandem.migration.MoveStage.STOP_MAX;
import static dev.tandem.migration.MoveStage.order;
import static dev.tandem.migration.MoveStage.what;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Migrations.Start;
import dev.tandem.migration.Migrations.Status;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.routing.SimStage.Sidecar;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What operators do to a move, step by step. */
final class MigrationsTest {
    private final MoveStage stage = new MoveStage();

    @Test
    void move_stepByStep_endsInTheTarget_andKeepsWhoDidWhat() {
        Status verified = stage.verified();
        assertThat(verified.obstacles()).isEmpty();
        assertThat(stage.tasks("b")).hasSize(3).isEqualTo(stage.tasks("a"));

        advance(100, Phase.READ_NEWEST);
        advance(30, Phase.READ_SWITCHED);
        assertThat(stage.why(to -> to.advance(order(), 30, STOP_MAX)))
                .isEqualTo("30 % of the reads are switched already: the next step is a larger share");
        advance(100, Phase.READ_SWITCHED);
        advance(100, Phase.WRITE_SWITCHED);
        Status over = stage.sim.await(stage.migrations.complete(order()));

        assertThat(over.isOver()).isTrue();
        assertThat(over.policy()).isEqualTo(new Policy(over.policy().epoch(), Phase.SINGLE, "b", null, 0, true));
        assertThat(what(over.migration()))
                .containsExactly(
                        "SINGLE -> DUAL_WRITE",
                        "verify",
                        "DUAL_WRITE -> READ_NEWEST",
                        "READ_NEWEST -> READ_SWITCHED 30 %",
                        "READ_SWITCHED 30 % -> READ_SWITCHED 100 %",
                        "READ_SWITCHED 100 % -> WRITE_SWITCHED",
                        "WRITE_SWITCHED -> SINGLE in b");
        assertThat(over.migration().events())
                .allSatisfy(event -> assertThat(event.who()).isEqualTo("jane"));
        assertThat(over.migration().events().get(2).evidence()).contains("3 records compared, 0 differed");
        assertThat(stage.status().isOver()).isTrue();
        assertThat(stage.sim.await(stage.migrations.all(false))).isEmpty();
        assertThat(stage.sim.await(stage.migrations.all(true)))
                .containsExactly(stage.status().migration());
    }

    private void advance(int percent, Phase to) {
        Status status = stage.sim.await(stage.migrations.advance(order(), percent, STOP_MAX));
        assertThat(status.policy().phase()).isEqualTo(to);
        assertThat(status.policy().readPercent()).isEqualTo(to == Phase.READ_SWITCHED ? percent : 0);
    }

    @Test
    void advance_withSomethingInTheWay_isRefusedWithAllOfIt() {
        stage.started();
        stage.lacking.put("b", List.of("pod-7"));
        String before = stage.everything();

        assertThat(stage.why(to -> to.advance(order(), 100, STOP_MAX)))
                .isEqualTo("not yet: the backfill is not done: it has not begun;"
                        + " the sidecar pod-7 does not have the store b: add it to its configuration, or stop it");
        assertThat(stage.everything()).isEqualTo(before);
    }

    @Test
    void advance_noShareOfReads_isRefused() {
        stage.at(Phase.READ_NEWEST);

        for (int percent : new int[] {-1, 0, 101}) {
            assertThat(stage.why(to -> to.advance(order(), percent, STOP_MAX)))
                    .isEqualTo("a share of reads is from 1 to 100 percent, not " + percent);
        }
    }

    @Test
    void advance_behindTheLastButOne_isRefused() {
        stage.at(Phase.WRITE_SWITCHED);

        assertThat(stage.why(to -> to.advance(order(), 100, STOP_MAX))).contains("complete says it");
        assertThat(stage.status().policy().phase()).isEqualTo(Phase.WRITE_SWITCHED);
    }

    @Test
    void rollBack_fromTheWriteSwitchOn_goesBackStepByStep_whateverThePreflightSays() {
        stage.at(Phase.WRITE_SWITCHED);
        stage.sim.await(stage.migrations.pause(order()));
        stage.lacking.put("b", List.of("pod-7"));

        for (Phase to : List.of(Phase.READ_SWITCHED, Phase.READ_NEWEST, Phase.DUAL_WRITE)) {
            Status back = stage.sim.await(stage.migrations.rollBack(order(), STOP_MAX));
            assertThat(back.policy().phase()).isEqualTo(to);
            assertThat(back.policy().authority()).isEqualTo("a");
        }
        assertThat(stage.why(to -> to.rollBack(order(), STOP_MAX))).contains("abort ends the move");
        Status over = stage.sim.await(stage.migrations.abort(order()));
        assertThat(over.isOver()).isTrue();
        assertThat(over.policy().authority()).isEqualTo("a");
        assertThat(what(over.migration())).endsWith("DUAL_WRITE -> SINGLE in a");
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"DUAL_WRITE", "READ_NEWEST", "READ_SWITCHED"})
    void complete_tooEarly_isRefused(Phase phase) {
        stage.at(phase);
        String before = stage.everything();

        assertThat(stage.why(to -> to.complete(order())))
                .isEqualTo("the move of default is in " + phase + ", and can be ended so in WRITE_SWITCHED: take it"
                        + " there first");
        assertThat(stage.everything()).isEqualTo(before);
    }

    @Test
    void abort_tooLate_isRefused() {
        stage.at(Phase.READ_NEWEST);

        assertThat(stage.why(to -> to.abort(order()))).contains("can be ended so in DUAL_WRITE");
    }

    @Test
    void complete_sourceHasDied_endsTheMove_andItsCopyWhenItIsBack() {
        stage.at(Phase.WRITE_SWITCHED);
        stage.sim.down("a", true);

        Status over = stage.sim.await(stage.migrations.complete(order()));

        assertThat(over.isOver()).isTrue();
        assertThat(over.policy().authority()).isEqualTo("b");
        assertThat(stage.status().isOver()).isTrue();
        assertThat(isOverIn("b")).isTrue();
        stage.sim.down("a", false);
        assertThat(isOverIn("a")).isFalse();
        assertThat(stage.status().isOver()).isTrue();
        assertThat(stage.sim.await(stage.records().open(NS, CallOptions.DEFAULT)))
                .isEmpty();
        stage.sim.runUntil(() -> isOverIn("a"));
    }

    @Test
    void abort_targetHasDied_endsTheMove() {
        stage.verified();
        stage.sim.down("b", true);

        assertThat(stage.sim.await(stage.migrations.abort(order())).isOver()).isTrue();

        assertThat(isOverIn("a")).isTrue();
        stage.sim.down("b", false);
        stage.sim.runUntil(() -> isOverIn("b"));
        assertThat(stage.status().isOver()).isTrue();
    }

    private boolean isOverIn(String store) {
        return stage.sim.records(store, MigrationRecords.NAMESPACE, RecordKind.TASK).stream()
                .allMatch(record -> ((Task) record).state().isFinal());
    }

    @Test
    void pause_stopsTheBackfill_untilResumed() {
        stage.started();
        stage.sim.await(stage.migrations.pause(order()));
        stage.coordinator(stage.sim.sidecar(), "coordinator");

        stage.sim.pass(Duration.ofSeconds(10));

        assertThat(stage.status().migration().copied().isOver()).isFalse();
        assertThat(stage.status().obstacles()).contains("the move is paused: resume it first");
        stage.sim.await(stage.migrations.resume(order()));
        stage.sim.runUntil(() -> stage.status().migration().copied().isOver());
        assertThat(what(stage.status().migration())).endsWith("paused", "resumed");
    }

    @Test
    void repair_withoutAComparison_isRefused() {
        stage.started();

        assertThat(stage.why(to -> to.repair(order())))
                .isEqualTo("there is no comparison that has ended: verify first");
    }

    @Test
    void orders_ofANamespaceThatIsNotMoved_areRefused() {
        stage.createTasks(1);
        List<Function<Migrations, Future<Status>>> orders = List.of(
                to -> to.advance(order(), 100, STOP_MAX),
                to -> to.rollBack(order(), STOP_MAX),
                to -> to.complete(order()),
                to -> to.abort(order()),
                to -> to.pause(order()),
                to -> to.verify(order()),
                to -> to.repair(order()));

        orders.forEach(step -> assertThat(stage.why(step)).isEqualTo("default is not being moved"));
        assertThat(stage.why(to -> to.status(NS))).isEqualTo("default was never moved");
    }

    @Test
    void orders_withAnOldEtag_areRefused_andChangeNothing() {
        Status status = stage.verified();
        long old = status.policy().epoch() - 1;
        String before = stage.everything();
        List<Function<Migrations, Future<Status>>> orders = List.of(
                to -> to.advance(order(old, false), 100, STOP_MAX),
                to -> to.abort(order(old, false)),
                to -> to.pause(order(old, false)),
                to -> to.verify(order(old, false)));

        orders.forEach(step -> assertThat(stage.why(step))
                .isEqualTo("the policy of default is at etag 1, not 0: somebody has changed it. Look at it again"));
        assertThat(stage.everything()).isEqualTo(before);
    }

    @Test
    void advance_twoOperatorsWithOneEtag_exactlyOneWins() {
        long etag = stage.verified().policy().epoch();
        Migrations other = stage.migrations(stage.sim.sidecar());

        Future<Status> one = stage.migrations.advance(order(etag, false), 100, STOP_MAX);
        Future<Status> two = other.advance(order(etag, false), 100, STOP_MAX);

        assertExactlyOneWins(one, two);
        assertThat(stage.status().policy().phase()).isEqualTo(Phase.READ_NEWEST);
        assertThat(stage.status().policy().epoch()).isEqualTo(etag + 1);
        assertThat(what(stage.status().migration())).containsOnlyOnce("DUAL_WRITE -> READ_NEWEST");
    }

    private void assertExactlyOneWins(Future<Status> one, Future<Status> two) {
        stage.sim.runUntil(() -> one.isComplete() && two.isComplete());
        assertThat(one.succeeded()).isNotEqualTo(two.succeeded());
        Throwable why = one.failed() ? one.cause() : two.cause();
        assertThat(why).isInstanceOf(StepRefused.class).hasMessageContaining("ook at it again");
    }

    @Test
    void start_twoOperatorsAtOnce_exactlyOneWins() {
        stage.createTasks(1);
        Migrations other = stage.migrations(stage.sim.sidecar());

        Future<Status> one = stage.migrations.start(order(), new Start("b", true, false));
        Future<Status> two = other.start(order(), new Start("b", true, false));

        assertExactlyOneWins(one, two);
        assertThat(stage.status().isOver()).isFalse();
        assertThat(stage.sim.await(stage.migrations.all(false))).hasSize(1);
        assertThat(stage.sim.await(stage.migrations.abort(order())).isOver()).isTrue();
    }

    /** Its answer was lost, and its record taken for one of a move that never began. */
    @Test
    void orders_ofAMoveWithoutARecord_giveItOne() {
        stage.createTasks(3);
        PolicySteps steps = new PolicySteps(stage.sidecar.stores(), stage.sidecar.policies(), stage.sidecar.host());
        stage.sim.await(steps.start(NS, stage.sidecar.policy(NS), "b", true, STOP_MAX));
        assertThat(stage.status().isOver()).isFalse();
        assertThat(what(stage.status().migration())).containsExactly("found without a record");
        assertThat(stage.sim.await(stage.migrations.all(true))).isEmpty();

        stage.sim.await(stage.migrations.verify(order()));
        stage.coordinator(stage.sim.sidecar(), "coordinator");
        stage.untilClean();

        assertThat(stage.tasks("b")).hasSize(3);
        assertThat(what(stage.status().migration())).containsExactly("found without a record", "verify");
        assertThat(stage.sim.await(stage.migrations.abort(order())).isOver()).isTrue();
    }

    @Test
    void step_whoseRecordCantBeKept_isTakenNevertheless() {
        stage.at(Phase.READ_NEWEST);
        stage.sim.hook = (sidecar, store, call) -> {
            if (call instanceof TaskCommand command && command.verb() instanceof Verb.Update) {
                throw new StoreException(FailureKind.NOT_APPLIED, "full");
            }
        };

        Status status = stage.sim.await(stage.migrations.advance(order(), 100, STOP_MAX));

        assertThat(status.policy().phase()).isEqualTo(Phase.READ_SWITCHED);
    }

    @Test
    void calls_whileTheMoveGoesOn_areServedByEverySidecar() {
        Sidecar other = stage.sim.sidecar();
        stage.at(Phase.WRITE_SWITCHED);

        Outcome created = other.call(NS, Tasks.create("new"));

        assertThat(created).isInstanceOf(Outcome.Applied.class);
        stage.sim.runUntil(() -> stage.tasks("a").size() == 4);
        assertThat(stage.tasks("a")).isEqualTo(stage.tasks("b"));
    }
}
