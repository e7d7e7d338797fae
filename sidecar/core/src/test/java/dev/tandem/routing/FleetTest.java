package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Fleet;
import dev.tandem.migration.PolicySteps;
import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Task;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.Tasks;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sidecars see each other in the stores that they share. */
final class FleetTest {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final TaskStore a = new ReferenceTaskStore(Stage.vertx());
    private final TaskStore b = new ReferenceTaskStore(Stage.vertx());

    private static final class Sidecar {
        final Router router;
        final Fleet fleet;

        Sidecar(Stage stage, String id, Stores stores) {
            router = Router.of(stage.host(), stores);
            fleet = new Fleet(
                    stores,
                    router.policies(),
                    stage.host(),
                    stage.clock,
                    new Fleet.Self(id, "host-" + id, () -> id.equals("one") ? "127.0.0.1:1" : null, "1.2"));
            fleet.start();
        }

        List<String> sees() {
            return Stage.got(fleet.members()).stream().map(Fleet.Member::id).toList();
        }
    }

    private Stores both() {
        return new Stores(Map.of("a", a, "b", b), "b");
    }

    private static List<Task> kept(TaskStore store) {
        return Stage.got(store.query(
                        new TaskQuery.ListTasks("~fleet", TaskFilter.ALL, false, null, 10), CallOptions.DEFAULT))
                .tasks();
    }

    @Test
    void members_twoSidecars_tellOfThemselves() throws Exception {
        Stage.play(stage -> {
            Sidecar one = new Sidecar(stage, "one", both());
            new Sidecar(stage, "two", both());

            List<Fleet.Member> members = Stage.got(one.fleet.members());

            assertThat(members)
                    .containsExactly(
                            new Fleet.Member(
                                    "one",
                                    "host-one",
                                    "127.0.0.1:1",
                                    "1.2",
                                    List.of("b", "a"),
                                    Map.of(),
                                    stage.clock.millis()),
                            new Fleet.Member(
                                    "two", "host-two", null, "1.2", List.of("b", "a"), Map.of(), stage.clock.millis()));
            assertThat(members.get(1).toJson())
                    .isEqualTo(
                            new JsonObject("{\"id\":\"two\",\"host\":\"host-two\",\"admin\":null,\"version\":\"1.2\","
                                    + "\"stores\":[\"b\",\"a\"],\"epochs\":{},\"seen_time_millis\":"
                                    + stage.clock.millis() + "}"));
        });
    }

    @Test
    void members_aPolicyChanged_isToldAtOnce() throws Exception {
        Stage.play(stage -> {
            Sidecar one = new Sidecar(stage, "one", both());
            PolicySteps steps = new PolicySteps(both(), one.router.policies(), stage.host());

            Stage.got(steps.start("orders", Policy.first("b"), "a", true, LIMIT));

            assertThat(Stage.got(one.fleet.members()).get(0).epochs()).isEqualTo(Map.of("orders", 1L));
        });
    }

    @Test
    void members_oneThatEnds_isGoneAtOnce_andOneThatDies_soon() throws Exception {
        Stage.play(stage -> {
            Sidecar one = new Sidecar(stage, "one", both());
            Sidecar two = new Sidecar(stage, "two", both());
            Stage dying = new Stage(a);
            dying.clock.set(stage.clock.millis());
            new Sidecar(dying, "three", both());
            assertThat(one.sees()).containsExactly("one", "three", "two");

            Stage.got(two.fleet.close());
            assertThat(one.sees()).containsExactly("one", "three");
            stage.advance(Duration.ofSeconds(9));
            assertThat(one.sees()).containsExactly("one", "three");
            stage.advance(Duration.ofSeconds(2));
            assertThat(one.sees()).containsExactly("one");
            assertThat(kept(a)).hasSize(2);
            stage.advance(Duration.ofSeconds(90));

            assertThat(kept(a)).map(Task::id).containsExactly("one");
            assertThat(kept(b)).map(Task::id).containsExactly("one");
        });
    }

    @Test
    void members_aStoreDoesNotAnswer_areThoseOfTheOther() throws Exception {
        Stage.play(stage -> {
            Sidecar one = new Sidecar(stage, "one", both());
            Sidecar two = new Sidecar(stage, "two", both());
            Stage.got(b.close());
            stage.advance(Duration.ofSeconds(30));

            assertThat(one.sees()).containsExactly("one", "two");
            Stage.got(two.fleet.close());
            assertThat(one.sees()).containsExactly("one");
        });
    }

    @Test
    void members_noStoreAnswers_failsWithItsReason() throws Exception {
        Stage.play(stage -> {
            Sidecar one = new Sidecar(stage, "one", both());
            Stage.got(a.close());
            Stage.got(b.close());

            assertThat(one.fleet.members().cause()).hasMessageContaining("the store is closed");
        });
    }

    @Test
    void namespaces_routed_hideOurOwn() throws Exception {
        Stage.play(stage -> {
            Sidecar one = new Sidecar(stage, "one", both());
            one.router.execute(stage.command(Tasks.create("t")), CallOptions.DEFAULT);

            assertThat(Stage.got(one.router.query(new TaskQuery.Namespaces(), CallOptions.DEFAULT)))
                    .containsExactly(Stage.NAMESPACE);
            assertThat(Stage.got(a.query(new TaskQuery.Namespaces(), CallOptions.DEFAULT)))
                    .contains("~fleet");
        });
    }
}
