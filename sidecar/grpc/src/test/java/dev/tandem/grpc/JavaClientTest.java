package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.await;
import static dev.tandem.grpc.TestServer.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.tandem.client.ClientOptions;
import dev.tandem.client.Reasons;
import dev.tandem.client.TandemClient;
import dev.tandem.client.TandemException;
import dev.tandem.client.TaskContext;
import dev.tandem.client.TaskFailure;
import dev.tandem.client.Watch;
import dev.tandem.client.Worker;
import dev.tandem.routing.Router;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.v1.AcquireLeaseRequest;
import dev.tandem.v1.CancelTaskRequest;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.CountTasksRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.RetryPolicy;
import dev.tandem.v1.Task;
import dev.tandem.v1.UpdateTaskRequest;
import dev.tandem.v1.WaitTaskRequest;
import dev.tandem.v1.WatchTasksRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java client against the real server; the client's own module tests it against servers that misbehave. */
class JavaClientTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Vertx vertx = Vertx.vertx();
    private final Vertx clients = Vertx.vertx();
    private final FaultyTaskStore store = FaultyTaskStore.wrap(new ReferenceTaskStore(vertx));
    /** At the same address after a restart, which a free port may not be. */
    @TempDir
    private Path folder;

    private ServerOptions options;
    private ApiServer server;
    private TandemClient client;

    @BeforeEach
    void start() {
        Path socket = folder.resolve("t.sock");
        options = ServerOptions.DEFAULT.withPort(0).withUnixSocket(socket);
        server = serve();
        client = TandemClient.connect(clients, ClientOptions.DEFAULT.withAddress("unix://" + socket));
    }

    @AfterEach
    void stop() {
        client.close();
        await(server.drain());
        await(vertx.close());
        await(clients.close());
    }

    private ApiServer serve() {
        return await(ApiServer.start(
                vertx,
                options.withDrain(Duration.ofMillis(1), SOON),
                Router.single(vertx, "reference", store),
                InstantSource.system(),
                CallListener.NONE));
    }

    private void restart() {
        await(server.drain());
        server = serve();
    }

    private void create(String id) {
        RetryPolicy atOnce = RetryPolicy.newBuilder()
                .setInitialBackoff(com.google.protobuf.Duration.getDefaultInstance())
                .setMaxBackoff(com.google.protobuf.Duration.getDefaultInstance())
                .build();
        await(client.tasks()
                .createTask(CreateTaskRequest.newBuilder()
                        .setTaskId(id)
                        .setTask(Task.newBuilder()
                                .setQueue("mail")
                                .setPayload(ByteString.copyFromUtf8("to " + id))
                                .setRetryPolicy(atOnce))
                        .build()));
    }

    private Task get(String id) {
        return await(
                client.tasks().getTask(GetTaskRequest.newBuilder().setTaskId(id).build()));
    }

    private Task finished(String id) {
        return await(client.tasks()
                .waitTask(WaitTaskRequest.newBuilder().setTaskId(id).build()));
    }

    private static TandemException failure(Future<?> future) {
        until(future::isComplete, "the end of the call");
        return (TandemException) future.cause();
    }

    @Test
    void worker_overTasksOfEveryKind_bringsEachToItsEnd() {
        for (String id : List.of("good", "again", "bad")) {
            create(id);
        }
        AtomicInteger tries = new AtomicInteger();
        Worker worker = client.worker("mail").id("w1").concurrency(3).handle(task -> switch (task.task()
                .getTaskId()) {
            case "good" -> Future.succeededFuture(task.payload());
            case "again" ->
                tries.incrementAndGet() < 3
                        ? Future.failedFuture(TaskFailure.retryable("BUSY", "try later"))
                        : Future.succeededFuture(ByteString.EMPTY);
            default -> Future.failedFuture(TaskFailure.forGood("NO_ADDRESS", "nobody"));
        });

        assertThat(finished("good").getResult().toStringUtf8()).isEqualTo("to good");
        assertThat(finished("again").getState()).isEqualTo(Task.State.SUCCEEDED);
        assertThat(finished("again").getAttempts()).isEqualTo(3);
        assertThat(finished("bad").getState()).isEqualTo(Task.State.FAILED);
        assertThat(finished("bad").getError().getCode()).isEqualTo("NO_ADDRESS");
        await(worker.drain(SOON));
    }

    @Test
    void worker_whileTheServerIsRestarted_losesNoTaskAndDoesNoneTwice() {
        int count = 60;
        Map<String, Integer> done = new ConcurrentHashMap<>();
        Worker worker = client.worker("mail").id("w1").concurrency(4).handle(task -> {
            done.merge(task.task().getTaskId(), 1, Integer::sum);
            return Future.succeededFuture(ByteString.EMPTY);
        });
        for (int i = 0; i < count; i++) {
            create("t" + i);
            if (i == 20 || i == 40) {
                restart();
            }
        }

        until(() -> done.size() == count, "all tasks done");
        await(worker.drain(SOON));

        assertThat(done.values()).containsOnly(1);
        assertThat(await(client.tasks().countTasks(CountTasksRequest.getDefaultInstance()))
                        .getByStateMap())
                .containsExactly(Map.entry("SUCCEEDED", (long) count));
    }

    @Test
    void heartbeats_longerThanTheLease_keepTheTaskAndShowProgress() {
        create("slow");
        Promise<ByteString> result = Promise.promise();
        Worker worker = client.worker("mail").lease(Duration.ofMillis(300)).handle(task -> {
            task.progress(40, "on its way");
            return result.future();
        });
        until(() -> get("slow").getProgress().getPercent() == 40, "progress");
        long firstEtag = Long.parseLong(get("slow").getEtag());
        until(() -> Long.parseLong(get("slow").getEtag()) > firstEtag + 3, "heartbeats");
        result.complete(ByteString.copyFromUtf8("there"));

        assertThat(finished("slow").getResult().toStringUtf8()).isEqualTo("there");
        assertThat(finished("slow").getAttempts()).isEqualTo(1);
        await(worker.drain(SOON));
    }

    @Test
    void canceledTask_inAWorkersHands_isToldAndItsResultDropped() {
        create("a");
        Promise<TaskContext> begun = Promise.promise();
        Promise<ByteString> result = Promise.promise();
        Worker worker = client.worker("mail").lease(Duration.ofMillis(300)).handle(task -> {
            begun.complete(task);
            return result.future();
        });
        TaskContext task = await(begun.future());

        await(client.tasks()
                .cancelTask(CancelTaskRequest.newBuilder().setTaskId("a").build()));
        await(task.leaseLost());
        result.complete(ByteString.copyFromUtf8("too late"));
        await(worker.drain(SOON));

        assertThat(get("a").getState()).isEqualTo(Task.State.CANCELED);
        assertThat(get("a").getResult().isEmpty()).isTrue();
    }

    @Test
    void drain_ofAWorker_givesBackWhatIsUnfinishedUntried() {
        create("a");
        Promise<Void> begun = Promise.promise();
        Worker worker = client.worker("mail").concurrency(2).handle(task -> {
            begun.complete();
            return Promise.<ByteString>promise().future();
        });
        await(begun.future());

        await(worker.drain(Duration.ofMillis(10)));
        create("b");

        assertThat(get("a").getState()).isEqualTo(Task.State.ENQUEUED);
        assertThat(get("a").getAttempts()).isZero();
        assertThat(get("b").getState()).isEqualTo(Task.State.ENQUEUED);
    }

    @Test
    void lostAcknowledgement_ofACreate_isHealedByItsRequestId() {
        store.applyThenLoseAck(1);

        create("a");

        assertThat(get("a").getState()).isEqualTo(Task.State.ENQUEUED);
    }

    @Test
    void watch_acrossARestart_missesNothing() {
        List<String> seen = new CopyOnWriteArrayList<>();
        create("t0");
        Watch watch = client.watch(
                WatchTasksRequest.newBuilder().setIncludeExisting(true).build(), event -> {
                    if (event.hasTask()) {
                        seen.add(event.getTask().getTaskId());
                    }
                    return Future.succeededFuture();
                });
        until(() -> seen.contains("t0"), "what exists");
        for (int i = 1; i < 20; i++) {
            create("t" + i);
            if (i == 7 || i == 14) {
                restart();
            }
        }

        until(() -> Set.copyOf(seen).size() == 20, "all of them");
        await(watch.close());
    }

    @Test
    void errors_ofTheServer_areToldWithReasonAndMetadata() {
        create("a");

        TandemException stale = failure(client.tasks()
                .cancelTask(CancelTaskRequest.newBuilder()
                        .setTaskId("a")
                        .setEtag("999999")
                        .build()));
        assertThat(stale.code()).isEqualTo(GrpcStatus.ABORTED);
        assertThat(stale.reason()).isEqualTo(Reasons.VERSION_MISMATCH);
        assertThat(stale.metadata()).containsEntry("etag", get("a").getEtag());
        assertThat(stale.maybeApplied()).isFalse();

        TandemException absent = failure(client.tasks()
                .getTask(GetTaskRequest.newBuilder().setTaskId("b").build()));
        assertThat(absent.reason()).isEqualTo(Reasons.NOT_FOUND);

        TandemException wrong = failure(client.tasks()
                .updateTask(UpdateTaskRequest.newBuilder().setTaskId("a b").build()));
        assertThat(wrong.code()).isEqualTo(GrpcStatus.INVALID_ARGUMENT);
        assertThat(wrong.fieldViolations())
                .extracting(violation -> violation.getField())
                .contains("task_id");
    }

    @Test
    void worker_withAQueueThatIsNoName_stopsWithTheServersWords() {
        Worker worker = client.worker("no such name!").handle(task -> Future.succeededFuture());

        TandemException refused = failure(worker.stopped());

        assertThat(refused.fieldViolations()).isNotEmpty();
    }

    @Test
    void leases_overThePort_areHeldByOneAtATime() {
        try (TandemClient overPort =
                TandemClient.connect(clients, ClientOptions.DEFAULT.withHostAndPort("127.0.0.1", server.port()))) {
            AcquireLeaseRequest acquire = AcquireLeaseRequest.newBuilder()
                    .setScope("leader")
                    .setHolder("me")
                    .build();
            long token = await(overPort.leases().acquireLease(acquire)).getToken();
            TandemException held = failure(overPort.leases()
                    .acquireLease(acquire.toBuilder().setHolder("you").build()));

            assertThat(token).isPositive();
            assertThat(held.reason()).isEqualTo(Reasons.LEASE_HELD);
            assertThat(held.metadata()).containsEntry("holder", "me");
            assertThat(held.retryDelay()).isPositive();
        }
    }

    @Test
    void claim_repeatedUnderItsRequestIdWithoutTheWait_getsTheSameTasks() {
        // What a worker's drain relies on.
        create("a");
        ClaimTasksRequest claim = ClaimTasksRequest.newBuilder()
                .addQueues("mail")
                .setWorkerId("w1")
                .setMaxTasks(5)
                .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(5))
                .setRequestId("r1")
                .build();
        List<Task> first = await(client.tasks().claimTasks(claim)).getTasksList();
        create("b");

        List<Task> again = await(
                        client.tasks().claimTasks(claim.toBuilder().clearWait().build()))
                .getTasksList();

        assertThat(first).hasSize(1);
        assertThat(again).isEqualTo(first);
        assertThat(get("b").getState()).isEqualTo(Task.State.ENQUEUED);
    }
}
