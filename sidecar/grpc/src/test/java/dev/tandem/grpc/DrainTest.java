package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.tandem.grpc.HealthTest.Collector;
import dev.tandem.task.Verb;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.WaitTaskRequest;
import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import io.grpc.CallOptions;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.vertx.core.Future;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How the server ends, and how it fails to begin. */
class DrainTest {
    private static <Q extends com.google.protobuf.Message, R extends com.google.protobuf.Message>
            com.google.common.util.concurrent.ListenableFuture<R> begin(TestServer server, String name, Q request) {
        return ClientCalls.futureUnaryCall(
                server.channel.newCall(TestServer.<Q, R>method("TaskService", name), CallOptions.DEFAULT), request);
    }

    private static Status statusOf(java.util.concurrent.Future<?> call) throws Exception {
        try {
            Object answer = call.get(20, TimeUnit.SECONDS);
            throw new AssertionError("not refused, but " + answer);
        } catch (ExecutionException e) {
            return StatusProto.fromThrowable(e.getCause());
        }
    }

    @Test
    void drain_everythingUnderWay_endsInGoodOrder() throws Exception {
        try (TestServer server = new TestServer(
                options -> options.withDrain(java.time.Duration.ofMillis(300), java.time.Duration.ofSeconds(10)))) {
            server.call(
                    "CreateTask", CreateTaskRequest.newBuilder().setTaskId("a").build());
            Collector<HealthCheckResponse> health = new Collector<>();
            HealthGrpc.newStub(server.channel).watch(HealthCheckRequest.getDefaultInstance(), health);
            assertThat(((HealthCheckResponse) health.next()).getStatus()).isEqualTo(ServingStatus.SERVING);
            Collector<WatchTasksResponse> watch = new Collector<>();
            ClientCalls.asyncServerStreamingCall(
                    server.channel.newCall(
                            TestServer.<WatchTasksRequest, WatchTasksResponse>method("TaskService", "WatchTasks"),
                            CallOptions.DEFAULT),
                    WatchTasksRequest.getDefaultInstance(),
                    watch);
            watch.next();
            var claim = DrainTest.<ClaimTasksRequest, ClaimTasksResponse>begin(
                    server,
                    "ClaimTasks",
                    ClaimTasksRequest.newBuilder()
                            .addQueues("none")
                            .setWorkerId("w")
                            .setWait(Duration.newBuilder().setSeconds(100))
                            .build());
            var wait = DrainTest.<WaitTaskRequest, Task>begin(
                    server,
                    "WaitTask",
                    WaitTaskRequest.newBuilder().setTaskId("a").build());
            TestServer.until(() -> server.server.calls() == 2, "the waits are under way");
            // Only this command: a claim that waits asks now and then, and is not answered while the store has it.
            FaultyTaskStore.Gate gate = server.store.holdCommands(command -> command.verb() instanceof Verb.Create);
            var slow = DrainTest.<CreateTaskRequest, Task>begin(
                    server,
                    "CreateTask",
                    CreateTaskRequest.newBuilder().setTaskId("b").build());
            TestServer.until(() -> server.server.calls() == 3, "the write is under way");

            Future<Void> drained = server.server.drain();

            assertThat(((HealthCheckResponse) health.next()).getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
            assertThat(watch.next()).isEqualTo(io.grpc.Status.Code.UNAVAILABLE);
            assertThat(claim.get(20, TimeUnit.SECONDS).getTasksCount()).isZero();
            Status waited = statusOf(wait);
            assertThat(TestServer.reason(waited)).isEqualTo("DRAINING");
            assertThat(TestServer.detail(waited, RetryInfo.class).hasRetryDelay())
                    .isTrue();
            TestServer.until(
                    () -> {
                        var late = DrainTest.<GetTaskRequest, Task>begin(
                                server,
                                "GetTask",
                                GetTaskRequest.newBuilder().setTaskId("bad id").build());
                        try {
                            return TestServer.reason(statusOf(late)).equals("DRAINING");
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    },
                    "new calls are refused");
            assertThat(drained.isComplete()).isFalse();
            gate.open();
            assertThat(slow.get(20, TimeUnit.SECONDS).getTaskId()).isEqualTo("b");
            await(drained);
            assertThat(health.next()).isEqualTo(io.grpc.Status.Code.UNAVAILABLE);
            assertThat(server.server.drain()).isSameAs(drained);
            assertThatThrownBy(
                            () -> new java.net.Socket(InetAddress.getLoopbackAddress(), server.server.port()).close())
                    .isInstanceOf(java.net.ConnectException.class);
        }
    }

    @Test
    void drain_stuckCall_endsAtTheTimeout() {
        try (TestServer server = new TestServer(
                options -> options.withDrain(java.time.Duration.ZERO, java.time.Duration.ofMillis(300)))) {
            FaultyTaskStore.Gate gate = server.store.holdCalls();
            var stuck = DrainTest.<CreateTaskRequest, Task>begin(
                    server, "CreateTask", CreateTaskRequest.getDefaultInstance());
            TestServer.until(() -> server.server.calls() == 1, "the write is under way");
            await(server.server.drain());
            assertThatThrownBy(() -> stuck.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(StatusRuntimeException.class);
            gate.open();
        }
    }

    @Test
    void start_portInUse_saysSo() throws Exception {
        try (TestServer server = new TestServer();
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Future<ApiServer> second = ApiServer.start(
                    server.vertx,
                    ServerOptions.DEFAULT.withPort(taken.getLocalPort()),
                    server.store,
                    server.clock,
                    CallListener.NONE);
            assertThatThrownBy(() -> await(second)).rootCause().isInstanceOf(BindException.class);
            assertThat(second.cause())
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("in use")
                    .hasMessageContaining("choose another port");
        }
    }

    @Test
    void start_severalLoops_shareThePort() {
        try (TestServer server = new TestServer(options -> options.withEventLoops(3))) {
            for (int i = 0; i < 6; i++) {
                io.grpc.ManagedChannel channel = io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder.forAddress(
                                "127.0.0.1", server.server.port())
                        .usePlaintext()
                        .build();
                TestServer.call(
                        channel,
                        "TaskService",
                        "CreateTask",
                        CreateTaskRequest.getDefaultInstance(),
                        CallOptions.DEFAULT);
                channel.shutdownNow();
            }
            assertThat(server.threads).hasSize(3);
        }
    }
}
