package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.reason;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.CountTasksRequest;
import dev.tandem.v1.CountTasksResponse;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.WaitTaskRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Deadlines, and what happens when there is more to do than the server takes on. */
class DeadlineTest {
    private static final Metadata.Key<String> TIMEOUT =
            Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(options -> options.withLimits(TestServer.limits(8, 1024, 1_000_000, 16_000_000)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** A channel that tells the server of a timeout, and does not itself keep to it. */
    private static Channel with(String timeout) {
        Metadata headers = new Metadata();
        headers.put(TIMEOUT, timeout);
        return ClientInterceptors.intercept(server.channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static <R extends Message> Future<R> begin(Channel channel, String method, Message request) {
        return ClientCalls.futureUnaryCall(
                channel.newCall(TestServer.<Message, R>method("TaskService", method), CallOptions.DEFAULT), request);
    }

    private static Status refused(Future<?> call) throws Exception {
        try {
            Object answer = call.get(20, TimeUnit.SECONDS);
            throw new AssertionError("not refused, but " + answer);
        } catch (ExecutionException e) {
            return StatusProto.fromThrowable(e.getCause());
        }
    }

    private static Status refused(String timeout, String method, Message request) throws Exception {
        return refused(begin(with(timeout), method, request));
    }

    private static CreateTaskRequest create(String namespace, String id) {
        return CreateTaskRequest.newBuilder()
                .setNamespace(namespace)
                .setTaskId(id)
                .build();
    }

    private static GetTaskRequest get(String namespace, String id) {
        return GetTaskRequest.newBuilder().setNamespace(namespace).setTaskId(id).build();
    }

    @Test
    void deadline_passedAlready_isNotBegun() throws Exception {
        Status status = refused("0m", "CreateTask", create("past", "a"));
        assertThat(status.getCode()).isEqualTo(Code.DEADLINE_EXCEEDED_VALUE);
        assertThat(reason(status)).isEqualTo("DEADLINE_PASSED");
        assertThat(reason(server.refused("GetTask", get("past", "a")))).isEqualTo("NOT_FOUND");
    }

    @Test
    void deadline_malformed_isRefused() throws Exception {
        for (String bad : List.of("-1m", "5", "m", "1.5S", "123456789S", "1x", "1 S")) {
            Status status = refused(bad, "GetTask", get("a", "a"));
            assertThat(status.getCode()).as(bad).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
            assertThat(status.getMessage()).contains("grpc-timeout");
        }
    }

    @Test
    void deadline_huge_isNone() throws Exception {
        assertThat(reason(refused("99999999H", "GetTask", get("a", "a")))).isEqualTo("NOT_FOUND");
    }

    @Test
    void deadline_storeStuck_isAnsweredAndTold() throws Exception {
        FaultyTaskStore.Gate gate = server.store.holdCalls();
        try {
            Status write = refused("50m", "CreateTask", create("stuck", "a"));
            assertThat(write.getCode()).isEqualTo(Code.DEADLINE_EXCEEDED_VALUE);
            assertThat(reason(write)).isEqualTo("MAYBE_APPLIED");
            Status read = refused("50m", "GetTask", get("stuck", "a"));
            assertThat(read.getCode()).isEqualTo(Code.DEADLINE_EXCEEDED_VALUE);
            assertThat(reason(read)).isEqualTo("DEADLINE_PASSED");
            assertThat(server.server.calls()).isZero();
        } finally {
            gate.open();
        }
    }

    @Test
    void wait_beyondTheDeadline_isAnsweredBeforeIt() throws Exception {
        server.call("CreateTask", create("waits", "a"));
        Task waited = DeadlineTest.<Task>begin(
                        with("1000m"),
                        "WaitTask",
                        WaitTaskRequest.newBuilder()
                                .setNamespace("waits")
                                .setTaskId("a")
                                .build())
                .get(20, TimeUnit.SECONDS);
        assertThat(waited.getState()).isEqualTo(Task.State.ENQUEUED);
        ClaimTasksResponse claimed = DeadlineTest.<ClaimTasksResponse>begin(
                        with("1000m"),
                        "ClaimTasks",
                        ClaimTasksRequest.newBuilder()
                                .setNamespace("waits")
                                .addQueues("none")
                                .setWorkerId("w")
                                .setWait(Duration.newBuilder().setSeconds(60))
                                .build())
                .get(20, TimeUnit.SECONDS);
        assertThat(claimed.getTasksCount()).isZero();
    }

    @Test
    void calls_moreThanTheBound_areOverloadedAndTheOthersServed() throws Exception {
        FaultyTaskStore.Gate gate = server.store.holdCalls();
        List<Future<Task>> held = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            held.add(begin(server.channel, "CreateTask", create("many", "t" + i)));
        }
        TestServer.until(() -> server.server.calls() == 8, "the calls are under way");
        Status status = refused(begin(server.channel, "CreateTask", create("many", "more")));
        assertThat(status.getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED_VALUE);
        assertThat(reason(status)).isEqualTo("OVERLOADED");
        assertThat(TestServer.detail(status, RetryInfo.class).getRetryDelay())
                .isEqualTo(Durations.fromMillis(StatusMap.RETRY_SOON_MILLIS));
        assertThat(server.json("GET", "/v1/namespaces/many/tasks", null).statusCode())
                .isEqualTo(429);
        gate.open();
        for (Future<Task> call : held) {
            call.get(20, TimeUnit.SECONDS);
        }
        CountTasksResponse count = server.call(
                "CountTasks",
                CountTasksRequest.newBuilder().setNamespace("many").build());
        assertThat(count.getTotal()).isEqualTo(8);
    }

    @Test
    void requestBytes_moreThanTheBound_areOverloaded() throws Exception {
        FaultyTaskStore.Gate gate = server.store.holdCalls();
        CreateTaskRequest big = CreateTaskRequest.newBuilder()
                .setNamespace("bytes")
                .setTask(Task.newBuilder().setPayload(com.google.protobuf.ByteString.copyFrom(new byte[250_000])))
                .build();
        List<Future<Task>> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            held.add(begin(server.channel, "CreateTask", big));
        }
        TestServer.until(() -> gate.held() == 3, "the calls are under way");
        assertThat(reason(refused(begin(server.channel, "CreateTask", big)))).isEqualTo("OVERLOADED");
        gate.open();
        for (Future<Task> call : held) {
            call.get(20, TimeUnit.SECONDS);
        }
        server.call("CreateTask", big);
    }

    @Test
    void store_fails_isToldByWhatTheCallerMayDo() {
        server.store.refuse(1);
        Status refused = server.refused("CreateTask", create("fails", "a"));
        assertThat(refused.getCode()).isEqualTo(Code.UNAVAILABLE_VALUE);
        assertThat(reason(refused)).isEqualTo("NOT_APPLIED");
        server.store.overload(1);
        assertThat(server.refused("CreateTask", create("fails", "a")).getCode())
                .isEqualTo(Code.RESOURCE_EXHAUSTED_VALUE);
        server.store.applyThenLoseAck(1);
        Status maybe = server.refused("CreateTask", create("fails", "a"));
        assertThat(maybe.getCode()).isEqualTo(Code.UNKNOWN_VALUE);
        assertThat(reason(maybe)).isEqualTo("MAYBE_APPLIED");
        Task applied = server.call("GetTask", get("fails", "a"));
        assertThat(applied.getTaskId()).isEqualTo("a");
    }
}
