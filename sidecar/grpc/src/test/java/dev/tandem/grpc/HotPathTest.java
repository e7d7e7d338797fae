package dev.tandem.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;
import dev.tandem.task.Bytes;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import io.grpc.CallOptions;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What one call costs on the event loop. Counts bytes, not time, so that a busy machine can't fail it. */
class HotPathTest {
    private static final int CALLS = 1_000;
    private static final int BATCH = 100;

    /** What a get may cost over a call that does nothing: twice what was measured, with the reference store. */
    private static final long BYTES_OVER_EMPTY_MAX = 5_000;

    @Test
    void calls_allocation_staysSmall() {
        try (TestServer server = new TestServer()) {
            server.call(
                    "CreateTask", CreateTaskRequest.newBuilder().setTaskId("a").build());
            GetTaskRequest get = GetTaskRequest.newBuilder().setTaskId("a").build();
            HealthGrpc.HealthFutureStub health = HealthGrpc.newFutureStub(server.channel);
            long empty = bytesPerCall(server, () -> health.check(HealthCheckRequest.getDefaultInstance()));
            long getting = bytesPerCall(
                    server,
                    () -> ClientCalls.futureUnaryCall(
                            server.channel.newCall(
                                    TestServer.<GetTaskRequest, Task>method("TaskService", "GetTask"),
                                    CallOptions.DEFAULT),
                            get));
            System.out.println("on the event loop, in bytes: an empty call " + empty + ", a get " + getting);
            assertThat(getting - empty).isLessThan(BYTES_OVER_EMPTY_MAX);
        }
    }

    private static long bytesPerCall(TestServer server, Supplier<Future<?>> call) {
        inFlight(CALLS, call);
        long before = allocatedOnLoop(server);
        inFlight(CALLS, call);
        return (allocatedOnLoop(server) - before) / CALLS;
    }

    private static void inFlight(int calls, Supplier<Future<?>> call) {
        for (int done = 0; done < calls; done += BATCH) {
            List<Future<?>> batch = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                batch.add(call.get());
            }
            for (Future<?> each : batch) {
                try {
                    each.get(20, TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    private static long allocatedOnLoop(TestServer server) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        String loop = server.threads.iterator().next();
        for (long id : threads.getAllThreadIds()) {
            var info = threads.getThreadInfo(id);
            if (info != null && info.getThreadName().equals(loop)) {
                return threads.getThreadAllocatedBytes(id);
            }
        }
        throw new AssertionError("no thread " + loop);
    }

    @Test
    void payload_parsedOrWrapped_isNotCopied() throws Exception {
        byte[] wire = CreateTaskRequest.newBuilder()
                .setTask(Task.newBuilder().setPayload(ByteString.copyFrom(new byte[1000])))
                .build()
                .toByteArray();
        ByteString parsed = CreateTaskRequest.parseFrom(wire).getTask().getPayload();
        assertThat(ProtoBytes.of(parsed).array()).isSameAs(ProtoBytes.of(parsed).array());
        Bytes bytes = Bytes.of(new byte[] {1, 2, 3});
        assertThat(ProtoBytes.of(ProtoBytes.of(bytes)).array()).isSameAs(bytes.array());
        assertThat(ProtoBytes.of(ByteString.copyFromUtf8("abcdef").substring(1, 3))
                        .array())
                .containsExactly('b', 'c');
        assertThat(ProtoBytes.of(ByteString.copyFromUtf8("ab").concat(ByteString.copyFrom(new byte[200])))
                        .length())
                .isEqualTo(202);
    }
}
