package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.tandem.client.ClientOptions;
import dev.tandem.client.TandemClient;
import dev.tandem.client.TandemException;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.ListTasksRequest;
import dev.tandem.v1.ListTasksResponse;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** More than the disk takes, because another process stands before it; and more than callers read. */
class OverloadTest {
    private static final Duration CALL_MAX = Duration.ofSeconds(60);
    private static final int WAVES = 3;
    private static final int CALLS_PER_WAVE = 1500;
    private static final int PAYLOAD_BYTES = 32 * 1024;
    private static final int LARGE_TASKS = 20;
    private static final int LARGE_BYTES = 256 * 1024;
    private static final int LISTS = 100;
    private static final int SOCKET_BYTES = 4 * 1024;

    /** What the launcher lets it have of heap, direct memory and code, and as much again as Java itself needs. */
    private static final long RESIDENT_MIB_MAX = 320;

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void write_diskStandsStill_isTurnedAwayInBoundedMemoryAndServedAgainLater() throws SQLException {
        SidecarProcess sidecar = lab.sidecar("--sqlite-write-queue", "256", "--limits-calls", "1024");
        sidecar.start();
        ClientOptions options = Workload.options(sidecar.address());
        TandemClient client = lab.closing(TandemClient.connect(lab.vertx(), options));
        Set<String> acknowledged = new TreeSet<>();
        List<TandemException> refused = new ArrayList<>();
        Workload.await(client.tasks(CALL_MAX).createTask(create("before")));
        acknowledged.add("before");

        long resident = 0;
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + sidecar.file());
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            for (int wave = 0; wave < WAVES; wave++) {
                createMany(client, wave, acknowledged, refused);
                resident = Math.max(resident, sidecar.residentMib());
                // Reads go past the writes that wait.
                assertThat(Workload.await(client.tasks(CALL_MAX).getTask(get("before")))
                                .getTaskId())
                        .isEqualTo("before");
            }
            statement.execute("ROLLBACK");
        }

        assertThat(acknowledged).as("acknowledged while the disk stood still").containsExactly("before");
        assertThat(refused).hasSize(WAVES * CALLS_PER_WAVE).allSatisfy(OverloadTest::assertIsTurnedAway);
        long overloaded =
                refused.stream().filter(e -> e.reason().equals("OVERLOADED")).count();
        System.out.println("turned away " + overloaded + " of " + refused.size() + " at " + resident + " MiB");
        assertThat(overloaded).isPositive();
        assertThat(resident).as("MiB resident").isLessThan(RESIDENT_MIB_MAX);

        Workload.await(client.tasks(CALL_MAX).createTask(create("after")));
        acknowledged.add("after");
        assertThat(ids(client)).isEqualTo(acknowledged);
    }

    @Test
    void list_largePagesThatNobodyReads_areTurnedAwayInBoundedMemory() throws IOException {
        SidecarProcess sidecar = lab.sidecar();
        sidecar.start();
        TandemClient client = lab.closing(TandemClient.connect(lab.vertx(), Workload.options(sidecar.address())));
        for (int i = 0; i < LARGE_TASKS; i++) {
            Workload.await(client.tasks(CALL_MAX).createTask(create("large" + i, LARGE_BYTES)));
        }
        byte[] list = "GET /v1/namespaces/default/tasks?page_size=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        List<Socket> unread = new ArrayList<>();
        try {
            for (int i = 0; i < LISTS; i++) {
                Socket socket = new Socket();
                unread.add(socket);
                socket.setReceiveBufferSize(SOCKET_BYTES);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), sidecar.port()));
                socket.getOutputStream().write(list);
            }
            Set<Integer> codes = new TreeSet<>();
            for (Socket socket : unread) {
                socket.setSoTimeout(Math.toIntExact(CALL_MAX.toMillis()));
                byte[] head = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
                codes.add(Integer.parseInt(new String(head, StandardCharsets.US_ASCII).substring(9)));
            }
            long resident = sidecar.residentMib();
            System.out.println("answers that nobody reads: " + codes + " at " + resident + " MiB");
            assertThat(codes).containsExactly(200, 429);
            assertThat(resident).as("MiB resident").isLessThan(RESIDENT_MIB_MAX);
            assertThat(Workload.await(client.tasks(CALL_MAX).createTask(create("after")))
                            .getTaskId())
                    .isEqualTo("after");
        } finally {
            for (Socket socket : unread) {
                socket.close();
            }
        }
    }

    private static void assertIsTurnedAway(TandemException refused) {
        assertThat(refused.maybeApplied()).as(refused.getMessage()).isFalse();
        assertThat(refused.reason()).isIn("OVERLOADED", "NOT_APPLIED");
        assertThat(refused.code())
                .isEqualTo(
                        refused.reason().equals("OVERLOADED") ? GrpcStatus.RESOURCE_EXHAUSTED : GrpcStatus.UNAVAILABLE);
        assertThat(refused.retryDelay()).isPositive();
    }

    private static void createMany(
            TandemClient client, int wave, Set<String> acknowledged, List<TandemException> refused) {
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < CALLS_PER_WAVE; i++) {
            String id = "w" + wave + "-" + i;
            calls.add(client.tasks(CALL_MAX)
                    .createTask(create(id))
                    .map(task -> id)
                    .otherwise(failure -> {
                        synchronized (refused) {
                            refused.add((TandemException) failure);
                        }
                        return "";
                    }));
        }
        for (Object id : Workload.await(Future.join(calls)).list()) {
            if (!id.equals("")) {
                acknowledged.add((String) id);
            }
        }
    }

    private static Set<String> ids(TandemClient client) {
        Set<String> ids = new TreeSet<>();
        ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPageSize(100);
        ListTasksResponse page;
        do {
            page = Workload.await(client.tasks(CALL_MAX).listTasks(request.build()));
            page.getTasksList().forEach(task -> ids.add(task.getTaskId()));
            request.setPageToken(page.getNextPageToken());
        } while (!page.getNextPageToken().isEmpty());
        return ids;
    }

    private static GetTaskRequest get(String id) {
        return GetTaskRequest.newBuilder().setTaskId(id).build();
    }

    private static CreateTaskRequest create(String id) {
        return create(id, PAYLOAD_BYTES);
    }

    private static CreateTaskRequest create(String id, int payloadBytes) {
        return CreateTaskRequest.newBuilder()
                .setTaskId(id)
                .setTask(Task.newBuilder().setPayload(ByteString.copyFrom(new byte[payloadBytes])))
                .build();
    }
}
