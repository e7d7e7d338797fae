package dev.tandem.migration;

import static dev.tandem.migration.MoveStage.NS;
import static dev.tandem.migration.MoveStage.order;
import static dev.tandem.migration.MoveStage.what;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Migrations.Order;
import dev.tandem.migration.Migrations.Start;
import dev.tandem.migration.Migrations.Status;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a move begins, and what keeps it from it. */
final class MigrationsStartTest {
    private static final Start TO_B = new Start("b", true, false);

    private final MoveStage stage = new MoveStage();
    private boolean hasBegun;

    /** Whatever was refused has changed nothing. */
    @AfterEach
    void nothingHasChanged() {
        if (!hasBegun) {
            assertThat(stage.sidecar.policy(NS)).isEqualTo(Policy.first("a"));
            assertThat(stage.sim.gate("b", NS).epoch()).isZero();
            assertThat(stage.sim.await(stage.records().all(null, false, CallOptions.DEFAULT)))
                    .isEmpty();
        }
    }

    private String why(Order order, Start start) {
        return stage.why(to -> to.start(order, start));
    }

    @Test
    void start_namespaceInUse_beginsTheMove() {
        hasBegun = true;
        stage.createTasks(1);

        Status begun = stage.sim.await(stage.migrations.start(order(0L, false), TO_B));

        assertThat(begun.policy()).isEqualTo(new Policy(1, Phase.DUAL_WRITE, "a", "b", 0, true));
        assertThat(begun.isOver()).isFalse();
        assertThat(begun.migration().events()).singleElement().satisfies(event -> {
            assertThat(event.who()).isEqualTo("jane");
            assertThat(event.what()).isEqualTo("SINGLE -> DUAL_WRITE");
            assertThat(event.evidence()).isEqualTo("from epoch 0");
        });
        assertThat(stage.sim.await(stage.records().all(NS, false, CallOptions.DEFAULT)))
                .singleElement()
                .satisfies(kept -> {
                    assertThat(kept.isEven()).isTrue();
                    assertThat(kept.versions()).containsOnlyKeys("a", "b");
                });
    }

    @Test
    void start_storeThatNobodyHas_isRefusedWithThoseThereAre() {
        stage.createTasks(1);

        assertThat(why(order(), new Start("c", true, false))).isEqualTo("there is no store c: this sidecar has a, b");
    }

    @Test
    void start_toWhereItIs_isRefused() {
        stage.createTasks(1);

        assertThat(why(order(), new Start("a", true, false)))
                .isEqualTo("default is in a already: there is nothing to move");
    }

    @Test
    void start_nameThatNobodyUses_isRefused() {
        stage.createTasks(1);

        assertThat(why(new Order("defualt", "jane", null, false), TO_B))
                .isEqualTo(
                        "not yet: there is nothing of defualt in a: look at how its name is written; a namespace begins"
                                + " with its first task");
    }

    @Test
    void start_namespaceOfDeletedTasks_begins() {
        hasBegun = true;
        stage.createTasks(1);
        stage.sim.execute("a", NS, Tasks.delete("t0"));

        assertThat(stage.sim
                        .await(stage.migrations.start(order(), TO_B))
                        .policy()
                        .phase())
                .isEqualTo(Phase.DUAL_WRITE);
    }

    @Test
    void start_tandemsOwnNamespace_isRefused() {
        assertThat(why(new Order("~migrations", "jane", null, false), TO_B))
                .isEqualTo("~migrations is Tandem's own: namespaces that begin with ~ can't be moved");
    }

    @Test
    void start_intoWhatIsNotEmpty_isRefusedUnlessTold() {
        stage.createTasks(1);
        stage.sim.execute("b", NS, Tasks.acquire("scope", "pod"));
        assertThat(why(order(), TO_B))
                .isEqualTo("not yet: b holds something of default already: empty it, or say that what is there may be"
                        + " overwritten");
        nothingHasChanged();
        hasBegun = true;

        Status begun = stage.sim.await(stage.migrations.start(order(), new Start("b", true, true)));

        assertThat(begun.policy().phase()).isEqualTo(Phase.DUAL_WRITE);
    }

    @Test
    void start_intoWhatWasEmptied_begins() {
        hasBegun = true;
        stage.createTasks(1);
        stage.sim.execute("b", NS, Tasks.create("old"));
        stage.sim.execute("b", NS, Tasks.delete("old"));

        assertThat(stage.sim
                        .await(stage.migrations.start(order(), TO_B))
                        .policy()
                        .phase())
                .isEqualTo(Phase.DUAL_WRITE);
    }

    @Test
    void start_targetDoesNotAnswer_isRefused() {
        stage.createTasks(1);
        stage.sim.down("b", true);

        assertThat(why(order(), TO_B)).isEqualTo("b does not answer: the store is down");
        stage.sim.down("b", false);
    }

    @Test
    void start_recordCanBeKeptInOneStoreOnly_isRefused() {
        stage.createTasks(1);
        stage.sim.hook = (sidecar, store, call) -> {
            if (store.equals("b") && call instanceof TaskCommand command && command.verb() instanceof Verb.Create) {
                throw new StoreException(FailureKind.NOT_APPLIED, "full");
            }
        };

        assertThat(why(order(), TO_B)).isEqualTo("a move can't be begun while one of its stores does not answer");
    }

    @Test
    void start_sidecarsWithoutTheTarget_isRefusedAndNamesThem() {
        stage.createTasks(1);
        stage.lacking.put("b", List.of("pod-1", "pod-2"));

        assertThat(why(order(), TO_B))
                .isEqualTo(
                        "not yet: the sidecar pod-1 does not have the store b: add it to its configuration, or stop it;"
                                + " the sidecar pod-2 does not have the store b: add it to its configuration, or stop it");
    }

    @Test
    void start_oldEtag_isRefused() {
        stage.createTasks(1);

        assertThat(why(order(7L, false), TO_B)).contains("is at etag 0, not 7");
    }

    @Test
    void start_twice_isRefusedTheSecondTime() {
        hasBegun = true;
        Status first = stage.started();

        assertThat(why(order(), TO_B))
                .isEqualTo("default is on its way to b already: complete that move or abort it first;"
                        + " the move of default to b is not over yet: complete it or abort it first");
        assertThat(stage.status().policy()).isEqualTo(first.policy());
        assertThat(stage.sim.await(stage.migrations.all(false))).hasSize(1);
    }

    @Test
    void dryRun_tellsAllThatIsInTheWay_andChangesNothing() {
        stage.createTasks(1);
        stage.sim.execute("b", NS, Tasks.create("old"));
        stage.lacking.put("b", List.of("pod-1"));
        String before = stage.everything();

        Status status = stage.sim.await(stage.migrations.start(order(7L, true), TO_B));

        assertThat(status.step()).isEqualTo("SINGLE -> DUAL_WRITE");
        assertThat(status.obstacles())
                .hasSize(3)
                .anySatisfy(why -> assertThat(why).contains("not 7"))
                .anySatisfy(why -> assertThat(why).contains("b holds something"))
                .anySatisfy(why -> assertThat(why).contains("pod-1"));
        assertThat(status.policy()).isEqualTo(Policy.first("a"));
        assertThat(stage.everything()).isEqualTo(before);
    }

    @Test
    void dryRun_withNothingInTheWay_changesNothing() {
        stage.createTasks(1);
        String before = stage.everything();

        assertThat(stage.sim
                        .await(stage.migrations.start(order(null, true), TO_B))
                        .obstacles())
                .isEmpty();
        assertThat(stage.everything()).isEqualTo(before);
    }

    @Test
    void start_whoseOperatorDiesBeforeTheFirstStep_isCleanedUp_andCanBeMadeAgain() {
        hasBegun = true;
        stage.createTasks(1);
        stage.coordinator(stage.sim.sidecar(), "coordinator");
        var mortal = stage.sim.sidecar();
        stage.sim.hook = (sidecar, store, call) -> {
            if (sidecar == mortal && call instanceof TaskCommand command && command.verb() instanceof Verb.MoveGate) {
                mortal.kill();
                throw new StoreException(FailureKind.NOT_APPLIED, "dead");
            }
        };
        stage.migrations(mortal).start(order(), TO_B);
        stage.sim.runUntil(() -> !stage.sim.await(stage.migrations.all(false)).isEmpty());
        assertThat(why(order(), TO_B)).contains("is not over yet");

        stage.sim.runUntil(() -> stage.sim.await(stage.migrations.all(false)).isEmpty());

        assertThat(stage.sim
                        .await(stage.migrations.start(order(), TO_B))
                        .policy()
                        .phase())
                .isEqualTo(Phase.DUAL_WRITE);
    }

    @Test
    void start_backAgain_whenTheMoveIsOver_begins() {
        hasBegun = true;
        stage.at(Phase.WRITE_SWITCHED);
        stage.sim.await(stage.migrations.complete(order()));

        Status back = stage.sim.await(stage.migrations.start(order(), new Start("a", false, true)));

        assertThat(back.policy().source()).isEqualTo("b");
        assertThat(back.policy().mayLag()).isFalse();
        assertThat(what(back.migration())).containsExactly("SINGLE -> DUAL_WRITE");
        stage.sim.pass(Duration.ofSeconds(1));
        assertThat(stage.status().isOver()).isFalse();
    }
}
