package dev.tandem.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import io.grpc.health.v1.HealthCheckRequest;
import io.vertx.core.Future;
import java.io.EOFException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams that are reset, left open or not read, at the worst moment. */
@Timeout(30)
class RawStreamsTest {
    private static final String CHECK = "/grpc.health.v1.Health/Check";
    private static final String GET = "/tandem.v1.TaskService/GetTask";
    private static final int WINDOW = 65_535;
    private static final int LARGE = 200_000;

    private static HealthCheckRequest check() {
        return HealthCheckRequest.getDefaultInstance();
    }

    private static GetTaskRequest get(String id) {
        return GetTaskRequest.newBuilder().setTaskId(id).build();
    }

    private static void createLarge(TestServer server, String id) {
        create(server, id, LARGE);
    }

    private static void create(TestServer server, String id, int bytes) {
        server.call(
                "CreateTask",
                CreateTaskRequest.newBuilder()
                        .setTaskId(id)
                        .setTask(Task.newBuilder().setPayload(ByteString.copyFrom(new byte[bytes])))
                        .build());
    }

    /** Vert.x closed the connection: trailers that could not be sent any more were taken for its failure. */
    @Test
    void reset_rightBehindTheRequest_leavesTheConnection() throws Exception {
        try (TestServer server = new TestServer();
                RawHttp2 raw = RawHttp2.to(server, WINDOW)) {
            raw.call(1, CHECK, check()).reset(1).call(3, CHECK, check()).send();
            assertThat(raw.end(3)).isPositive();
            raw.call(5, CHECK, check()).send();
            assertThat(raw.end(5)).isPositive();
        }
    }

    @Test
    void reset_ofAnAnswerThatIsNotRead_leavesTheConnection() throws Exception {
        try (TestServer server = new TestServer();
                RawHttp2 raw = RawHttp2.to(server, WINDOW)) {
            createLarge(server, "large");
            raw.call(1, GET, get("large")).send().next(RawHttp2.DATA, 1);
            raw.take(0, LARGE).reset(1).call(3, CHECK, check()).send();
            assertThat(raw.end(3)).isPositive();
        }
    }

    @Test
    void heads_withoutABody_holdNoCall() throws Exception {
        try (TestServer server =
                        new TestServer(options -> options.withLimits(TestServer.limits(2, 1024, 16 << 20, 16 << 20)));
                RawHttp2 raw = RawHttp2.to(server, WINDOW)) {
            raw.head(1, CHECK)
                    .head(3, CHECK)
                    .head(5, CHECK)
                    .call(7, CHECK, check())
                    .send();
            assertThat(raw.end(7)).isPositive();
            assertThat(server.server.calls()).isZero();
            raw.body(1, check()).send();
            assertThat(raw.end(1)).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Calls.COUNTED_ANSWER_BYTES, LARGE})
    void answers_thatNobodyTakes_areBounded(int bytes) throws Exception {
        try (TestServer server = new TestServer(
                        options -> options.withLimits(TestServer.limits(2048, 1024, 16 << 20, 3 * bytes)));
                RawHttp2 raw = RawHttp2.to(server, 0)) {
            create(server, "large", bytes);
            for (int stream = 1; stream < 200; stream += 2) {
                raw.call(stream, GET, get("large"));
            }
            raw.send();
            // Each is answered in order; the first have a head, and then wait for room.
            for (int stream = 1; stream < 200; stream += 2) {
                assertThat(raw.next(RawHttp2.HEADERS, stream).endsStream())
                        .as("stream " + stream)
                        .isEqualTo(stream >= 5);
            }
            // Small answers go on, and so does everything once these are read.
            assertThat(server.<Task>call("CreateTask", CreateTaskRequest.getDefaultInstance())
                            .getTaskId())
                    .isNotEmpty();
            raw.take(0, 10 * bytes).take(1, bytes + 1000).take(3, bytes + 1000).send();
            assertThat(raw.end(1)).isGreaterThan(bytes);
            raw.reset(3).call(201, GET, get("large")).take(201, bytes + 1000).send();
            assertThat(raw.end(201)).isGreaterThan(bytes);
        }
    }

    /** A call that crosses the farewell on its way was lost with the connection. */
    @Test
    void drain_callsThatCrossTheFarewell_areAnswered() throws Exception {
        try (TestServer server = new TestServer();
                RawHttp2 raw = RawHttp2.to(server, WINDOW)) {
            raw.call(1, CHECK, check()).send().end(1);
            Future<Void> drained = server.server.drain();
            RawHttp2.Frame farewell = raw.next(RawHttp2.GOAWAY, 0);
            assertThat(farewell.payload().asReadOnlyByteBuffer().getInt())
                    .as("the last stream that is served")
                    .isEqualTo(Integer.MAX_VALUE);
            for (int round = 0; round < 2; round++) {
                // What was sent before the farewell was read comes before the answer to the ping behind it.
                int stream = 3 + 2 * round;
                RawHttp2.Frame ping = raw.next(RawHttp2.PING, 0);
                assertThat(drained.isComplete()).isFalse();
                raw.call(stream, CHECK, check()).answerPing(ping).send();
                assertThat(raw.end(stream)).as("bytes of a refusal").isZero();
            }
            TestServer.await(drained);
            assertThatThrownBy(() -> raw.next(RawHttp2.DATA, 99)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void authority_percentEncodedPath_isServed(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("tandem.sock");
        try (TestServer server = new TestServer(options -> options.withUnixSocket(path));
                RawHttp2 raw = new RawHttp2(UnixDomainSocketAddress.of(path), "tmp%2Ftandem.sock", 2 * LARGE)
                        .take(0, 2 * LARGE)) {
            createLarge(server, "large");
            raw.call(1, CHECK, check()).call(3, GET, get("large")).send();
            assertThat(raw.end(1)).isPositive();
            assertThat(raw.end(3)).isGreaterThan(LARGE);
        }
    }
}
