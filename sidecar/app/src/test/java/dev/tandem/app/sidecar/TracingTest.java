package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskServiceGrpcClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces, sent to a receiver in this process. */
class TracingTest {
    private static final String TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT_ID = "00f067aa0ba902b7";

    @TempDir
    private Path folder;

    @Test
    void call_withATraceparent_isSentAsAChildOfIt() throws Exception {
        CompletableFuture<Buffer> received = new CompletableFuture<>();
        CompletableFuture<String> token = new CompletableFuture<>();
        Vertx outside = Vertx.vertx();
        HttpServer collector = await(outside.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    token.complete(request.path() + " " + request.getHeader("authorization"));
                    received.complete(body);
                    request.response().end();
                }))
                .listen(0, "127.0.0.1"));
        SidecarConfig config = SidecarConfig.of(ConfigLoader.load(
                null,
                Map.of(
                        "TANDEM_LISTEN", "127.0.0.1:0",
                        "TANDEM_ADMIN", "off",
                        "TANDEM_STORE", "sqlite:" + folder.resolve("t.db"),
                        "TANDEM_DRAIN_GRACE", "0s",
                        "TANDEM_TRACING_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.actualPort(),
                        "TANDEM_TRACING_OTLP_HEADERS", "authorization=Bearer t"),
                Map.of()));
        Tracing tracing = Tracing.start(config.tracing(), "1.2.3");
        Vertx vertx = Runner.vertx(1, tracing);
        Sidecar sidecar = await(Sidecar.start(vertx, config, InstantSource.system()));

        GrpcClient client = GrpcClient.client(outside);
        await(client.request(
                        SocketAddress.inetSocketAddress(sidecar.address().port(), "127.0.0.1"),
                        TaskServiceGrpcClient.CreateTask)
                .compose(request -> {
                    request.headers().set("traceparent", "00-" + TRACE_ID + "-" + PARENT_ID + "-01");
                    return request.send(CreateTaskRequest.newBuilder()
                            .setTask(Task.newBuilder().setQueue("q"))
                            .build());
                })
                .compose(response -> response.last()));
        await(sidecar.drain());
        await(vertx.close());
        tracing.close();

        assertThat(token.get(10, TimeUnit.SECONDS)).isEqualTo("/v1/traces Bearer t");
        byte[] spans = received.get(10, TimeUnit.SECONDS).getBytes();
        String hex = HexFormat.of().formatHex(spans);
        // ExportTraceServiceRequest > resource_spans > scope_spans > spans: trace_id = 1, parent_span_id = 4.
        assertThat(hex).contains("0a10" + TRACE_ID).contains("2208" + PARENT_ID);
        assertThat(new String(spans, StandardCharsets.ISO_8859_1))
                .contains("service.name")
                .contains("tandem")
                .contains("1.2.3");
        assertThat(CodedInputStream.newInstance(spans).readTag()).isEqualTo(1 << 3 | 2);
        await(outside.close());
    }

    @Test
    void tracesOf_endpointWithoutAPath_getsTheCollectorsOwn() {
        assertThat(Tracing.tracesOf(URI.create("http://h:4318"))).hasToString("http://h:4318/v1/traces");
        assertThat(Tracing.tracesOf(URI.create("http://h:4318/"))).hasToString("http://h:4318/v1/traces");
        assertThat(Tracing.tracesOf(URI.create("http://h/otlp/traces"))).hasToString("http://h/otlp/traces");
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
