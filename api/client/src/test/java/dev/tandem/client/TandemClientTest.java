package dev.tandem.client;

import static dev.tandem.client.ScriptedServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.tandem.v1.AcquireLeaseRequest;
import dev.tandem.v1.BatchCreateTasksRequest;
import dev.tandem.v1.BatchCreateTasksResponse;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Lease;
import dev.tandem.v1.LeaseServiceGrpcService;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskServiceGrpcService;
import dev.tandem.v1.TasksProto;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TandemClientTest {
    private static final Task DONE = Task.newBuilder().setTaskId("t1").build();

    private final Vertx vertx = Vertx.vertx();
    private final ScriptedServer server = new ScriptedServer(vertx);
    private TandemClient client;

    @AfterEach
    void close() throws Exception {
        if (client != null) {
            client.close();
        }
        await(vertx.close());
    }

    private TandemClient connect() throws Exception {
        return connect(ClientOptions.DEFAULT);
    }

    private TandemClient connect(ClientOptions options) throws Exception {
        server.listen(0);
        client = TandemClient.connect(vertx, options.withHostAndPort("127.0.0.1", server.port()));
        return client;
    }

    private static TandemException failure(Future<?> future) {
        Throwable thrown = catchThrowable(() -> await(future));
        assertThat(thrown).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(TandemException.class);
        return (TandemException) thrown.getCause();
    }

    @Test
    void call_blankNamespaceAndRequestId_areFilledIn() throws Exception {
        List<CreateTaskRequest> asked = server.on(TaskServiceGrpcService.CreateTask, call -> call.answer(DONE));
        connect(ClientOptions.DEFAULT.withNamespace("shop"));

        Task created = await(client.tasks().createTask(CreateTaskRequest.getDefaultInstance()));
        await(client.tasks()
                .createTask(CreateTaskRequest.newBuilder()
                        .setNamespace("other")
                        .setRequestId("mine")
                        .build()));

        assertThat(created).isEqualTo(DONE);
        assertThat(asked.get(0).getNamespace()).isEqualTo("shop");
        assertThat(asked.get(0).getRequestId()).matches("[A-Za-z0-9._~-]{16,128}");
        assertThat(asked.get(1).getNamespace()).isEqualTo("other");
        assertThat(asked.get(1).getRequestId()).isEqualTo("mine");
    }

    @Test
    void batch_itemsWithoutRequestId_eachGetTheirOwn() throws Exception {
        List<BatchCreateTasksRequest> asked = server.on(
                TaskServiceGrpcService.BatchCreateTasks,
                call -> call.answer(BatchCreateTasksResponse.getDefaultInstance()));
        connect();

        await(client.tasks()
                .batchCreateTasks(BatchCreateTasksRequest.newBuilder()
                        .addRequests(CreateTaskRequest.getDefaultInstance())
                        .addRequests(CreateTaskRequest.newBuilder().setRequestId("mine"))
                        .addRequests(CreateTaskRequest.getDefaultInstance())
                        .build()));

        List<String> ids = asked.get(0).getRequestsList().stream()
                .map(CreateTaskRequest::getRequestId)
                .toList();
        assertThat(ids).doesNotContain("").doesNotHaveDuplicates().contains("mine");
    }

    @Test
    void call_ofLeases_reachesTheirService() throws Exception {
        Lease lease = Lease.newBuilder().setToken(5).build();
        List<AcquireLeaseRequest> asked = server.on(LeaseServiceGrpcService.AcquireLease, call -> call.answer(lease));
        connect();

        assertThat(await(client.leases()
                        .acquireLease(AcquireLeaseRequest.newBuilder()
                                .setScope("leader")
                                .build())))
                .isEqualTo(lease);
        assertThat(asked.get(0).getNamespace()).isEqualTo("default");
    }

    @Test
    void call_overUnixSocket_isAnswered(@TempDir Path folder) throws Exception {
        server.on(TaskServiceGrpcService.GetTask, call -> call.answer(DONE));
        Path socket = folder.resolve("t.sock");
        server.listen(socket);
        client = TandemClient.connect(ClientOptions.DEFAULT.withUnixSocket(socket));

        assertThat(await(client.tasks().getTask(GetTaskRequest.getDefaultInstance())))
                .isEqualTo(DONE);
    }

    @Test
    void call_fromAContext_completesOnIt() throws Exception {
        server.on(TaskServiceGrpcService.GetTask, call -> call.answer(DONE));
        connect();
        Context caller = vertx.getOrCreateContext();
        Promise<Context> completedOn = Promise.promise();

        caller.runOnContext(run -> client.tasks()
                .getTask(GetTaskRequest.getDefaultInstance())
                .onComplete(task -> completedOn.complete(Vertx.currentContext()), completedOn::fail));

        assertThat(await(completedOn.future())).isSameAs(caller);
    }

    @Test
    void call_withATimeout_tellsTheSidecarItsDeadline() throws Exception {
        AtomicInteger millis = new AtomicInteger();
        server.on(TaskServiceGrpcService.ClaimTasks, call -> {
            millis.set((int) call.stream().timeout());
            call.answer(ClaimTasksResponse.getDefaultInstance());
        });
        connect();

        await(client.tasks(Duration.ofSeconds(3))
                .claimTasks(ClaimTasksRequest.newBuilder()
                        .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(20))
                        .build()));

        assertThat(millis.get()).isGreaterThan(20_000).isLessThanOrEqualTo(23_000);
    }

    @Test
    void error_withDetails_isDecoded() throws Exception {
        server.on(TaskServiceGrpcService.GetTask, call -> call.refuse(GrpcStatus.ABORTED, Reasons.VERSION_MISMATCH, 0));
        connect();

        TandemException failure = failure(client.tasks().getTask(GetTaskRequest.getDefaultInstance()));

        assertThat(failure.code()).isEqualTo(GrpcStatus.ABORTED);
        assertThat(failure.reason()).isEqualTo(Reasons.VERSION_MISMATCH);
        assertThat(failure.metadata()).containsEntry("etag", "7");
        assertThat(failure).hasMessage("no: VERSION_MISMATCH");
        assertThat(failure.maybeApplied()).isFalse();
    }

    @Test
    void error_withoutDetails_hasCodeAndMessage() throws Exception {
        server.on(
                TaskServiceGrpcService.GetTask,
                call -> call.stream()
                        .response()
                        .status(GrpcStatus.NOT_FOUND)
                        .statusMessage("no task \"é+1\"")
                        .end());
        connect();

        TandemException failure = failure(client.tasks().getTask(GetTaskRequest.getDefaultInstance()));

        assertThat(failure.code()).isEqualTo(GrpcStatus.NOT_FOUND);
        assertThat(failure.reason()).isEmpty();
        assertThat(failure).hasMessage("no task \"é+1\"");
    }

    @Test
    void refusedCalls_thatMayPass_areTriedAgainUnderOneRequestId() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        List<CreateTaskRequest> asked = server.on(TaskServiceGrpcService.CreateTask, call -> {
            switch (calls.incrementAndGet()) {
                case 1 -> call.refuse(GrpcStatus.UNAVAILABLE, Reasons.NOT_APPLIED, 5);
                case 2 -> call.refuse(GrpcStatus.RESOURCE_EXHAUSTED, Reasons.OVERLOADED, 5);
                case 3 -> call.refuse(GrpcStatus.UNAVAILABLE, Reasons.DRAINING, 0);
                case 4 -> call.refuse(GrpcStatus.UNKNOWN, Reasons.MAYBE_APPLIED, 0);
                case 5 -> call.cut(); // after it was applied, for all the client knows
                default -> call.answer(DONE);
            }
        });
        connect();

        assertThat(await(client.tasks().createTask(CreateTaskRequest.getDefaultInstance())))
                .isEqualTo(DONE);

        assertThat(asked).hasSize(6).containsOnly(asked.get(0));
    }

    @Test
    void refusedCall_forGood_isNotTriedAgain() throws Exception {
        List<CreateTaskRequest> asked = server.on(
                TaskServiceGrpcService.CreateTask,
                call -> call.refuse(GrpcStatus.FAILED_PRECONDITION, Reasons.LEASE_HELD, 1));
        connect();

        failure(client.tasks().createTask(CreateTaskRequest.getDefaultInstance()));

        assertThat(asked).hasSize(1);
    }

    @Test
    void retries_ofACallThatNeverPasses_endAtTheirBound() throws Exception {
        List<CreateTaskRequest> asked = server.on(
                TaskServiceGrpcService.CreateTask, call -> call.refuse(GrpcStatus.UNAVAILABLE, Reasons.NOT_APPLIED, 0));
        connect(ClientOptions.DEFAULT.withRetries(3, Duration.ofMillis(1), Duration.ofMillis(2)));

        TandemException failure = failure(client.tasks().createTask(CreateTaskRequest.getDefaultInstance()));

        assertThat(asked).hasSize(3);
        assertThat(failure.reason()).isEqualTo(Reasons.NOT_APPLIED);
        assertThat(failure.maybeApplied()).isFalse();
    }

    @Test
    void retry_thatTheSidecarWantsAfterTheDeadline_isNotMade() throws Exception {
        List<CreateTaskRequest> asked = server.on(
                TaskServiceGrpcService.CreateTask,
                call -> call.refuse(GrpcStatus.RESOURCE_EXHAUSTED, Reasons.OVERLOADED, 900));
        connect();

        TandemException failure =
                failure(client.tasks(Duration.ofMillis(600)).createTask(CreateTaskRequest.getDefaultInstance()));

        assertThat(asked).hasSize(1);
        assertThat(failure.reason()).isEqualTo(Reasons.OVERLOADED);
        assertThat(failure.retryDelay()).isEqualTo(Duration.ofMillis(900));
    }

    @Test
    void lostConnection_untilTheBound_mayHaveBeenAppliedForWritesOnly() throws Exception {
        server.on(TaskServiceGrpcService.CreateTask, ScriptedServer.Call::cut);
        server.on(TaskServiceGrpcService.GetTask, ScriptedServer.Call::cut);
        connect(ClientOptions.DEFAULT.withRetries(2, Duration.ofMillis(1), Duration.ofMillis(2)));

        TandemException write = failure(client.tasks().createTask(CreateTaskRequest.getDefaultInstance()));
        TandemException read = failure(client.tasks().getTask(GetTaskRequest.getDefaultInstance()));

        assertThat(write.reason()).isEqualTo(Reasons.CONNECTION_LOST);
        assertThat(write.maybeApplied()).isTrue();
        assertThat(read.maybeApplied()).isFalse();
    }

    @Test
    void maybeApplied_onceKnown_survivesALaterRefusal() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        server.on(TaskServiceGrpcService.CreateTask, call -> {
            if (calls.incrementAndGet() == 1) {
                call.cut();
            } else {
                call.refuse(GrpcStatus.UNAVAILABLE, Reasons.NOT_APPLIED, 0);
            }
        });
        connect(ClientOptions.DEFAULT.withRetries(3, Duration.ofMillis(1), Duration.ofMillis(2)));

        TandemException failure = failure(client.tasks().createTask(CreateTaskRequest.getDefaultInstance()));

        assertThat(failure.reason()).isEqualTo(Reasons.NOT_APPLIED);
        assertThat(failure.maybeApplied()).isTrue();
    }

    @Test
    void silentSidecar_atTheDeadline_isToldAndGivenUp() throws Exception {
        Promise<Void> reset = Promise.promise();
        server.on(TaskServiceGrpcService.CreateTask, call -> call.stream().errorHandler(error -> reset.tryComplete()));
        connect();

        TandemException failure =
                failure(client.tasks(Duration.ofMillis(150)).createTask(CreateTaskRequest.getDefaultInstance()));

        assertThat(failure.code()).isEqualTo(GrpcStatus.DEADLINE_EXCEEDED);
        assertThat(failure.maybeApplied()).isTrue();
        await(reset.future());
    }

    @Test
    void absentSidecar_withinTheDeadline_isReachedOnceItIsThere(@TempDir Path folder) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        List<CreateTaskRequest> asked = server.on(TaskServiceGrpcService.CreateTask, call -> call.answer(DONE));
        client = TandemClient.connect(
                vertx,
                ClientOptions.DEFAULT
                        .withHostAndPort("127.0.0.1", port)
                        .withRetries(2, Duration.ofMillis(1), Duration.ofMillis(1)));

        TandemException failure = failure(client.tasks().createTask(CreateTaskRequest.getDefaultInstance()));
        assertThat(failure.reason()).isEqualTo(Reasons.UNREACHABLE);
        assertThat(failure.maybeApplied()).isFalse();
        assertThat(failure).hasMessageContaining("127.0.0.1:" + port).hasMessageContaining("is it running?");

        Path socket = folder.resolve("t.sock");
        TandemClient patient = TandemClient.connect(vertx, ClientOptions.DEFAULT.withUnixSocket(socket));
        Future<Task> early = patient.tasks().createTask(CreateTaskRequest.getDefaultInstance());
        server.listen(socket);
        assertThat(await(early)).isEqualTo(DONE);
        assertThat(asked).hasSize(1);
        await(patient.shutdown());
    }

    @Test
    void answer_overTheLimit_isRefusedWithASentence() throws Exception {
        List<GetTaskRequest> asked = server.on(
                TaskServiceGrpcService.GetTask,
                call -> call.answer(Task.newBuilder().setQueue("q".repeat(2000)).build()));
        connect(ClientOptions.DEFAULT.withMessageBytesMax(1000));

        TandemException failure = failure(client.tasks().getTask(GetTaskRequest.getDefaultInstance()));

        assertThat(failure.reason()).isEqualTo(Reasons.BAD_ANSWER);
        assertThat(failure).hasMessageContaining("messageBytesMax");
        assertThat(asked).hasSize(1);
    }

    @Test
    void calls_overTheBound_areTurnedAway() throws Exception {
        server.on(TaskServiceGrpcService.GetTask, call -> {});
        connect(ClientOptions.DEFAULT.withCallsMax(1));
        Future<Task> first = client.tasks().getTask(GetTaskRequest.getDefaultInstance());

        TandemException second = failure(client.tasks().getTask(GetTaskRequest.getDefaultInstance()));

        assertThat(second.reason()).isEqualTo(Reasons.OVERLOADED);
        assertThat(first.isComplete()).isFalse();
    }

    @Test
    void closedClient_callsUnderWayAndLater_failAtOnce() throws Exception {
        Promise<Void> arrived = Promise.promise();
        server.on(TaskServiceGrpcService.CreateTask, call -> arrived.complete());
        connect();
        Future<Task> underWay = client.tasks().createTask(CreateTaskRequest.getDefaultInstance());
        await(arrived.future());

        client.close();

        assertThat(failure(underWay).maybeApplied()).isTrue();
        TandemException later = failure(client.tasks().createTask(CreateTaskRequest.getDefaultInstance()));
        assertThat(later.reason()).isEqualTo(Reasons.CANCELED);
        assertThat(later.maybeApplied()).isFalse();
    }

    @Test
    void rpcs_allOfTheTaskService_areServed() {
        for (MethodDescriptor method :
                TasksProto.getDescriptor().findServiceByName("TaskService").getMethods()) {
            Rpc rpc = Stubs.task(method.getName());
            assertThat(rpc.isRepeatable()).as(method.getName()).isTrue();
            boolean isRead = method.getName().matches("(Get|List|Count|Watch|Wait|BatchGet).*");
            assertThat(rpc.reads()).as(method.getName()).isEqualTo(isRead);
        }
    }
}
