package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import io.grpc.CallOptions;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What comes over the wire that no client library would send, and gRPC-Web. */
class WireTest {
    private static final String GET = "/tandem.v1.TaskService/GetTask";
    private static final String CREATE = "/tandem.v1.TaskService/CreateTask";

    private static TestServer server;
    private static HttpClient http2;

    @BeforeAll
    static void start() {
        server = new TestServer();
        http2 = server.vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private record Answer(int httpCode, MultiMap headers, Buffer body, MultiMap trailers) {
        int grpcStatus() {
            String status = headers.contains("grpc-status") ? headers.get("grpc-status") : trailers.get("grpc-status");
            assertThat(status).as(headers + " " + trailers).isNotNull();
            return Integer.parseInt(status);
        }

        Status details() throws IOException {
            String bin = headers.contains("grpc-status-details-bin")
                    ? headers.get("grpc-status-details-bin")
                    : trailers.get("grpc-status-details-bin");
            return Status.parseFrom(Base64.getDecoder().decode(bin));
        }
    }

    private static Answer send(HttpClient client, String path, Buffer body, String... headers) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(server.server.port())
                .setURI(path)
                .setTimeout(15_000);
        for (int i = 0; i < headers.length; i += 2) {
            options.putHeader(headers[i], headers[i + 1]);
        }
        // All in one step on the client's loop: a body that is asked for later has been missed.
        return await(client.request(options)
                .compose((HttpClientRequest request) -> request.send(body)
                        .compose(response -> response.body()
                                .map(bytes -> new Answer(
                                        response.statusCode(), response.headers(), bytes, response.trailers())))));
    }

    private static Answer grpc(String path, Buffer body, String... headers) {
        String[] all = new String[headers.length + 2];
        all[0] = "content-type";
        all[1] = "application/grpc";
        System.arraycopy(headers, 0, all, 2, headers.length);
        return send(http2, path, body, all);
    }

    private static Buffer frame(int flag, byte[] message) {
        return Buffer.buffer().appendByte((byte) flag).appendInt(message.length).appendBytes(message);
    }

    private static byte[] get(String id) {
        return GetTaskRequest.newBuilder()
                .setNamespace("wire")
                .setTaskId(id)
                .build()
                .toByteArray();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void frame_whole_isAnswered() throws Exception {
        Answer answer = grpc(GET, frame(0, get("none")));
        assertThat(answer.grpcStatus()).isEqualTo(Code.NOT_FOUND_VALUE);
        assertThat(TestServer.reason(answer.details())).isEqualTo("NOT_FOUND");
    }

    @Test
    void protobuf_broken_isInvalidAndTheConnectionStays() throws Exception {
        Answer broken = grpc(GET, frame(0, new byte[] {(byte) 0xff, (byte) 0xff, 1, 2, 3}));
        assertThat(broken.grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(broken.details().getMessage())
                .contains("tandem.v1.GetTaskRequest")
                .doesNotContain("Exception");
        Answer notUtf8 = grpc(GET, frame(0, new byte[] {0x12, 1, (byte) 0xff}));
        assertThat(notUtf8.grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(grpc(GET, frame(0, get("none"))).grpcStatus()).isEqualTo(Code.NOT_FOUND_VALUE);
    }

    @Test
    void frames_noneOrCutOrSeveral_areInvalid() {
        Buffer whole = frame(0, get("none"));
        assertThat(grpc(GET, Buffer.buffer()).grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(grpc(GET, whole.slice(0, 3)).grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(grpc(GET, whole.slice(0, whole.length() - 1)).grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(grpc(GET, Buffer.buffer().appendBuffer(whole).appendBuffer(whole))
                        .grpcStatus())
                .isEqualTo(Code.INVALID_ARGUMENT_VALUE);
    }

    @Test
    void frame_tooLarge_isRefusedWithItsReason() throws Exception {
        Answer answer = grpc(CREATE, frame(0, new byte[(4 << 20) + 1]));
        assertThat(answer.grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(TestServer.reason(answer.details())).isEqualTo("PAYLOAD_TOO_LARGE");
        Answer lie = grpc(CREATE, Buffer.buffer().appendByte((byte) 0).appendInt(Integer.MAX_VALUE));
        assertThat(lie.grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
    }

    @Test
    void gzip_requests_areReadWithinTheBound() throws Exception {
        Task created = TestServer.call(
                server.channel,
                "TaskService",
                "CreateTask",
                CreateTaskRequest.newBuilder()
                        .setNamespace("gzip")
                        .setTask(Task.newBuilder().setPayload(ByteString.copyFrom(new byte[100_000])))
                        .build(),
                CallOptions.DEFAULT.withCompression("gzip"));
        assertThat(created.getPayload().size()).isEqualTo(100_000);

        Answer good = grpc(GET, frame(1, gzip(get("none"))), "grpc-encoding", "gzip");
        assertThat(good.grpcStatus()).isEqualTo(Code.NOT_FOUND_VALUE);
        Answer bomb = grpc(CREATE, frame(1, gzip(new byte[64 << 20])), "grpc-encoding", "gzip");
        assertThat(TestServer.reason(bomb.details())).isEqualTo("PAYLOAD_TOO_LARGE");
        Answer broken = grpc(GET, frame(1, new byte[] {1, 2, 3}), "grpc-encoding", "gzip");
        assertThat(broken.grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        Answer unsaid = grpc(GET, frame(1, gzip(get("none"))));
        assertThat(unsaid.grpcStatus()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        Answer unknown = grpc(GET, frame(1, get("none")), "grpc-encoding", "snappy");
        assertThat(unknown.grpcStatus()).isEqualTo(Code.UNIMPLEMENTED_VALUE);
    }

    @Test
    void method_unknown_isUnimplemented() {
        for (String path : new String[] {
            "/tandem.v1.TaskService/NoMethod", "/tandem.v1.NoService/GetTask", "/", "/x", "//", GET + "/"
        }) {
            assertThat(grpc(path, frame(0, get("none"))).grpcStatus()).as(path).isEqualTo(Code.UNIMPLEMENTED_VALUE);
        }
    }

    @Test
    void contentType_unknownKindOfGrpc_is415() {
        for (String type : new String[] {"application/grpc+thrift", "application/grpcx"}) {
            Answer answer = send(http2, GET, frame(0, get("none")), "content-type", type);
            assertThat(answer.httpCode()).as(type).isEqualTo(415);
        }
        assertThat(send(
                                http2,
                                GET,
                                frame(0, "{}".getBytes(StandardCharsets.UTF_8)),
                                "content-type",
                                "application/grpc+json")
                        .grpcStatus())
                .isEqualTo(Code.UNIMPLEMENTED_VALUE);
    }

    @Test
    void grpcWeb_binaryAndText_areAnswered() {
        HttpClient http1 = server.vertx.createHttpClient();
        byte[] create = CreateTaskRequest.newBuilder()
                .setNamespace("web")
                .setTaskId("a")
                .build()
                .toByteArray();
        Answer created = send(http1, CREATE, frame(0, create), "content-type", "application/grpc-web+proto");
        assertThat(created.httpCode()).isEqualTo(200);
        assertThat(created.body().toString(StandardCharsets.ISO_8859_1))
                .contains("web")
                .contains("grpc-status:0");
        assertThat(created.body().getByte(0)).isZero();

        Buffer text = Buffer.buffer(
                Base64.getEncoder().encodeToString(frame(0, create).getBytes()));
        Answer again = send(http1, CREATE, text, "content-type", "application/grpc-web-text");
        assertThat(again.httpCode()).isEqualTo(200);
        String status = again.headers().get("grpc-status");
        assertThat(status).isEqualTo(Integer.toString(Code.ALREADY_EXISTS_VALUE));
        assertThat(again.headers().get("grpc-status-details-bin")).isNotEmpty();
    }

    @Test
    void grpcWeb_brokenText_isRefused() {
        HttpClient http1 = server.vertx.createHttpClient();
        for (String broken : new String[] {"", "*", "AAAA", "%%%%", "AAAAAAE="}) {
            Answer answer = send(http1, GET, Buffer.buffer(broken), "content-type", "application/grpc-web-text");
            assertThat(answer.grpcStatus()).as(broken).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        }
    }

    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port())) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void http_brokenAddress_is400() throws Exception {
        for (String target : new String[] {
            "/v1/namespaces/a/tasks/a%zz", "/v1/namespaces/a/tasks?page_size=%q", "*", "/v1/namespaces/a/tasks/%"
        }) {
            String answer = raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(answer).as(target).startsWith("HTTP/1.1 400 ").doesNotContain("Exception");
        }
        assertThat(raw("GET /" + "a".repeat(40_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
                .contains(" 414 ");
        assertThat(raw("nonsense\r\n\r\n")).doesNotContain("Exception");
    }

    @Test
    void http2_garbageAfterPreface_closesOnlyThatConnection() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 20; i++) {
            byte[] garbage = new byte[200];
            random.nextBytes(garbage);
            raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + new String(garbage, StandardCharsets.ISO_8859_1));
        }
        assertThat(grpc(GET, frame(0, get("none"))).grpcStatus()).isEqualTo(Code.NOT_FOUND_VALUE);
    }

    @Test
    void calls_allOfThese_leaveNothingUnderWay() {
        TestServer.until(() -> server.server.calls() == 0, "no call is under way");
    }
}
