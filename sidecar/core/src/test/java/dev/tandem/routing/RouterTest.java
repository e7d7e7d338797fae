package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RouterTest {
    private static final class Seen implements CallObserver {
        final List<String> calls = new ArrayList<>();

        @Override
        public void executed(
                String storeName,
                TaskCommand command,
                @Nullable Outcome outcome,
                @Nullable StoreException failure,
                long nanos) {
            assertThat(nanos).isNotNegative();
            calls.add(storeName + " " + command.verb().getClass().getSimpleName() + " "
                    + (failure == null ? outcome.getClass().getSimpleName() : failure.kind()));
        }

        @Override
        public void queried(String storeName, TaskQuery<?> query, @Nullable StoreException failure, long nanos) {
            calls.add(storeName + " " + query.getClass().getSimpleName() + " "
                    + (failure == null ? "ok" : failure.kind()));
        }
    }

    @Test
    void execute_observed_isReportedBeforeTheCallerIsAnswered() throws Exception {
        Stage.play(stage -> {
            Seen seen = new Seen();
            Router router = Router.single(Stage.vertx(), "main", stage.store).observe(seen);
            Future<Outcome> created = router.execute(stage.command(Tasks.create("a")), CallOptions.DEFAULT);
            List<String> whenAnswered = new ArrayList<>();
            created.onComplete(answer -> whenAnswered.addAll(seen.calls));
            assertThat(seen.calls).isEmpty();
            stage.store.settle();
            assertThat(whenAnswered).containsExactly("main Create Applied");
            router.execute(stage.command(Tasks.create("a")), CallOptions.DEFAULT);
            stage.store.settle();
            assertThat(seen.calls).containsExactly("main Create Applied", "main Create Rejected");
        });
    }

    @Test
    void call_storeFails_isReportedAndPassedOn() throws Exception {
        Stage.play(stage -> {
            Seen seen = new Seen();
            Router router = Router.single(Stage.vertx(), "main", stage.store).observe(seen);
            stage.store.failNext(FailureKind.OVERLOADED);
            stage.store.failNext(FailureKind.CORRUPT);
            Future<Outcome> created = router.execute(stage.command(Tasks.create("a")), CallOptions.DEFAULT);
            Future<?> got = router.query(new TaskQuery.Get(Stage.NAMESPACE, "a"), CallOptions.DEFAULT);
            stage.store.settle();
            assertThat(((StoreException) created.cause()).kind()).isEqualTo(FailureKind.OVERLOADED);
            assertThat(((StoreException) got.cause()).kind()).isEqualTo(FailureKind.CORRUPT);
            assertThat(seen.calls).containsExactly("main Create OVERLOADED", "main Get CORRUPT");
        });
    }

    @Test
    void execute_notObserved_isTheStoresOwnFuture() throws Exception {
        Stage.play(stage -> {
            Router router = Router.single(Stage.vertx(), "main", stage.inner);
            assertThat(Stage.got(router.execute(stage.command(Tasks.create("a")), CallOptions.DEFAULT)))
                    .isInstanceOf(Outcome.Applied.class);
            assertThat(router.capabilities()).isEqualTo(stage.inner.capabilities());
        });
    }

    /** A store of so many shards, of which an id's length says which it is in. */
    private static TaskStore sharded(int shards) {
        TaskStore inner = new ReferenceTaskStore(Stage.vertx());
        return new SteppedStore(inner) {
            @Override
            public Capabilities capabilities() {
                return new Capabilities(Durability.MEMORY, true, shards);
            }

            @Override
            public String newTaskId(String namespace, String requestId, Supplier<String> ids) {
                String id = ids.get();
                while (id.length() % shards != requestId.length() % shards) {
                    id = ids.get();
                }
                return id;
            }
        };
    }

    /** A repeated request came to another shard when its namespace had come to the other of two stores with shards. */
    @Test
    void newTaskId_severalStoresWithShards_suitsAll() throws Exception {
        Stage.play(stage -> {
            Stores stores = new Stores(Map.of("a", sharded(3), "b", stage.inner, "c", sharded(4)), "b");
            Router router = Router.of(stage.host(), stores);
            StringBuilder id = new StringBuilder();

            String found = router.newTaskId(
                    Stage.NAMESPACE, "x".repeat(7), () -> id.append('i').toString());

            assertThat(found.length() % 3).isEqualTo(7 % 3);
            assertThat(found.length() % 4).isEqualTo(7 % 4);
            assertThat(router.capabilities().shards()).isEqualTo(4);
        });
    }

    /** An export has to have all; a sweep has to go on with what there is. */
    @Test
    void namespaces_aStoreDoesNotAnswer_areThoseOfTheOthersOnlyWhereThatIsEnough() throws Exception {
        Stage.play(stage -> {
            TaskStore closed = new ReferenceTaskStore(Stage.vertx());
            Stage.got(closed.close());
            Router router = Router.of(stage.host(), new Stores(Map.of("a", stage.inner, "b", closed), "a"));
            Stage.got(router.execute(stage.command(Tasks.create("t")), CallOptions.DEFAULT));

            CallOptions eventual = new CallOptions(CallOptions.NEVER, Consistency.EVENTUAL);
            assertThat(Stage.got(router.query(new TaskQuery.Namespaces(), eventual)))
                    .containsExactly(Stage.NAMESPACE);
            assertThat(router.query(new TaskQuery.Namespaces(), CallOptions.DEFAULT)
                            .cause())
                    .hasMessageContaining("closed");
        });
    }
}
