package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.PolicySteps;
import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Sidecars hear of new policies without making calls. */
final class PolicyPollingTest {
    private static final String NS = Stage.NAMESPACE;
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** Two sidecars over the same two stores. */
    private static final class Pair {
        final Router busy;
        final Router idle;
        final PolicySteps steps;

        Pair(Stage stage) {
            Stores stores = new Stores(
                    Map.of("a", new ReferenceTaskStore(Stage.vertx()), "b", new ReferenceTaskStore(Stage.vertx())),
                    "a");
            busy = Router.of(stage.host(), stores);
            idle = Router.of(stage.host(), stores);
            steps = new PolicySteps(stores, busy.policies(), stage.host());
        }

        Policy known() {
            return idle.policies().known().get(NS);
        }

        void read(Router router, String namespace) {
            Stage.got(router.query(new TaskQuery.Get(namespace, "t"), CallOptions.DEFAULT));
        }
    }

    @Test
    void polling_policyChangedElsewhere_isKnownWithinASecond() throws Exception {
        Stage.play(stage -> {
            Pair pair = new Pair(stage);
            pair.read(pair.idle, NS);
            pair.idle.policies().startPolling();
            List<Policy> told = new ArrayList<>();
            pair.idle.policies().onChange(() -> told.add(pair.known()));

            Policy begun = Stage.got(pair.steps.start(NS, Policy.first("a"), "b", true, LIMIT));
            assertThat(pair.known()).isEqualTo(Policy.first("a"));
            stage.advance(SECOND);
            assertThat(pair.known()).isEqualTo(begun);
            Policy newest = Stage.got(pair.steps.move(NS, begun, Phase.READ_NEWEST, 0, LIMIT));
            stage.advance(SECOND);
            Policy switched = Stage.got(pair.steps.move(NS, newest, Phase.READ_SWITCHED, 100, LIMIT));
            stage.advance(SECOND);
            Policy written = Stage.got(pair.steps.switchWrites(NS, switched, LIMIT));
            stage.advance(SECOND);
            Policy last = Stage.got(pair.steps.move(NS, written, Phase.SINGLE, 0, LIMIT));
            stage.advance(SECOND);

            assertThat(told).containsExactly(begun, newest, switched, written, last);
            assertThat(last.authority()).isEqualTo("b");
            assertThat(pair.idle.policies().fencedCalls()).isZero();
        });
    }

    @Test
    void polling_namespaceThatNobodyAskedFor_isNotLookedAt() throws Exception {
        Stage.play(stage -> {
            Pair pair = new Pair(stage);
            pair.idle.policies().startPolling();
            Stage.got(pair.steps.start(NS, Policy.first("a"), "b", true, LIMIT));

            stage.advance(SECOND);

            assertThat(pair.idle.policies().known()).isEmpty();
            assertThat(pair.idle.policies().movingNamespaces()).isZero();
            pair.read(pair.idle, NS);
            assertThat(pair.idle.policies().movingNamespaces()).isEqualTo(1);
        });
    }

    @Test
    void polling_stopped_looksNoMore() throws Exception {
        Stage.play(stage -> {
            Pair pair = new Pair(stage);
            pair.read(pair.idle, NS);
            pair.idle.policies().startPolling();
            pair.idle.policies().stopPolling();
            Stage.got(pair.steps.start(NS, Policy.first("a"), "b", true, LIMIT));

            stage.advance(SECOND);

            assertThat(pair.known()).isEqualTo(Policy.first("a"));
            assertThat(stage.timers.size()).isZero();
        });
    }

    @Test
    void polling_veryManyNamespaces_comeInTurnAndTheMovedOnesFirst() throws Exception {
        Stage.play(stage -> {
            Set<String> all = new TreeSet<>();
            for (int i = 0; i < 3 * PolicyPolling.OTHERS_MAX; i++) {
                all.add("n" + i);
            }
            List<String> looked = new ArrayList<>();
            PolicyPolling polling = new PolicyPolling(stage.timers, all, looked::add);
            polling.moved("n17");
            polling.start();

            stage.advance(Duration.ofMillis(PolicyPolling.POLL_MILLIS));
            assertThat(looked).startsWith("n17").hasSizeBetween(PolicyPolling.OTHERS_MAX, PolicyPolling.OTHERS_MAX + 1);
            stage.advance(Duration.ofMillis(2 * PolicyPolling.POLL_MILLIS));

            assertThat(looked).hasSize(all.size() + 2).containsAll(all);
            assertThat(looked).filteredOn("n17"::equals).hasSize(3);
        });
    }

    @Test
    void call_fenced_isCounted() throws Exception {
        Stage.play(stage -> {
            Pair pair = new Pair(stage);
            pair.read(pair.idle, NS);
            Stage.got(pair.steps.start(NS, Policy.first("a"), "b", true, LIMIT));

            Stage.got(pair.idle.execute(stage.command(Tasks.create("t")), CallOptions.DEFAULT));

            assertThat(pair.idle.policies().fencedCalls()).isEqualTo(1);
            assertThat(pair.idle.policies().waitingCalls()).isZero();
        });
    }
}
