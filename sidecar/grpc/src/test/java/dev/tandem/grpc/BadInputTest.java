package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.reason;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.tandem.v1.AcquireLeaseRequest;
import dev.tandem.v1.BatchCreateTasksRequest;
import dev.tandem.v1.BatchGetTasksRequest;
import dev.tandem.v1.CancelTaskRequest;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CountTasksRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.FailTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.ListTasksResponse;
import dev.tandem.v1.Part;
import dev.tandem.v1.Progress;
import dev.tandem.v1.PruneTasksRequest;
import dev.tandem.v1.ReleaseTaskRequest;
import dev.tandem.v1.RenewLeaseRequest;
import dev.tandem.v1.RetryPolicy;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskError;
import dev.tandem.v1.TransitionTaskRequest;
import dev.tandem.v1.UpdateTaskPartRequest;
import dev.tandem.v1.UpdateTaskRequest;
import dev.tandem.v1.WaitTaskRequest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Values out of bounds: each is refused by the name of its field, and nothing is changed. */
class BadInputTest {
    private static final String LONG_NAME = "n".repeat(129);

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        CountAll.none(server);
        server.close();
    }

    /** No refused request may have left anything behind. */
    private static final class CountAll {
        static void none(TestServer server) {
            dev.tandem.v1.CountTasksResponse count = server.call(
                    "CountTasks",
                    CountTasksRequest.newBuilder().setNamespace("bad").build());
            assertThat(count.getTotal()).isZero();
        }
    }

    private static Duration seconds(long seconds) {
        return Duration.newBuilder().setSeconds(seconds).build();
    }

    private static Arguments task(String field, Task.Builder task) {
        return row("CreateTask", "task." + field, create().setTask(task));
    }

    private static Arguments row(String method, String field, Message.Builder request) {
        return Arguments.of(method, field, request.build());
    }

    private static CreateTaskRequest.Builder create() {
        return CreateTaskRequest.newBuilder().setNamespace("bad");
    }

    private static ClaimTasksRequest.Builder claim() {
        return ClaimTasksRequest.newBuilder().setNamespace("bad").addQueues("q").setWorkerId("w");
    }

    private static RenewLeaseRequest.Builder renew() {
        return RenewLeaseRequest.newBuilder().setNamespace("bad").setTaskId("a").setToken(1);
    }

    private static UpdateTaskRequest.Builder update(String... paths) {
        return UpdateTaskRequest.newBuilder()
                .setNamespace("bad")
                .setTaskId("a")
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(paths)));
    }

    static Stream<Arguments> creates() {
        RetryPolicy.Builder retry = RetryPolicy.newBuilder();
        Task.Builder labels = Task.newBuilder();
        for (int i = 0; i < 33; i++) {
            labels.putLabels("l" + i, "");
        }
        Task.Builder parts = Task.newBuilder();
        for (int i = 0; i < 257; i++) {
            parts.putParts("n" + i, Part.getDefaultInstance());
        }
        long horizon = 3650L * 86400;
        return Stream.of(
                row("CreateTask", "namespace", create().setNamespace("UPPER")),
                row("CreateTask", "namespace", create().setNamespace("-a")),
                row("CreateTask", "namespace", create().setNamespace("n".repeat(64))),
                row("CreateTask", "task_id", create().setTaskId("a/b")),
                row("CreateTask", "task_id", create().setTaskId(LONG_NAME)),
                row("CreateTask", "task_id", create().setTaskId("ä")),
                row("CreateTask", "task_id", create().setTaskId("a\u0000b\nc")),
                row("CreateTask", "request_id", create().setRequestId("a b")),
                row("CreateTask", "delay", create().setDelay(seconds(-1))),
                row("CreateTask", "delay", create().setDelay(seconds(horizon + 1))),
                row("CreateTask", "delay", create().setDelay(seconds(Long.MAX_VALUE))),
                row(
                        "CreateTask",
                        "delay",
                        create().setDelay(Duration.newBuilder().setNanos(Integer.MIN_VALUE))),
                row(
                        "CreateTask",
                        "delay",
                        create().setDelay(seconds(1))
                                .setTask(Task.newBuilder()
                                        .setDueTime(Timestamp.newBuilder().setSeconds(1)))),
                task("queue", Task.newBuilder().setQueue("a b")),
                task("kind", Task.newBuilder().setKind(LONG_NAME)),
                task("priority", Task.newBuilder().setPriority(1001)),
                task("priority", Task.newBuilder().setPriority(Integer.MIN_VALUE)),
                task("payload", Task.newBuilder().setPayload(ByteString.copyFrom(new byte[256 * 1024 + 1]))),
                task("labels", labels),
                task("labels[a b]", Task.newBuilder().putLabels("a b", "")),
                task("labels[a]", Task.newBuilder().putLabels("a", "ä".repeat(129))),
                task("retention", Task.newBuilder().setRetention(seconds(-1))),
                task("retention", Task.newBuilder().setRetention(seconds(horizon + 1))),
                task(
                        "due_time",
                        Task.newBuilder().setDueTime(Timestamp.newBuilder().setSeconds(253402300799L))),
                task(
                        "due_time",
                        Task.newBuilder().setDueTime(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))),
                task(
                        "due_time",
                        Task.newBuilder().setDueTime(Timestamp.newBuilder().setNanos(-1))),
                task("parts", parts),
                task("parts[a b]", Task.newBuilder().putParts("a b", Part.getDefaultInstance())),
                task(
                        "parts[a].local_id",
                        Task.newBuilder()
                                .putParts(
                                        "a",
                                        Part.newBuilder()
                                                .setLocalId("x".repeat(1025))
                                                .build())),
                task(
                        "retry_policy.max_attempts",
                        Task.newBuilder().setRetryPolicy(retry.clone().setMaxAttempts(0))),
                task(
                        "retry_policy.max_attempts",
                        Task.newBuilder().setRetryPolicy(retry.clone().setMaxAttempts(1001))),
                task(
                        "retry_policy.initial_backoff",
                        Task.newBuilder().setRetryPolicy(retry.clone().setInitialBackoff(seconds(8 * 86400)))),
                task(
                        "retry_policy.max_backoff",
                        Task.newBuilder()
                                .setRetryPolicy(retry.clone()
                                        .setInitialBackoff(seconds(5))
                                        .setMaxBackoff(seconds(4)))),
                task(
                        "retry_policy.multiplier",
                        Task.newBuilder().setRetryPolicy(retry.clone().setMultiplier(0.5))),
                task(
                        "retry_policy.multiplier",
                        Task.newBuilder().setRetryPolicy(retry.clone().setMultiplier(1.2345))),
                task(
                        "retry_policy.multiplier",
                        Task.newBuilder().setRetryPolicy(retry.clone().setMultiplier(Double.NaN))),
                task(
                        "retry_policy.multiplier",
                        Task.newBuilder().setRetryPolicy(retry.clone().setMultiplier(Double.POSITIVE_INFINITY))));
    }

    static Stream<Arguments> others() {
        CompleteTaskRequest.Builder complete =
                CompleteTaskRequest.newBuilder().setNamespace("bad").setTaskId("a");
        TransitionTaskRequest.Builder transition =
                TransitionTaskRequest.newBuilder().setNamespace("bad").setTaskId("a");
        ListTasksRequest.Builder list = ListTasksRequest.newBuilder().setNamespace("bad");
        return Stream.of(
                row("GetTask", "task_id", GetTaskRequest.newBuilder()),
                row(
                        "GetTask",
                        "consistency",
                        GetTaskRequest.newBuilder().setTaskId("a").setConsistencyValue(9)),
                row("UpdateTask", "update_mask", update()),
                row("UpdateTask", "update_mask", update("state")),
                row("UpdateTask", "update_mask", update("*")),
                row(
                        "UpdateTask",
                        "task.priority",
                        update("priority").setTask(Task.newBuilder().setPriority(5000))),
                row("UpdateTask", "etag", update("queue").setEtag("abc")),
                row("UpdateTask", "etag", update("queue").setEtag("-1")),
                row("UpdateTask", "etag", update("queue").setEtag("0")),
                row("UpdateTask", "etag", update("queue").setEtag("99999999999999999999")),
                row(
                        "UpdateTaskPart",
                        "node",
                        UpdateTaskPartRequest.newBuilder().setTaskId("a").setStateValue(1)),
                row(
                        "UpdateTaskPart",
                        "state",
                        UpdateTaskPartRequest.newBuilder().setTaskId("a").setNode("n")),
                row(
                        "UpdateTaskPart",
                        "error.message",
                        UpdateTaskPartRequest.newBuilder()
                                .setTaskId("a")
                                .setNode("n")
                                .setStateValue(4)
                                .setError(TaskError.newBuilder().setMessage("x".repeat(8193)))),
                row("TransitionTask", "state", transition.clone()),
                row("TransitionTask", "state", transition.clone().setStateValue(77)),
                row(
                        "TransitionTask",
                        "token",
                        transition.clone().setStateValue(3).setToken(-1)),
                row(
                        "TransitionTask",
                        "result",
                        transition.clone().setStateValue(4).setResult(ByteString.copyFromUtf8("x"))),
                row(
                        "TransitionTask",
                        "error",
                        transition.clone().setStateValue(3).setError(TaskError.getDefaultInstance())),
                row("ClaimTasks", "queues", claim().clearQueues()),
                row("ClaimTasks", "queues", claim().addAllQueues(java.util.Collections.nCopies(32, "q"))),
                row("ClaimTasks", "queues[1]", claim().addQueues("")),
                row("ClaimTasks", "worker_id", claim().clearWorkerId()),
                row("ClaimTasks", "lease_duration", claim().setLeaseDuration(seconds(0))),
                row("ClaimTasks", "lease_duration", claim().setLeaseDuration(seconds(-30))),
                row("ClaimTasks", "lease_duration", claim().setLeaseDuration(seconds(86401))),
                row("ClaimTasks", "lease_duration", claim().setLeaseDuration(seconds(Long.MIN_VALUE))),
                row("ClaimTasks", "max_tasks", claim().setMaxTasks(-1)),
                row("ClaimTasks", "max_tasks", claim().setMaxTasks(101)),
                row("ClaimTasks", "wait", claim().setWait(seconds(301))),
                row("ClaimTasks", "wait", claim().setWait(seconds(-1))),
                row("RenewLease", "token", renew().setToken(0)),
                row(
                        "RenewLease",
                        "lease_duration",
                        renew().setLeaseDuration(Duration.newBuilder().setNanos(99_999_999))),
                row(
                        "RenewLease",
                        "progress.percent",
                        renew().setProgress(Progress.newBuilder().setPercent(101))),
                row(
                        "RenewLease",
                        "progress.note",
                        renew().setProgress(Progress.newBuilder().setNote("x".repeat(1025)))),
                row("CompleteTask", "token", complete.clone().setToken(-5)),
                row(
                        "CompleteTask",
                        "result",
                        complete.clone().setResult(ByteString.copyFrom(new byte[256 * 1024 + 1]))),
                row(
                        "FailTask",
                        "error.code",
                        FailTaskRequest.newBuilder()
                                .setTaskId("a")
                                .setError(TaskError.newBuilder().setCode(LONG_NAME))),
                row(
                        "ReleaseTask",
                        "delay",
                        ReleaseTaskRequest.newBuilder().setTaskId("a").setDelay(seconds(-1))),
                row(
                        "CancelTask",
                        "reason",
                        CancelTaskRequest.newBuilder().setTaskId("a").setReason("x".repeat(9000))),
                row(
                        "DeleteTask",
                        "etag",
                        DeleteTaskRequest.newBuilder().setTaskId("a").setEtag("1x")),
                row("ListTasks", "page_size", list.clone().setPageSize(-1)),
                row("ListTasks", "order_by", list.clone().setOrderBy("priority")),
                row("ListTasks", "states", list.clone().addStatesValue(0)),
                row("ListTasks", "labels[0]", list.clone().addLabels("nothing")),
                row("ListTasks", "labels[1]", list.clone().addLabels("a=1").addLabels("a=2")),
                row("ListTasks", "queues", list.clone().addAllQueues(java.util.Collections.nCopies(33, "q"))),
                row("ListTasks", "kinds[1]", list.clone().addKinds("k").addKinds("k k")),
                row("ListTasks", "node", list.clone().setNode("!")),
                row(
                        "ListTasks",
                        "created_from",
                        list.clone().setCreatedFrom(Timestamp.newBuilder().setSeconds(1L << 60))),
                row(
                        "CountTasks",
                        "labels",
                        CountTasksRequest.newBuilder().addAllLabels(java.util.Collections.nCopies(33, "a=1"))),
                row(
                        "WaitTask",
                        "timeout",
                        WaitTaskRequest.newBuilder().setTaskId("a").setTimeout(seconds(301))),
                row("PruneTasks", "states", PruneTasksRequest.newBuilder().addStatesValue(1)),
                row("PruneTasks", "max_tasks", PruneTasksRequest.newBuilder().setMaxTasks(1001)),
                row("BatchCreateTasks", "requests", BatchCreateTasksRequest.newBuilder()),
                row(
                        "BatchGetTasks",
                        "task_ids",
                        BatchGetTasksRequest.newBuilder().addAllTaskIds(java.util.Collections.nCopies(101, "a"))));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource({"creates", "others"})
    void field_outOfBounds_isRefusedByName(String method, String field, Message request) {
        Status status = server.refused(method, request);
        assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(TestServer.detail(status, BadRequest.class).getFieldViolationsList())
                .extracting(FieldViolation::getField)
                .containsExactly(field);
        assertThat(status.getMessage()).startsWith(field + ": ").hasSizeLessThan(400);
        assertThat(status.getMessage()).doesNotContainPattern("\\p{Cntrl}");
        boolean isTooLarge = field.equals("task.payload") || (field.equals("result") && method.equals("CompleteTask"));
        assertThat(reason(status)).isEqualTo(isTooLarge ? "PAYLOAD_TOO_LARGE" : "INVALID_ARGUMENT");
    }

    @Test
    void fields_severalWrong_areAllNamed() {
        Status status = server.refused(
                "CreateTask",
                create().setTaskId("!")
                        .setRequestId("!")
                        .setTask(Task.newBuilder()
                                .setQueue("!")
                                .setPriority(9999)
                                .setPayload(ByteString.copyFrom(new byte[300_000])))
                        .build());
        assertThat(TestServer.detail(status, BadRequest.class).getFieldViolationsList())
                .extracting(FieldViolation::getField)
                .containsExactlyInAnyOrder("task_id", "request_id", "task.queue", "task.priority", "task.payload");
        assertThat(reason(status)).isEqualTo("INVALID_ARGUMENT");
    }

    @Test
    void lease_outOfBounds_isRefused() {
        Status status = TestServer.refused(() -> server.lease(
                "AcquireLease",
                AcquireLeaseRequest.newBuilder()
                        .setScope("a b")
                        .setLeaseDuration(seconds(0))
                        .build()));
        assertThat(TestServer.detail(status, BadRequest.class).getFieldViolationsList())
                .extracting(FieldViolation::getField)
                .containsExactlyInAnyOrder("scope", "holder", "lease_duration");
    }

    @Test
    void bounds_exactlyAt_areTaken() {
        Task task = server.call(
                "CreateTask",
                CreateTaskRequest.newBuilder()
                        .setNamespace("n".repeat(63))
                        .setTaskId("n".repeat(128))
                        .setDelay(seconds(3650L * 86400))
                        .setTask(Task.newBuilder()
                                .setPayload(ByteString.copyFrom(new byte[256 * 1024]))
                                .putLabels("k".repeat(128), "ä".repeat(128))
                                .setRetention(seconds(0))
                                .setRetryPolicy(RetryPolicy.newBuilder()
                                        .setMaxAttempts(1000)
                                        .setInitialBackoff(seconds(120))
                                        .setMultiplier(1.001)))
                        .build());
        assertThat(task.getPayload().size()).isEqualTo(256 * 1024);
        assertThat(task.getRetryPolicy().getMultiplier()).isEqualTo(1.001);
        assertThat(task.getRetryPolicy().getMaxBackoff()).isEqualTo(seconds(120));
        assertThat(task.getRetention()).isEqualTo(seconds(0));
    }

    @Test
    void pageToken_garbledForeignOrExpired_isRefused() {
        for (int i = 0; i < 3; i++) {
            server.call(
                    "CreateTask",
                    CreateTaskRequest.newBuilder().setNamespace("pages").build());
        }
        ListTasksRequest first = ListTasksRequest.newBuilder()
                .setNamespace("pages")
                .setPageSize(2)
                .build();
        String token = server.<ListTasksResponse>call("ListTasks", first).getNextPageToken();
        assertThat(token).isNotEmpty();
        ListTasksRequest next = first.toBuilder().setPageToken(token).build();
        assertThat(server.<ListTasksResponse>call("ListTasks", next).getTasksCount())
                .isEqualTo(1);

        for (String bad : List.of("x", "%%%", token.substring(1), token + "A", "A".repeat(10_000), "cA")) {
            refusedToken(next.toBuilder().setPageToken(bad).build(), "is not one that a page came with");
        }
        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            refusedToken(
                    next.toBuilder()
                            .setPageToken(token.substring(0, i) + other + token.substring(i + 1))
                            .build(),
                    "");
        }
        refusedToken(next.toBuilder().setNamespace("other").build(), "another list");
        refusedToken(next.toBuilder().addQueues("q").build(), "another list");
        refusedToken(next.toBuilder().setOrderBy("create_time desc").build(), "another list");
        assertThat(server.<ListTasksResponse>call(
                                "ListTasks", next.toBuilder().setPageSize(1).build())
                        .getTasksCount())
                .isEqualTo(1);
        server.clock.advance(java.time.Duration.ofMinutes(60));
        refusedToken(next, "too old");
    }

    private static void refusedToken(ListTasksRequest request, String words) {
        Status status = server.refused("ListTasks", request);
        assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(reason(status)).isEqualTo("INVALID_PAGE_TOKEN");
        assertThat(status.getMessage()).contains(words);
    }

    @Test
    void pageSize_huge_isTakenAsTheMost() {
        ListTasksResponse page = server.call(
                "ListTasks",
                ListTasksRequest.newBuilder()
                        .setNamespace("empty")
                        .setPageSize(Integer.MAX_VALUE)
                        .build());
        assertThat(page.getTasksCount()).isZero();
    }
}
