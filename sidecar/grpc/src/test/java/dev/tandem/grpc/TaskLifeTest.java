package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.info;
import static dev.tandem.grpc.TestServer.reason;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.rpc.Code;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.tandem.v1.*;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The whole life of tasks and leases, through grpc-java. */
class TaskLifeTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Task create(String namespace, String id, String queue) {
        return server.call(
                "CreateTask",
                CreateTaskRequest.newBuilder()
                        .setNamespace(namespace)
                        .setTaskId(id)
                        .setTask(Task.newBuilder().setQueue(queue).setPayload(ByteString.copyFromUtf8("hi")))
                        .build());
    }

    private static Task claim(String namespace, String queue) {
        ClaimTasksResponse claimed = server.call(
                "ClaimTasks",
                ClaimTasksRequest.newBuilder()
                        .setNamespace(namespace)
                        .addQueues(queue)
                        .setWorkerId("w1")
                        .build());
        assertThat(claimed.getTasksCount()).isEqualTo(1);
        return claimed.getTasks(0);
    }

    private static Task get(String namespace, String id) {
        return server.call(
                "GetTask",
                GetTaskRequest.newBuilder()
                        .setNamespace(namespace)
                        .setTaskId(id)
                        .build());
    }

    @Test
    void life_createClaimRenewComplete_endsSucceeded() {
        Task created = create("life", "t1", "mail");
        assertThat(created.getState()).isEqualTo(Task.State.ENQUEUED);
        assertThat(created.getNamespace()).isEqualTo("life");
        assertThat(created.getPayload().toStringUtf8()).isEqualTo("hi");
        assertThat(created.getRetention())
                .isEqualTo(Duration.newBuilder().setSeconds(7 * 86400).build());
        assertThat(get("life", "t1")).isEqualTo(created);

        Task claimed = claim("life", "mail");
        assertThat(claimed.getState()).isEqualTo(Task.State.PROCESSING);
        assertThat(claimed.getLease().getWorkerId()).isEqualTo("w1");
        long token = claimed.getLease().getToken();

        Task renewed = server.call(
                "RenewLease",
                RenewLeaseRequest.newBuilder()
                        .setNamespace("life")
                        .setTaskId("t1")
                        .setToken(token)
                        .setProgress(Progress.newBuilder().setPercent(50).setNote("half"))
                        .build());
        assertThat(renewed.getProgress().getPercent()).isEqualTo(50);
        assertThat(renewed.getLease().getToken()).isEqualTo(token);

        Task completed = server.call(
                "CompleteTask",
                CompleteTaskRequest.newBuilder()
                        .setNamespace("life")
                        .setTaskId("t1")
                        .setToken(token)
                        .setResult(ByteString.copyFromUtf8("done"))
                        .build());
        assertThat(completed.getState()).isEqualTo(Task.State.SUCCEEDED);
        assertThat(completed.getResult().toStringUtf8()).isEqualTo("done");
        assertThat(completed.hasLease()).isFalse();
        assertThat(get("life", "t1")).isEqualTo(completed);
        assertThat(Long.parseLong(completed.getEtag())).isGreaterThan(Long.parseLong(created.getEtag()));
    }

    @Test
    void create_withoutId_getsUuidOfVersion7() {
        Task created = server.call("CreateTask", CreateTaskRequest.getDefaultInstance());
        assertThat(java.util.UUID.fromString(created.getTaskId()).version()).isEqualTo(7);
        assertThat(created.getNamespace()).isEqualTo("default");
    }

    @Test
    void create_sameRequestIdWithoutId_isTheSameTask() {
        CreateTaskRequest request = CreateTaskRequest.newBuilder()
                .setNamespace("repeat")
                .setRequestId("r1")
                .setTask(Task.newBuilder().setQueue("q").putLabels("a", "1").putLabels("b", "2"))
                .build();
        Task first = server.call("CreateTask", request);
        Task again = server.call("CreateTask", request);
        assertThat(again).isEqualTo(first);
        Status other = server.refused(
                "CreateTask",
                request.toBuilder().setTask(Task.newBuilder().setQueue("other")).build());
        assertThat(other.getCode()).isEqualTo(Code.FAILED_PRECONDITION_VALUE);
        assertThat(reason(other)).isEqualTo("REQUEST_ID_REUSED");
        CountTasksResponse count = server.call(
                "CountTasks",
                CountTasksRequest.newBuilder().setNamespace("repeat").build());
        assertThat(count.getTotal()).isEqualTo(1);
    }

    @Test
    void create_idTaken_isRefusedAndUnchanged() {
        Task first = create("taken", "t1", "mail");
        Status status = server.refused(
                "CreateTask",
                CreateTaskRequest.newBuilder()
                        .setNamespace("taken")
                        .setTaskId("t1")
                        .build());
        assertThat(status.getCode()).isEqualTo(Code.ALREADY_EXISTS_VALUE);
        assertThat(reason(status)).isEqualTo("ALREADY_EXISTS");
        assertThat(TestServer.detail(status, ResourceInfo.class).getResourceName())
                .isEqualTo("namespaces/taken/tasks/t1");
        assertThat(get("taken", "t1")).isEqualTo(first);
    }

    @Test
    void get_otherNamespace_isNotFound() {
        create("here", "t1", "mail");
        Status status = server.refused(
                "GetTask",
                GetTaskRequest.newBuilder()
                        .setNamespace("there")
                        .setTaskId("t1")
                        .build());
        assertThat(status.getCode()).isEqualTo(Code.NOT_FOUND_VALUE);
        assertThat(info(status).getDomain()).isEqualTo("tandem.dev");
    }

    @Test
    void update_staleEtag_isAbortedWithTheCurrentOne() {
        Task created = create("stale", "t1", "mail");
        UpdateTaskRequest update = UpdateTaskRequest.newBuilder()
                .setNamespace("stale")
                .setTaskId("t1")
                .setTask(Task.newBuilder().setPriority(5).setQueue("ignored"))
                .setUpdateMask(FieldMask.newBuilder().addPaths("priority"))
                .setEtag(created.getEtag())
                .build();
        Task updated = server.call("UpdateTask", update);
        assertThat(updated.getPriority()).isEqualTo(5);
        assertThat(updated.getQueue()).isEqualTo("mail");
        Status status = server.refused("UpdateTask", update);
        assertThat(status.getCode()).isEqualTo(Code.ABORTED_VALUE);
        assertThat(reason(status)).isEqualTo("VERSION_MISMATCH");
        assertThat(info(status).getMetadataMap()).containsEntry("etag", updated.getEtag());
        assertThat(get("stale", "t1")).isEqualTo(updated);
    }

    @Test
    void complete_lostLease_isFailedPreconditionWithState() {
        create("lost", "t1", "mail");
        Task claimed = claim("lost", "mail");
        Task canceled = server.call(
                "CancelTask",
                CancelTaskRequest.newBuilder()
                        .setNamespace("lost")
                        .setTaskId("t1")
                        .setReason("no more")
                        .build());
        Status status = server.refused(
                "CompleteTask",
                CompleteTaskRequest.newBuilder()
                        .setNamespace("lost")
                        .setTaskId("t1")
                        .setToken(claimed.getLease().getToken())
                        .build());
        assertThat(status.getCode()).isEqualTo(Code.FAILED_PRECONDITION_VALUE);
        assertThat(reason(status)).isEqualTo("LEASE_LOST");
        assertThat(info(status).getMetadataMap())
                .containsEntry("state", "CANCELED")
                .containsEntry("etag", canceled.getEtag());
        PreconditionFailure failure = TestServer.detail(status, PreconditionFailure.class);
        assertThat(failure.getViolations(0).getType()).isEqualTo("LEASE_LOST");
        assertThat(failure.getViolations(0).getSubject()).isEqualTo("namespaces/lost/tasks/t1");
    }

    @Test
    void transition_illegal_isRefusedWithReason() {
        create("illegal", "t1", "mail");
        Status status = server.refused(
                "TransitionTask",
                TransitionTaskRequest.newBuilder()
                        .setNamespace("illegal")
                        .setTaskId("t1")
                        .setState(Task.State.SUCCEEDED)
                        .build());
        assertThat(status.getCode()).isEqualTo(Code.FAILED_PRECONDITION_VALUE);
        assertThat(reason(status)).isEqualTo("ILLEGAL_TRANSITION");
        assertThat(get("illegal", "t1").getState()).isEqualTo(Task.State.ENQUEUED);
    }

    @Test
    void fail_thenRetryThenRelease_countsAttempts() {
        create("again", "t1", "mail");
        Task claimed = claim("again", "mail");
        Task failed = server.call(
                "FailTask",
                FailTaskRequest.newBuilder()
                        .setNamespace("again")
                        .setTaskId("t1")
                        .setToken(claimed.getLease().getToken())
                        .setError(TaskError.newBuilder().setCode("SMTP").setMessage("no route"))
                        .setFinal(true)
                        .build());
        assertThat(failed.getState()).isEqualTo(Task.State.FAILED);
        assertThat(failed.getError().getCode()).isEqualTo("SMTP");
        Task retried = server.call(
                "RetryTask",
                RetryTaskRequest.newBuilder()
                        .setNamespace("again")
                        .setTaskId("t1")
                        .build());
        assertThat(retried.getAttempts()).isZero();
        Task second = claim("again", "mail");
        assertThat(second.getLease().getToken())
                .isGreaterThan(claimed.getLease().getToken());
        Task released = server.call(
                "ReleaseTask",
                ReleaseTaskRequest.newBuilder()
                        .setNamespace("again")
                        .setTaskId("t1")
                        .setToken(second.getLease().getToken())
                        .setDelay(Duration.newBuilder().setSeconds(5))
                        .build());
        assertThat(released.getAttempts()).isZero();
        assertThat(released.getDueTime().getSeconds())
                .isEqualTo(released.getUpdateTime().getSeconds() + 5);
        server.call(
                "DeleteTask",
                DeleteTaskRequest.newBuilder()
                        .setNamespace("again")
                        .setTaskId("t1")
                        .build());
        assertThat(reason(server.refused(
                        "DeleteTask",
                        DeleteTaskRequest.newBuilder()
                                .setNamespace("again")
                                .setTaskId("t1")
                                .build())))
                .isEqualTo("NOT_FOUND");
    }

    @Test
    void parts_allReported_addUp() {
        server.call(
                "CreateTask",
                CreateTaskRequest.newBuilder()
                        .setNamespace("parts")
                        .setTaskId("t1")
                        .setTask(Task.newBuilder()
                                .putParts(
                                        "n1", Part.newBuilder().setLocalId("l1").build())
                                .putParts("n2", Part.getDefaultInstance()))
                        .build());
        Task half = server.call("UpdateTaskPart", part("n1"));
        assertThat(half.getState()).isEqualTo(Task.State.PROCESSING);
        assertThat(half.getPartsOrThrow("n1").getLocalId()).isEqualTo("l1");
        Task whole = server.call("UpdateTaskPart", part("n2"));
        assertThat(whole.getState()).isEqualTo(Task.State.SUCCEEDED);
    }

    private static UpdateTaskPartRequest part(String node) {
        return UpdateTaskPartRequest.newBuilder()
                .setNamespace("parts")
                .setTaskId("t1")
                .setNode(node)
                .setState(Task.State.SUCCEEDED)
                .build();
    }

    @Test
    void list_paged_hasEachTaskOnce() {
        for (int i = 0; i < 25; i++) {
            create("list", "t" + i, i % 2 == 0 ? "even" : "odd");
        }
        java.util.List<String> seen = new java.util.ArrayList<>();
        String token = "";
        do {
            ListTasksResponse page = server.call(
                    "ListTasks",
                    ListTasksRequest.newBuilder()
                            .setNamespace("list")
                            .addQueues("even")
                            .setPageSize(4)
                            .setPageToken(token)
                            .build());
            page.getTasksList().forEach(task -> seen.add(task.getTaskId()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        assertThat(seen).hasSize(13).doesNotHaveDuplicates();
        CountTasksResponse count = server.call(
                "CountTasks",
                CountTasksRequest.newBuilder().setNamespace("list").build());
        assertThat(count.getByStateMap()).containsExactly(java.util.Map.entry("ENQUEUED", 25L));
        assertThat(count.getTotal()).isEqualTo(25);
    }

    @Test
    void batch_someBad_othersSucceedInOrder() {
        BatchCreateTasksResponse created = server.call(
                "BatchCreateTasks",
                BatchCreateTasksRequest.newBuilder()
                        .setNamespace("batch")
                        .addRequests(CreateTaskRequest.newBuilder().setTaskId("a"))
                        .addRequests(CreateTaskRequest.newBuilder().setTaskId("not a name"))
                        .addRequests(
                                CreateTaskRequest.newBuilder().setTaskId("b").setNamespace("elsewhere"))
                        .addRequests(CreateTaskRequest.newBuilder().setTaskId("a"))
                        .addRequests(
                                CreateTaskRequest.newBuilder().setTaskId("c").setNamespace("batch"))
                        .build());
        assertThat(created.getResultsList())
                .extracting(result -> result.hasTask() ? result.getTask().getTaskId() : reason(result.getError()))
                .containsExactly("a", "INVALID_ARGUMENT", "INVALID_ARGUMENT", "ALREADY_EXISTS", "c");
        BatchGetTasksResponse got = server.call(
                "BatchGetTasks",
                BatchGetTasksRequest.newBuilder()
                        .setNamespace("batch")
                        .addAllTaskIds(List.of("c", "none", "a"))
                        .build());
        assertThat(got.getResultsList())
                .extracting(result -> result.hasTask() ? result.getTask().getTaskId() : reason(result.getError()))
                .containsExactly("c", "NOT_FOUND", "a");
        BatchCompleteTasksResponse completed = server.call(
                "BatchCompleteTasks",
                BatchCompleteTasksRequest.newBuilder()
                        .setNamespace("batch")
                        .addRequests(
                                CompleteTaskRequest.newBuilder().setTaskId("a").setToken(7))
                        .addRequests(CompleteTaskRequest.newBuilder().setTaskId("none"))
                        .build());
        assertThat(completed.getResultsList())
                .extracting(result -> reason(result.getError()))
                .containsExactly("LEASE_LOST", "NOT_FOUND");
    }

    @Test
    void prune_finished_deletesThem() {
        create("prune", "t1", "mail");
        create("prune", "t2", "mail");
        server.call(
                "CancelTask",
                CancelTaskRequest.newBuilder()
                        .setNamespace("prune")
                        .setTaskId("t1")
                        .build());
        server.clock.advance(java.time.Duration.ofSeconds(1));
        PruneTasksResponse pruned = server.call(
                "PruneTasks",
                PruneTasksRequest.newBuilder()
                        .setNamespace("prune")
                        .setRequestId("p1")
                        .build());
        assertThat(pruned.getDeleted()).isEqualTo(1);
        server.clock.advance(java.time.Duration.ofSeconds(1));
        PruneTasksResponse again = server.call(
                "PruneTasks",
                PruneTasksRequest.newBuilder()
                        .setNamespace("prune")
                        .setRequestId("p1")
                        .build());
        assertThat(again.getDeleted()).isEqualTo(1);
        assertThat(get("prune", "t2").getState()).isEqualTo(Task.State.ENQUEUED);
    }

    @Test
    void lease_heldByAnother_saysUntilWhen() {
        AcquireLeaseRequest acquire = AcquireLeaseRequest.newBuilder()
                .setNamespace("lead")
                .setScope("cron")
                .setHolder("a")
                .setLeaseDuration(Duration.newBuilder().setSeconds(10))
                .build();
        Lease first = server.lease("AcquireLease", acquire);
        Status held = TestServer.refused(() ->
                server.lease("AcquireLease", acquire.toBuilder().setHolder("b").build()));
        assertThat(reason(held)).isEqualTo("LEASE_HELD");
        assertThat(info(held).getMetadataMap()).containsEntry("holder", "a").containsKey("expire_time");
        assertThat(TestServer.detail(held, RetryInfo.class).getRetryDelay().getSeconds())
                .isBetween(1L, 10L);
        Lease renewed = server.lease(
                "RenewLease",
                LeaseServiceRenewLeaseRequest.newBuilder()
                        .setNamespace("lead")
                        .setScope("cron")
                        .setToken(first.getToken())
                        .build());
        assertThat(renewed.getToken()).isEqualTo(first.getToken());
        Lease released = server.lease(
                "ReleaseLease",
                ReleaseLeaseRequest.newBuilder()
                        .setNamespace("lead")
                        .setScope("cron")
                        .setToken(first.getToken())
                        .build());
        assertThat(released.getHolder()).isEmpty();
        Lease second =
                server.lease("AcquireLease", acquire.toBuilder().setHolder("b").build());
        assertThat(second.getToken()).isGreaterThan(first.getToken());
        Lease read = server.lease(
                "GetLease",
                GetLeaseRequest.newBuilder()
                        .setNamespace("lead")
                        .setScope("cron")
                        .build());
        assertThat(read).isEqualTo(second);
        assertThat(reason(TestServer.refused(() -> server.lease(
                        "GetLease",
                        GetLeaseRequest.newBuilder().setScope("none").build()))))
                .isEqualTo("NOT_FOUND");
    }

    @Test
    void wait_taskFinishes_returnsIt() throws Exception {
        create("wait", "t1", "mail");
        var waiting = io.grpc.stub.ClientCalls.futureUnaryCall(
                server.channel.newCall(
                        TestServer.<WaitTaskRequest, Task>method("TaskService", "WaitTask"),
                        io.grpc.CallOptions.DEFAULT),
                WaitTaskRequest.newBuilder()
                        .setNamespace("wait")
                        .setTaskId("t1")
                        .build());
        server.call(
                "CancelTask",
                CancelTaskRequest.newBuilder()
                        .setNamespace("wait")
                        .setTaskId("t1")
                        .build());
        Task waited = waiting.get(20, java.util.concurrent.TimeUnit.SECONDS);
        assertThat(waited.getState()).isEqualTo(Task.State.CANCELED);
    }

    @Test
    void calls_anyMethod_endOnOneEventLoopThread() {
        create("threads", "t1", "mail");
        assertThat(server.threads).hasSize(1);
        assertThat(server.threads.iterator().next()).contains("eventloop");
        assertThat(server.ended).contains(new TestServer.Ended("tandem.v1.TaskService/CreateTask", 0, false));
    }
}
