package dev.tandem.store.raft.node;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;

/** What tests of the link share: nodes whose groups a test decides on, and calls to them. */
abstract class ScriptedNodes {
    static final String NAMESPACE = "default";
    static final long TRY_MILLIS = 20_000;

    final Vertx vertx = Vertx.vertx();
    private final List<NodeServer> servers = new ArrayList<>();
    private final List<NodeGroups> opened = new ArrayList<>();
    private final List<Proxy> proxies = new ArrayList<>();
    private long batches;

    @AfterEach
    void close() {
        opened.forEach(groups -> StoreCalls.await(groups.close()));
        proxies.forEach(Proxy::close);
        servers.forEach(server -> StoreCalls.await(server.shut()));
        StoreCalls.await(vertx.close());
    }

    NodeServer serve(ScriptedGroups groups) {
        return serve(groups, NodeServerOptions.of(NodeCluster.HOST, 0));
    }

    NodeServer serve(ScriptedGroups groups, NodeServerOptions options) {
        NodeServer server = StoreCalls.await(NodeServer.start(vertx, options, groups));
        servers.add(server);
        return server;
    }

    Proxy proxy(NodeServer server) {
        Proxy proxy = new Proxy(vertx, server.port());
        proxies.add(proxy);
        return proxy;
    }

    static String address(NodeServer server) {
        return NodeCluster.HOST + ":" + server.port();
    }

    NodeGroups connect(String... addresses) {
        return connect(List.of(addresses), options -> options);
    }

    NodeGroups connect(List<String> addresses, UnaryOperator<NodeOptions.Builder> change) {
        NodeGroups groups = StoreCalls.await(tryToConnect(addresses, change));
        opened.add(groups);
        return groups;
    }

    Future<NodeGroups> tryToConnect(List<String> addresses, UnaryOperator<NodeOptions.Builder> change) {
        NodeOptions.Builder options = NodeOptions.builder(addresses)
                .startTimeout(Duration.ofSeconds(8))
                .reconnectDelay(Duration.ofMillis(20));
        return NodeGroups.connect(vertx, change.apply(options).build());
    }

    /** What the connection was refused with. */
    String refusal(List<String> addresses, UnaryOperator<NodeOptions.Builder> change) throws Exception {
        try {
            tryToConnect(addresses, change)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return String.valueOf(e.getCause().getMessage());
        }
        throw new AssertionError("it was not refused");
    }

    // ---- calls

    /** Has a task created, as a batch of its own from a proposer of its own. */
    Future<TaskGroups.Applied> create(TaskGroups groups, int group, String id) {
        return apply(groups, group, batch(id), TRY_MILLIS);
    }

    Batch batch(String... ids) {
        List<TaskCommand> commands = new ArrayList<>();
        for (String id : ids) {
            commands.add(TaskCommand.of(NAMESPACE, 1_000 + batches++, Tasks.create(id)));
        }
        return new Batch(UUID.randomUUID(), 1, 1, commands);
    }

    static Future<TaskGroups.Applied> apply(TaskGroups groups, int group, Batch batch, long timeoutMillis) {
        Promise<TaskGroups.Applied> promise = Promise.promise();
        groups.apply(group, batch, timeoutMillis, answer(promise));
        return promise.future();
    }

    static Future<Object> get(TaskGroups groups, int group, String id, long timeoutMillis) {
        Promise<Object> promise = Promise.promise();
        GroupQuery query = new GroupQuery.Ask(new TaskQuery.Get(NAMESPACE, id));
        groups.read(group, query, timeoutMillis, answer(promise));
        return promise.future();
    }

    static Future<Object> getHere(TaskGroups groups, int group, String id) {
        Promise<Object> promise = Promise.promise();
        GroupQuery query = new GroupQuery.Ask(new TaskQuery.Get(NAMESPACE, id));
        groups.readHere(group, query, TRY_MILLIS, answer(promise));
        return promise.future();
    }

    private static <T> TaskGroups.Answer<T> answer(Promise<T> promise) {
        return new TaskGroups.Answer<>() {
            @Override
            public void succeeded(T value) {
                promise.complete(value);
            }

            @Override
            public void failed(Throwable failure) {
                promise.fail(failure);
            }
        };
    }

    static Outcome outcome(Future<TaskGroups.Applied> future) {
        List<Outcome> outcomes = StoreCalls.await(future).outcomes();
        if (outcomes == null || outcomes.size() != 1) {
            throw new AssertionError("no outcome: " + outcomes);
        }
        return outcomes.get(0);
    }

    /** What a call failed with. */
    static Throwable failure(Future<?> future) throws InterruptedException {
        try {
            future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (TimeoutException e) {
            throw new AssertionError("nothing came", e);
        }
        throw new AssertionError("it did not fail");
    }

    static FailureKind kind(Future<?> future) throws InterruptedException {
        Throwable failure = failure(future);
        if (failure instanceof StoreException known) {
            return known.kind();
        }
        throw new AssertionError("not a StoreException", failure);
    }

    static void awaitTrue(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + StoreCalls.WAIT_MAX.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + StoreCalls.WAIT_MAX + ": " + what);
            }
            Thread.sleep(5);
        }
    }

    static NodesStatus.Node node(NodeGroups groups, int index) {
        return groups.status().nodes().get(index);
    }
}
