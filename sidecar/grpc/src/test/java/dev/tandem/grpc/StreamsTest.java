package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.WAIT_MAX;
import static dev.tandem.grpc.TestServer.parsed;
import static dev.tandem.grpc.TestServer.reason;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import dev.tandem.v1.WatchTasksResponse.EventCase;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Watches, over gRPC and as lines of JSON. */
class StreamsTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(options -> options.withLimits(TestServer.limits(2048, 5, 16_000_000, 16_000_000)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** A watch whose messages are asked for one by one. */
    private static final class Watcher implements AutoCloseable {
        private final ClientCall<WatchTasksRequest, WatchTasksResponse> call;
        private final LinkedBlockingQueue<Object> events = new LinkedBlockingQueue<>();

        Watcher(WatchTasksRequest request) {
            call = server.channel.newCall(
                    TestServer.<WatchTasksRequest, WatchTasksResponse>method("TaskService", "WatchTasks"),
                    CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(WatchTasksResponse message) {
                            events.add(message);
                        }

                        @Override
                        public void onClose(io.grpc.Status status, Metadata trailers) {
                            events.add(StatusProto.fromStatusAndTrailers(status, trailers));
                        }
                    },
                    new Metadata());
            call.sendMessage(request);
            call.halfClose();
        }

        private Object take() throws InterruptedException {
            Object event = events.poll(WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
            assertThat(event).as("an event").isNotNull();
            return event;
        }

        WatchTasksResponse next() throws InterruptedException {
            call.request(1);
            Object event = take();
            assertThat(event).isInstanceOf(WatchTasksResponse.class);
            return (WatchTasksResponse) event;
        }

        Status end() throws InterruptedException {
            call.request(1);
            Object event = take();
            assertThat(event).isInstanceOf(Status.class);
            return (Status) event;
        }

        @Override
        public void close() {
            call.cancel("enough", null);
        }
    }

    private static Task create(String namespace, String id) {
        return server.call(
                "CreateTask",
                CreateTaskRequest.newBuilder()
                        .setNamespace(namespace)
                        .setTaskId(id)
                        .setTask(Task.newBuilder().setQueue("q"))
                        .build());
    }

    private static WatchTasksRequest.Builder watch(String namespace) {
        return WatchTasksRequest.newBuilder().setNamespace(namespace);
    }

    @Test
    void watch_existingThenChanges_missesNothing() throws Exception {
        Task first = create("existing", "a");
        try (Watcher watcher =
                new Watcher(watch("existing").setIncludeExisting(true).build())) {
            assertThat(watcher.next().getTask()).isEqualTo(first);
            assertThat(watcher.next().getEventCase()).isEqualTo(EventCase.BOOKMARK);
            Task second = create("existing", "b");
            assertThat(watcher.next().getTask()).isEqualTo(second);
            server.call(
                    "DeleteTask",
                    DeleteTaskRequest.newBuilder()
                            .setNamespace("existing")
                            .setTaskId("a")
                            .build());
            WatchTasksResponse deleted = watcher.next();
            assertThat(deleted.getDeleted().getTaskId()).isEqualTo("a");
            assertThat(Long.parseLong(deleted.getDeleted().getEtag())).isGreaterThan(Long.parseLong(first.getEtag()));
        }
    }

    @Test
    void watch_cutAndResumed_missesNothing() throws Exception {
        String cursor;
        try (Watcher watcher = new Watcher(watch("resume").build())) {
            cursor = watcher.next().getCursor();
        }
        Task missed = create("resume", "a");
        try (Watcher watcher = new Watcher(watch("resume").setCursor(cursor).build())) {
            WatchTasksResponse event = watcher.next();
            while (event.getEventCase() == EventCase.BOOKMARK) {
                event = watcher.next();
            }
            assertThat(event.getTask()).isEqualTo(missed);
        }
    }

    @Test
    void watch_foreignCursor_isRefused() throws Exception {
        String cursor;
        try (Watcher watcher = new Watcher(watch("mine").build())) {
            cursor = watcher.next().getCursor();
        }
        for (String bad : List.of("x", "AAAA", cursor + "AA", cursor.substring(2))) {
            try (Watcher watcher = new Watcher(watch("mine").setCursor(bad).build())) {
                assertThat(reason(watcher.end())).isEqualTo("INVALID_CURSOR");
            }
        }
        try (Watcher watcher = new Watcher(watch("other").setCursor(cursor).build())) {
            Status status = watcher.end();
            assertThat(status.getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
            assertThat(status.getMessage()).contains("another namespace");
        }
        try (Watcher watcher = new Watcher(
                watch("mine").setCursor(cursor).setIncludeExisting(true).build())) {
            assertThat(reason(watcher.end())).isEqualTo("INVALID_ARGUMENT");
        }
    }

    @Test
    void watch_slowReader_getsAllOfItInTheEnd() throws Exception {
        int count = 200;
        ByteString payload = ByteString.copyFrom(new byte[50_000]);
        try (Watcher watcher = new Watcher(watch("slow").build())) {
            watcher.next();
            for (int i = 0; i < count; i++) {
                server.call(
                        "CreateTask",
                        CreateTaskRequest.newBuilder()
                                .setNamespace("slow")
                                .setTaskId("t" + i)
                                .setTask(Task.newBuilder().setPayload(payload))
                                .build());
            }
            List<String> seen = new ArrayList<>();
            while (seen.size() < count) {
                WatchTasksResponse event = watcher.next();
                if (event.hasTask()) {
                    seen.add(event.getTask().getTaskId());
                }
            }
            assertThat(seen).doesNotHaveDuplicates().hasSize(count);
        }
    }

    @Test
    void watch_tooMany_isOverloadedUntilOneEnds() throws Exception {
        TestServer.until(() -> server.server.streams() == 0, "earlier streams have ended");
        List<Watcher> open = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Watcher watcher = new Watcher(watch("many").build());
            watcher.next();
            open.add(watcher);
        }
        try (Watcher more = new Watcher(watch("many").build())) {
            assertThat(reason(more.end())).isEqualTo("OVERLOADED");
        }
        int before = streamsEnded();
        open.forEach(Watcher::close);
        TestServer.until(() -> streamsEnded() == before + 5, "the streams have ended");
        try (Watcher again = new Watcher(watch("many").build())) {
            again.next();
        }
    }

    private static int streamsEnded() {
        return (int) server.ended.stream()
                .filter(ended -> ended.method().endsWith("WatchTasks"))
                .count();
    }

    @Test
    void watch_asJson_isOneObjectALine() throws Exception {
        create("lines", "a");
        HttpResponse<java.io.InputStream> response = server.http.send(
                HttpRequest.newBuilder(URI.create(
                                server.uri("/v1/namespaces/lines/tasks:watch?include_existing=true&queues=q")))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.headers().firstValue("content-type")).contains("application/x-ndjson");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            assertThat(parsed(lines.readLine(), WatchTasksResponse.getDefaultInstance())
                            .getTask()
                            .getTaskId())
                    .isEqualTo("a");
            assertThat(parsed(lines.readLine(), WatchTasksResponse.getDefaultInstance())
                            .hasBookmark())
                    .isTrue();
            create("lines", "b");
            assertThat(parsed(lines.readLine(), WatchTasksResponse.getDefaultInstance())
                            .getTask()
                            .getTaskId())
                    .isEqualTo("b");
        }
        assertThat(server.json("GET", "/v1/namespaces/lines/tasks:watch?cursor=bad", null)
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void watch_manyOnOneConnection_allGetTheChange() throws Exception {
        List<Watcher> watchers = new ArrayList<>();
        TestServer.until(() -> server.server.streams() == 0, "earlier streams have ended");
        for (int i = 0; i < 4; i++) {
            Watcher watcher = new Watcher(watch("fan").build());
            watcher.next();
            watchers.add(watcher);
        }
        Task created = create("fan", "a");
        for (Watcher watcher : watchers) {
            assertThat(watcher.next().getTask()).isEqualTo(created);
        }
        watchers.forEach(Watcher::close);
    }

    @Test
    void claim_waitingCallerGoesAway_claimsNothingForIt() throws Exception {
        var call = server.channel.newCall(
                TestServer.<dev.tandem.v1.ClaimTasksRequest, dev.tandem.v1.ClaimTasksResponse>method(
                        "TaskService", "ClaimTasks"),
                CallOptions.DEFAULT);
        dev.tandem.v1.ClaimTasksRequest request = dev.tandem.v1.ClaimTasksRequest.newBuilder()
                .setNamespace("gone")
                .addQueues("q")
                .setWorkerId("w")
                .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(60))
                .build();
        var waiting = ClientCalls.futureUnaryCall(call, request);
        TestServer.until(() -> server.server.calls() > 0, "the claim waits");
        waiting.cancel(true);
        TestServer.until(() -> server.server.calls() == 0, "the claim has ended");
        assertThat(create("gone", "a").getState()).isEqualTo(Task.State.ENQUEUED);
        Task seen = server.call(
                "GetTask",
                dev.tandem.v1.GetTaskRequest.newBuilder()
                        .setNamespace("gone")
                        .setTaskId("a")
                        .build());
        assertThat(seen.getState()).isEqualTo(Task.State.ENQUEUED);
        assertThat(server.ended)
                .contains(new TestServer.Ended("tandem.v1.TaskService/ClaimTasks", Code.CANCELLED_VALUE, false));
    }
}
