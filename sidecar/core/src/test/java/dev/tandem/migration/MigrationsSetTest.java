package dev.tandem.migration;

import static dev.tandem.migration.MoveStage.NS;
import static dev.tandem.migration.MoveStage.STOP_MAX;
import static dev.tandem.migration.MoveStage.order;
import static dev.tandem.migration.MoveStage.what;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Migrations.Setting;
import dev.tandem.migration.Migrations.Status;
import dev.tandem.routing.Phase;
import dev.tandem.task.Task;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where operators say where a namespace is to be; forced steps, and dry runs of all. */
final class MigrationsSetTest {
    private final MoveStage stage = new MoveStage();

    private static Setting to(Phase phase) {
        return new Setting(phase, null, 0, null, false);
    }

    private static Setting to(Phase phase, @Nullable String target, int percent, @Nullable Boolean mayLag) {
        return new Setting(phase, target, percent, mayLag, false);
    }

    private static Setting forced(Phase phase) {
        return new Setting(phase, null, 0, null, true);
    }

    private Status set(Setting setting) {
        return stage.sim.await(stage.migrations.set(order(), setting));
    }

    private String why(Setting setting) {
        return stage.why(migrations -> migrations.set(order(), setting));
    }

    @Test
    void set_neighbourByNeighbour_goesThereAndBackAndToTheEnd() {
        stage.createTasks(3);
        assertThat(set(to(Phase.DUAL_WRITE)).policy().target()).isEqualTo("b");
        stage.coordinator(stage.sim.sidecar(), "coordinator");
        stage.sim.await(stage.migrations.verify(order()));
        stage.untilClean();

        for (Phase phase : List.of(
                Phase.READ_NEWEST,
                Phase.READ_SWITCHED,
                Phase.READ_NEWEST,
                Phase.DUAL_WRITE,
                Phase.READ_NEWEST,
                Phase.READ_SWITCHED,
                Phase.WRITE_SWITCHED,
                Phase.READ_SWITCHED,
                Phase.WRITE_SWITCHED)) {
            Status status = set(to(phase));
            assertThat(status.policy().phase()).isEqualTo(phase);
            assertThat(status.policy().readPercent()).isEqualTo(phase == Phase.READ_SWITCHED ? 100 : 0);
        }
        Status over = set(to(Phase.SINGLE, "b", 0, null));

        assertThat(over.isOver()).isTrue();
        assertThat(over.policy().authority()).isEqualTo("b");
        assertThat(what(over.migration()))
                .endsWith("READ_SWITCHED 100 % -> WRITE_SWITCHED", "WRITE_SWITCHED -> SINGLE in b");
    }

    @Test
    void set_singleInDualWrite_endsTheMoveWhereItBegan_andOnlyThere() {
        stage.started();
        assertThat(why(to(Phase.SINGLE, "b", 0, null)))
                .isEqualTo(
                        "default is on its way from a to b, and in DUAL_WRITE: no step from there leads to SINGLE with b");

        assertThat(set(to(Phase.SINGLE, "a", 0, null)).isOver()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "DUAL_WRITE, READ_SWITCHED",
        "DUAL_WRITE, WRITE_SWITCHED",
        "READ_NEWEST, WRITE_SWITCHED",
        "READ_NEWEST, SINGLE",
        "READ_SWITCHED, SINGLE",
        "READ_SWITCHED, DUAL_WRITE",
        "WRITE_SWITCHED, READ_NEWEST",
        "WRITE_SWITCHED, DUAL_WRITE"
    })
    void set_overAPhase_isRefused_alsoIfForced(Phase from, Phase to) {
        stage.at(from);
        String before = stage.everything();

        assertThat(why(to(to)))
                .isEqualTo("from " + from + " to " + to + " is more than one step: take them one by one");
        assertThat(why(forced(to))).isEqualTo(why(to(to)));
        assertThat(stage.everything()).isEqualTo(before);
    }

    @Test
    void set_ofANamespaceThatIsNotMoved_beyondTheFirstStep_isRefused() {
        stage.createTasks(1);

        assertThat(why(to(Phase.READ_NEWEST))).isEqualTo("default is not being moved");
        assertThat(why(to(Phase.SINGLE))).isEqualTo("default is not being moved");
    }

    @Test
    void set_asItIs_isRefused() {
        stage.at(Phase.READ_SWITCHED);

        assertThat(why(to(Phase.READ_SWITCHED)))
                .isEqualTo("default is in READ_SWITCHED 100 % already: there is nothing to change");
    }

    @Test
    void set_shareOfReads_upAndDown() {
        stage.at(Phase.READ_NEWEST);

        assertThat(set(to(Phase.READ_SWITCHED, "b", 10, null)).policy().readPercent())
                .isEqualTo(10);
        assertThat(set(to(Phase.READ_SWITCHED, null, 60, null)).policy().readPercent())
                .isEqualTo(60);
        assertThat(why(to(Phase.WRITE_SWITCHED))).contains("raise that to 100 first");
        stage.sim.await(stage.migrations.pause(order()));
        // A step back, which nothing stands in the way of.
        Status lowered = set(to(Phase.READ_SWITCHED, null, 5, null));
        assertThat(lowered.policy().readPercent()).isEqualTo(5);
        assertThat(what(lowered.migration())).endsWith("READ_SWITCHED 60 % -> READ_SWITCHED 5 %");
        assertThat(why(to(Phase.READ_SWITCHED, null, 50, null))).contains("paused");
        assertThat(why(to(Phase.READ_SWITCHED, null, 101, null))).contains("from 1 to 100 percent, not 101");
        assertThat(why(to(Phase.READ_NEWEST, null, 50, null))).contains("belongs to READ_SWITCHED");
    }

    @Test
    void set_mayLag_inItsPhase_andNotBesideAStep() {
        stage.verified();
        stage.sim.down("b", true);
        stage.sidecar.call(NS, Tasks.create("lags"));
        stage.sim.down("b", false);

        Status status = set(to(Phase.DUAL_WRITE, null, 0, false));

        assertThat(status.policy().mayLag()).isFalse();
        assertThat(status.policy().phase()).isEqualTo(Phase.DUAL_WRITE);
        assertThat(what(status.migration())).endsWith("DUAL_WRITE -> DUAL_WRITE, may not lag");
        stage.sidecar.call(NS, Tasks.create("waits"));
        assertThat(stage.tasks("b"))
                .anySatisfy(record -> assertThat(((Task) record).id()).isEqualTo("waits"));
        assertThat(why(to(Phase.READ_NEWEST, null, 0, true))).contains("is changed by itself");
        assertThat(set(to(Phase.READ_NEWEST, null, 0, false)).policy().phase()).isEqualTo(Phase.READ_NEWEST);
    }

    @Test
    void set_anotherTarget_isRefused() {
        stage.verified();

        assertThat(why(to(Phase.READ_NEWEST, "c", 0, null)))
                .isEqualTo(
                        "default is on its way from a to b, and in DUAL_WRITE: no step from there leads to READ_NEWEST"
                                + " with c");
    }

    @Test
    void forced_goesOverObstacles_andIsKeptWithThem() {
        stage.started();

        Status status = set(forced(Phase.READ_NEWEST));

        assertThat(status.policy().phase()).isEqualTo(Phase.READ_NEWEST);
        Migration.Event event =
                status.migration().events().get(status.migration().events().size() - 1);
        assertThat(event.what()).isEqualTo("DUAL_WRITE -> READ_NEWEST");
        assertThat(event.evidence()).contains("forced in spite of: the backfill is not done");
    }

    @Test
    void forced_toReadWhatIsNotCopied_isRefused_untilItIs() {
        stage.started();
        set(forced(Phase.READ_NEWEST));
        assertThat(why(forced(Phase.READ_SWITCHED)))
                .isEqualTo("that can't be forced, as callers would miss what is not copied: it has not begun");

        // The backfill goes on in the phase that was forced.
        stage.coordinator(stage.sim.sidecar(), "coordinator");
        stage.sim.runUntil(() -> stage.status().migration().copied().isOver());

        assertThat(set(forced(Phase.READ_SWITCHED)).policy().phase()).isEqualTo(Phase.READ_SWITCHED);
        assertThat(stage.tasks("b")).isEqualTo(stage.tasks("a"));
    }

    @Test
    void forced_withNothingInTheWay_isAStepLikeOthers() {
        stage.verified();

        assertThat(set(forced(Phase.READ_NEWEST)).migration().events().toString())
                .doesNotContain("forced");
    }

    @Test
    void forced_start_goesIntoAStoreThatHoldsSomething_andIsKept() {
        stage.createTasks(1);
        stage.sim.execute("b", NS, Tasks.create("old"));
        assertThat(why(to(Phase.DUAL_WRITE))).contains("b holds something");

        Status status = set(forced(Phase.DUAL_WRITE));

        assertThat(status.policy().phase()).isEqualTo(Phase.DUAL_WRITE);
        assertThat(status.migration().events().get(0).evidence())
                .isEqualTo(
                        "from epoch 0; forced in spite of: b holds something of default already: empty it, or say that"
                                + " what is there may be overwritten");
    }

    @Test
    void forced_withAnOldEtag_isRefused() {
        long etag = stage.started().policy().epoch();

        assertThat(stage.why(migrations -> migrations.set(order(etag - 1, false), forced(Phase.READ_NEWEST))))
                .contains("somebody has changed it");
    }

    @ParameterizedTest
    @CsvSource({
        "DUAL_WRITE, DUAL_WRITE -> READ_NEWEST, '', '', DUAL_WRITE -> SINGLE in a",
        "READ_NEWEST, READ_NEWEST -> READ_SWITCHED 100 %, READ_NEWEST -> DUAL_WRITE, '', ''",
        "READ_SWITCHED, READ_SWITCHED 100 % -> WRITE_SWITCHED, READ_SWITCHED 100 % -> READ_NEWEST, '', ''",
        "WRITE_SWITCHED, '', WRITE_SWITCHED -> READ_SWITCHED 100 %, WRITE_SWITCHED -> SINGLE in b, ''"
    })
    void dryRun_ofEachStep_saysWhatItWouldBe_andChangesNothing(
            Phase phase, String advance, String back, String complete, String abort) {
        stage.at(phase);
        String before = stage.everything();

        dryRun(advance, to -> to.advance(order(null, true), 100, STOP_MAX));
        dryRun(back, to -> to.rollBack(order(null, true), STOP_MAX));
        dryRun(complete, to -> to.complete(order(null, true)));
        dryRun(abort, to -> to.abort(order(null, true)));
        dryRun("verify", to -> to.verify(order(null, true)));
        dryRun("repair", to -> to.repair(order(null, true)));
        dryRun("pause", to -> to.pause(order(null, true)));
        dryRun("resume", to -> to.resume(order(null, true)));

        assertThat(stage.everything()).isEqualTo(before);
    }

    /** Where there is no such step, it says why. */
    private void dryRun(String step, Function<Migrations, Future<Status>> run) {
        Status status = stage.sim.await(run.apply(stage.migrations));
        if (step.isEmpty()) {
            assertThat(status.obstacles()).hasSize(1);
        } else {
            assertThat(status.step()).isEqualTo(step);
            assertThat(status.obstacles()).isEmpty();
        }
    }

    @Test
    void dryRun_withSeveralThingsInTheWay_tellsAll() {
        stage.started();
        stage.sim.await(stage.migrations.pause(order()));
        stage.lacking.put("b", List.of("pod-7"));

        Status status = stage.sim.await(stage.migrations.advance(order(99L, true), 100, STOP_MAX));

        assertThat(status.step()).isEqualTo("DUAL_WRITE -> READ_NEWEST");
        assertThat(String.join("\n", status.obstacles())).contains("not 99", "paused", "backfill is not done", "pod-7");
    }

    @Test
    void statusJson_isWhatPagesShow() {
        stage.verified();

        var json = set(to(Phase.READ_NEWEST)).toJson();

        assertThat(json.fieldNames())
                .containsExactlyInAnyOrder("migration", "route", "is_over", "obstacles", "progress");
        assertThat(json.getJsonObject("route").encode())
                .isEqualTo(
                        "{\"namespace\":\"default\",\"etag\":2,\"phase\":\"READ_NEWEST\",\"source\":\"a\",\"target\":\"b\","
                                + "\"authority\":\"a\",\"mirror\":\"b\",\"read_percent\":0,\"may_lag\":true}");
        var progress = json.getJsonObject("progress");
        assertThat(progress.getLong("copied")).isEqualTo(3);
        assertThat(progress.getLong("copy_total")).isEqualTo(3);
        assertThat(progress.getLong("compared")).isEqualTo(3);
        assertThat(progress.getLong("compare_total")).isEqualTo(3);
        assertThat(progress.getLong("in_flight")).isZero();
        assertThat(progress.getLong("differing")).isZero();
        assertThat(progress.getLong("seconds_left")).isZero();
        assertThat(progress.getLong("rate_per_second")).isPositive();
        assertThat(json.getJsonObject("migration").getString("target")).isEqualTo("b");
        assertThat(Objects.requireNonNull(json.getBoolean("is_over"))).isFalse();
    }
}
