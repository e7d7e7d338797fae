package dev.tandem.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Message;
import dev.tandem.v1.BatchGetTasksRequest;
import dev.tandem.v1.Consistency;
import dev.tandem.v1.CountTasksRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.ListTasksRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who reads what may be a moment behind is told so. */
class ConsistencyTest {
    private static final Metadata.Key<String> HEADER =
            Metadata.Key.of("tandem-consistency", Metadata.ASCII_STRING_MARSHALLER);

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
        server.call("CreateTask", CreateTaskRequest.newBuilder().setTaskId("t").build());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNRECOGNIZED")
    void reply_eachReadByGrpc_isMarkedIfItAskedForEventual(Consistency asked) {
        String expected = asked == Consistency.EVENTUAL ? "eventual" : null;

        assertThat(marked(
                        "GetTask",
                        GetTaskRequest.newBuilder()
                                .setTaskId("t")
                                .setConsistency(asked)
                                .build()))
                .isEqualTo(expected);
        assertThat(marked(
                        "BatchGetTasks",
                        BatchGetTasksRequest.newBuilder()
                                .addTaskIds("t")
                                .setConsistency(asked)
                                .build()))
                .isEqualTo(expected);
        assertThat(marked(
                        "ListTasks",
                        ListTasksRequest.newBuilder().setConsistency(asked).build()))
                .isEqualTo(expected);
        assertThat(marked(
                        "CountTasks",
                        CountTasksRequest.newBuilder().setConsistency(asked).build()))
                .isEqualTo(expected);
    }

    private static String marked(String method, Message request) {
        AtomicReference<Metadata> headers = new AtomicReference<>();
        Channel channel = ClientInterceptors.intercept(
                server.channel, MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<Metadata>()));
        Message answer = TestServer.call(channel, "TaskService", method, request, CallOptions.DEFAULT);
        assertThat(answer).isNotNull();
        return headers.get().get(HEADER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tasks/t", "tasks", "tasks:count"})
    void reply_eachReadByJson_isMarkedIfItAskedForEventual(String path) {
        String uri = "/v1/namespaces/default/" + path;

        HttpResponse<String> eventual = server.json("GET", uri + "?consistency=EVENTUAL", null);
        HttpResponse<String> linearizable = server.json("GET", uri + "?consistency=LINEARIZABLE", null);
        HttpResponse<String> unsaid = server.json("GET", uri, null);

        assertThat(eventual.statusCode()).isEqualTo(200);
        assertThat(eventual.headers().firstValue("tandem-consistency")).contains("eventual");
        assertThat(linearizable.headers().firstValue("tandem-consistency")).isEmpty();
        assertThat(unsaid.headers().firstValue("tandem-consistency")).isEmpty();
    }

    @Test
    void refusal_ofAReadThatAskedForEventual_isMarkedAsWell() {
        HttpResponse<String> json = server.json("GET", "/v1/namespaces/default/tasks/none?consistency=EVENTUAL", null);
        assertThat(json.statusCode()).isEqualTo(404);
        assertThat(json.headers().firstValue("tandem-consistency")).contains("eventual");

        GetTaskRequest request = GetTaskRequest.newBuilder()
                .setTaskId("none")
                .setConsistency(Consistency.EVENTUAL)
                .build();
        StatusRuntimeException refusal =
                catchThrowableOfType(StatusRuntimeException.class, () -> server.call("GetTask", request));
        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(Status.trailersFromThrowable(refusal).get(HEADER)).isEqualTo("eventual");
    }

    @Test
    void reply_write_isNotMarked() {
        HttpResponse<String> write = server.json("POST", "/v1/namespaces/default/tasks", "{}");

        assertThat(write.statusCode()).isEqualTo(200);
        assertThat(write.headers().firstValue("tandem-consistency")).isEmpty();
    }
}
