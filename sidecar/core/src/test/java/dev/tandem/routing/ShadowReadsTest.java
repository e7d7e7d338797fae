package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Migrations;
import dev.tandem.migration.PolicySteps;
import dev.tandem.migration.ShadowReads;
import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What lookups are compared with the mirror, and what comes of it. */
final class ShadowReadsTest {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    /** A namespace that has begun to move from a to b. */
    private static final class Moving {
        final Stage stage;
        final TaskStore a = new ReferenceTaskStore(Stage.vertx());
        final SteppedStore b;
        final Stores stores;
        final ShadowReads reads;
        final Router router;
        final PolicySteps steps;
        double random;

        Moving(Stage stage, double share) {
            this.stage = stage;
            b = stage.store;
            stores = new Stores(Map.of("a", a, "b", b), "a");
            reads = new ShadowReads(stores, stage.host(), stage.clock, share, () -> random);
            router = Router.of(stage.host(), stores).observe(reads);
            steps = new PolicySteps(stores, router.policies(), stage.host());
        }

        <T> T got(Future<T> future) {
            stage.store.settle();
            return Stage.got(future);
        }

        void start() {
            got(steps.start(Stage.NAMESPACE, Policy.first("a"), "b", true, LIMIT));
        }

        Task create(String id) {
            Outcome outcome = got(router.execute(stage.command(Tasks.create(id)), CallOptions.DEFAULT));
            stage.advance(Duration.ofMillis(10));
            return ((Outcome.Applied) outcome).task();
        }

        Optional<Task> read(String id) {
            Optional<Task> found = got(router.query(new TaskQuery.Get(Stage.NAMESPACE, id), CallOptions.DEFAULT));
            stage.advance(Duration.ofSeconds(3));
            return found;
        }

        /** A task that somebody else has put on the mirror. */
        void putOnMirror(Task task) {
            TaskCommand put = TaskCommand.of(Stage.NAMESPACE, 0, new Verb.Mirror(List.of(task), task.version()));
            Stage.got(stage.inner.execute(put.withEpoch(1), CallOptions.DEFAULT));
        }

        List<Long> counts() {
            return List.of(reads.same(), reads.inFlight(), reads.differing());
        }
    }

    @Test
    void read_theSameInBoth_isCountedSo() throws Exception {
        Stage.play(stage -> {
            Moving moving = new Moving(stage, 1);
            moving.start();
            moving.create("t");

            assertThat(moving.read("t")).isPresent();
            assertThat(moving.read("none")).isEmpty();

            assertThat(moving.counts()).containsExactly(2L, 0L, 0L);
        });
    }

    @Test
    void read_onItsWay_isCountedAsInFlight() throws Exception {
        Stage.play(stage -> {
            Moving moving = new Moving(stage, 1);
            moving.start();
            // As a sidecar leaves it that dies before it delivers.
            Stage.got(moving.a.execute(stage.command(Tasks.create("t")).withEpoch(1), CallOptions.DEFAULT));

            moving.read("t");

            assertThat(moving.counts()).containsExactly(0L, 1L, 0L);
        });
    }

    @Test
    void read_reallyDifferent_isCountedAndAnsweredByTheAuthority() throws Exception {
        Stage.play(stage -> {
            Moving moving = new Moving(stage, 1);
            moving.start();
            Task task = moving.create("t");
            moving.putOnMirror(task.withVersion(task.version() + 1000));

            assertThat(moving.read("t")).contains(task);

            assertThat(moving.counts()).containsExactly(0L, 0L, 1L);
        });
    }

    @Test
    void read_notCopiedYet_isNotCounted() throws Exception {
        Stage.play(stage -> {
            Moving moving = new Moving(stage, 1);
            moving.create("t");
            Migrations migrations = new Migrations(moving.stores, moving.router.policies(), stage.host(), stage.clock);
            moving.got(migrations.start(
                    new Migrations.Order(Stage.NAMESPACE, "a test", null, false),
                    new Migrations.Start("b", true, false)));

            assertThat(moving.read("t")).isPresent();

            assertThat(moving.counts()).containsExactly(0L, 0L, 0L);
        });
    }

    @Test
    void read_ofAShare_asksTheMirrorForNoMore() throws Exception {
        Stage.play(stage -> {
            Moving moving = new Moving(stage, 0.5);
            moving.start();
            moving.create("t");
            int asked = moving.b.queries.size();
            moving.random = 0.5;
            moving.read("t");
            assertThat(moving.b.queries).hasSize(asked);
            moving.random = 0.49;

            moving.read("t");

            assertThat(moving.b.queries).hasSize(asked + 1);
            assertThat(moving.counts()).containsExactly(1L, 0L, 0L);
        });
    }

    /** It fails nothing, waits for nothing, and keeps no more than a bounded number. */
    @Test
    void read_theMirrorDoesNotAnswer_isAnsweredAtOnce() throws Exception {
        Stage.play(stage -> {
            Moving moving = new Moving(stage, 1);
            moving.start();
            moving.create("t");
            int asked = moving.b.queries.size();

            for (int i = 0; i < 100; i++) {
                Future<Optional<Task>> found =
                        moving.router.query(new TaskQuery.Get(Stage.NAMESPACE, "t"), CallOptions.DEFAULT);
                assertThat(Stage.got(found)).isPresent();
            }
            assertThat(moving.b.queries).hasSize(asked);
            while (stage.timers.fireNext(stage.clock.millis() + 5)) {
                assertThat(moving.b.queries).hasSizeLessThanOrEqualTo(asked + 16);
            }

            assertThat(moving.b.queries).hasSize(asked + 16);
            stage.advance(Duration.ofSeconds(3));
            moving.read("t");
            assertThat(moving.counts()).containsExactly(17L, 0L, 0L);
        });
    }

    @Test
    void read_onceReadsAreSwitched_isNotCompared() throws Exception {
        Stage.play(stage -> {
            Moving moving = new Moving(stage, 1);
            moving.start();
            moving.create("t");
            Policy now = moving.got(moving.router.policies().refresh(Stage.NAMESPACE));
            moving.got(moving.steps.move(Stage.NAMESPACE, now, Phase.READ_NEWEST, 0, LIMIT));

            moving.read("t");

            assertThat(moving.counts()).containsExactly(0L, 0L, 0L);
        });
    }
}
