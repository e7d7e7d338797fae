package dev.tandem.migration;

import static dev.tandem.migration.MoveStage.NS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Difference.Kind;
import dev.tandem.migration.Migration.Comparison;
import dev.tandem.migration.Migration.Event;
import dev.tandem.migration.Migration.Walk;
import dev.tandem.migration.Migrations.Census;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What stands in the way of a step forwards, one thing after the other. */
final class PreflightTest {
    private static final Walk DONE = new Walk(null, 3, 3, 1, 2);
    private static final Comparison CLEAN = new Comparison(DONE, 0, 0, List.of());

    private final MoveStage stage = new MoveStage();
    private Migration migration = Migration.begun(NS, "a", "b", new Event(1, "jane", "begun", ""))
            .withCopied(DONE)
            .withVerified(CLEAN);
    private Census census = Census.NONE;
    private long now = 3;

    private List<String> obstacles() {
        Policy policy = stage.sidecar.policy(NS);
        return stage.sim.await(new Preflight(stage.sidecar.stores(), census, migration, policy, now)
                .obstacles(new CallOptions(
                        stage.sidecar.host().nanoTime() + Duration.ofSeconds(5).toNanos(),
                        CallOptions.DEFAULT.consistency())));
    }

    @Test
    void nothing_whereAllIsWell() {
        stage.started();

        assertThat(obstacles()).isEmpty();
    }

    @Test
    void nothing_whereNothingMoves() {
        migration = migration.withCopied(Walk.NOT_BEGUN);

        assertThat(obstacles()).isEmpty();
    }

    @Test
    void backfill_thatIsNotDone() {
        stage.started();
        migration = migration.withCopied(Walk.NOT_BEGUN);
        assertThat(obstacles()).containsExactly("the backfill is not done: it has not begun");

        migration = migration.withCopied(new Walk(null, 5, 9, 1, 0));
        assertThat(obstacles()).containsExactly("the backfill is not done: 5 of about 9 records are copied");
    }

    @Test
    void comparison_thatIsMissingOrUnderWay() {
        stage.started();
        migration = migration.withVerified(null);
        assertThat(obstacles()).containsExactly("the stores were not compared yet: verify first");

        migration = migration.withVerified(new Comparison(new Walk(null, 5, 9, 1, 0), 0, 0, List.of()));
        assertThat(obstacles()).containsExactly("the stores are being compared: 5 of about 9 records are compared");
    }

    @Test
    void differences_areCounted() {
        stage.started();
        migration = migration.withVerified(new Comparison(DONE, 0, 2, List.of()));

        assertThat(obstacles())
                .containsExactly("2 records differ in the two stores: look at them, repair them, and verify again");
    }

    @Test
    void mirrorAhead_whereAnswersWaitForIt_namesWhatTheAuthorityHasLost() {
        stage.at(Phase.READ_NEWEST);
        List<Difference> differences = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            differences.add(new Difference(new RecordName(RecordKind.TASK, "x" + i), Kind.VERSION, i < 11 ? 1 : 9, 5));
        }
        migration = migration.withVerified(new Comparison(DONE, 0, 12, differences));

        assertThat(obstacles())
                .contains(
                        "a has lost changes that it had acknowledged, and b has them (x0, x1, x2, x3, x4, x5, x6, x7, x8,"
                                + " x9, ...): repair takes them from there");
    }

    @Test
    void comparison_thatIsOld_whenWritesAreSwitched() {
        stage.at(Phase.READ_SWITCHED);
        now = Preflight.VERIFIED_MAX.toMillis() + 2;
        assertThat(obstacles()).isEmpty();

        now++;
        assertThat(obstacles()).containsExactly("the stores were compared more than 24 hours ago: verify again");
    }

    @Test
    void pause() {
        stage.started();
        migration = migration.withPaused(true);

        assertThat(obstacles()).containsExactly("the move is paused: resume it first");
    }

    @Test
    void mirror_thatDoesNotAnswer() {
        stage.started();
        stage.sim.down("b", true);

        assertThat(obstacles()).containsExactly("b does not answer: the store is down");
    }

    @Test
    void outbox_thatCantBeDelivered() {
        stage.started();
        stage.sim.execute("a", NS, Tasks.create("late"));
        stage.sim.hook = (sidecar, store, call) -> {
            if (call instanceof TaskCommand command && command.verb() instanceof Verb.Mirror) {
                throw new StoreException(FailureKind.OVERLOADED, "full");
            }
        };

        assertThat(obstacles()).containsExactly("what a has decided can't be delivered to b: full");
    }

    @Test
    void outbox_thatGrowsFasterThanItIsDelivered() {
        stage.started();
        int[] created = {0};
        boolean[] isDelivered = {false};
        stage.sim.hook = (sidecar, store, call) -> {
            // More than fits, each time that somebody looks behind the delivery.
            if (call instanceof TaskQuery.Outbox && !isDelivered[0]) {
                isDelivered[0] = true;
            } else if (call instanceof TaskQuery.Outbox) {
                for (int i = 0; i < 3 * Preflight.OUTBOX_MAX; i++) {
                    stage.sim.execute("a", NS, Tasks.create("more" + created[0]++));
                }
            }
        };

        assertThat(obstacles())
                .containsExactly("b does not keep up: the outbox of a is not delivered as fast as it grows");
    }

    @Test
    void step_thatSomebodyElseTakesMeanwhile() {
        stage.started();
        stage.sim.hook = (sidecar, store, call) -> {
            if (call instanceof TaskQuery.Outbox) {
                throw new StoreException(FailureKind.FENCED, "another epoch");
            }
        };

        assertThat(obstacles()).containsExactly("somebody else has moved default on meanwhile: look at it again");
    }

    @Test
    void fleet_thatLacksTheTarget_orCantBeAsked() {
        stage.started();
        census = store -> Future.succeededFuture(store.equals("b") ? List.of("pod-1", "pod-2") : List.of());
        assertThat(obstacles())
                .containsExactly(
                        "the sidecar pod-1 does not have the store b: add it to its configuration, or stop it",
                        "the sidecar pod-2 does not have the store b: add it to its configuration, or stop it");

        census = store -> Future.failedFuture("nobody knows");
        assertThat(obstacles()).containsExactly("it can't be told which sidecars have b: nobody knows");
    }

    @Test
    void lastStep_needsNeitherTheSourceNorAComparison() {
        stage.at(Phase.WRITE_SWITCHED);
        migration = migration.withVerified(null).withPaused(true);
        stage.sim.down("a", true);
        assertThat(obstacles()).isEmpty();

        census = store -> Future.succeededFuture(List.of("pod-1"));
        assertThat(obstacles()).hasSize(1);
    }

    @Test
    void all_areToldAtOnce() {
        stage.started();
        migration = migration.withPaused(true).withCopied(Walk.NOT_BEGUN);
        stage.sim.down("b", true);
        census = store -> Future.succeededFuture(List.of("pod-1"));

        assertThat(obstacles()).hasSize(4);
    }
}
