package dev.tandem.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever is sent, the caller is told what is wrong with it, and nothing inside breaks. */
class FuzzTest {
    private static final int TRIES = Integer.getInteger("tandem.fuzz", 200);

    /** What a caller's own input may come to. */
    private static final Set<Code> EXPECTED = EnumSet.of(
            Code.OK,
            Code.INVALID_ARGUMENT,
            Code.NOT_FOUND,
            Code.ALREADY_EXISTS,
            Code.ABORTED,
            Code.FAILED_PRECONDITION,
            Code.OUT_OF_RANGE);

    private static final List<String> JSON = List.of(
            "{\"task\":{\"queue\":\"mail\",\"payload\":\"aGk=\",\"labels\":{\"a\":\"b\"},\"retention\":\"5s\"}}",
            "{\"task_id\":\"a\",\"delay\":\"1.5s\",\"task\":{\"retry_policy\":{\"multiplier\":1.5,\"max_attempts\":3}}}",
            "{\"queues\":[\"mail\",\"b\"],\"worker_id\":\"w\",\"max_tasks\":3,\"lease_duration\":\"30s\"}",
            "{\"token\":\"12\",\"progress\":{\"percent\":5,\"note\":\"n\"}}",
            "{\"requests\":[{\"task_id\":\"x\"},{\"task\":{\"parts\":{\"n\":{\"local_id\":\"l\"}}}}]}",
            "{\"state\":\"CANCELED\",\"etag\":\"5\",\"error\":{\"code\":\"c\",\"message\":\"m\"}}",
            "{\"task\":{\"due_time\":\"2026-01-31T12:00:00Z\"},\"update_mask\":\"due_time,queue\"}");

    private static final List<String> PATHS = List.of(
            "", ":claim", ":batchCreate", ":prune", "/a:renew", "/a:complete", "/a:transition", "/a:cancel", "/a:fail");

    private static final String PIECES = "{}[]\",:0123456789eE.-+ \\u0000ntfaQ\u00e4\ud83d\ude00";

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static long seed(String test) {
        long seed = Long.getLong("tandem.seed", new Random().nextLong());
        System.out.println(test + ": seed " + seed + "; again with -Dtandem.seed=" + seed);
        return seed;
    }

    private static String mutated(String text, Random random) {
        StringBuilder out = new StringBuilder(text);
        for (int i = random.nextInt(4); i >= 0 && out.length() > 0; i--) {
            int at = random.nextInt(out.length());
            char piece = PIECES.charAt(random.nextInt(PIECES.length()));
            switch (random.nextInt(4)) {
                case 0 -> out.deleteCharAt(at);
                case 1 -> out.insert(at, piece);
                case 2 -> out.setCharAt(at, piece);
                default -> out.insert(at, out.substring(at, Math.min(out.length(), at + random.nextInt(20))));
            }
        }
        return out.toString();
    }

    @Test
    void json_mutated_isAnsweredOrNamed() {
        Random random = new Random(seed("json_mutated"));
        for (int i = 0; i < TRIES; i++) {
            String body = mutated(JSON.get(random.nextInt(JSON.size())), random);
            String path = PATHS.get(random.nextInt(PATHS.size()));
            HttpResponse<String> response = server.json("POST", "/v1/namespaces/fuzz/tasks" + path, body);
            assertThat(response.statusCode())
                    .as(path + " " + body + " " + response.body())
                    .isIn(200, 400, 404, 409);
            assertThat(response.body()).doesNotContain("Exception").doesNotContain("\tat ");
            if (response.statusCode() != 200) {
                Status status = TestServer.parsed(response.body(), Status.getDefaultInstance());
                assertThat(status.getMessage()).isNotEmpty();
                assertThat(TestServer.info(status).getDomain()).isEqualTo(StatusMap.DOMAIN);
            }
        }
        assertThat(server.server.calls()).isZero();
    }

    @Test
    void query_random_isAnsweredOrNamed() {
        Random random = new Random(seed("query_random"));
        List<String> names = List.of("states", "page_size", "page_token", "labels", "created_from", "node", "x", "");
        for (int i = 0; i < TRIES / 2; i++) {
            StringBuilder query = new StringBuilder("?");
            for (int p = random.nextInt(4); p >= 0; p--) {
                String value = mutated("SUCCEEDED=2026-01-01T00:00:00Z", random);
                query.append(names.get(random.nextInt(names.size())))
                        .append('=')
                        .append(java.net.URLEncoder.encode(value, StandardCharsets.UTF_8))
                        .append('&');
            }
            HttpResponse<String> response = server.json("GET", "/v1/namespaces/fuzz/tasks" + query, null);
            assertThat(response.statusCode()).as(query + " " + response.body()).isIn(200, 400);
        }
    }

    @Test
    void protobuf_randomBytes_isAnsweredOrNamed() {
        Random random = new Random(seed("protobuf_random"));
        var methods = Methods.TASKS.getMethods().stream()
                .filter(method ->
                        !method.isServerStreaming() && !method.getName().equals("WaitTask"))
                .toList();
        for (int i = 0; i < TRIES; i++) {
            var method = methods.get(random.nextInt(methods.size()));
            byte[] bytes = randomMessage(random, 0);
            Code code = send(method.getFullName().replace("Service.", "Service/"), bytes);
            assertThat(code)
                    .as(method.getName() + " " + ByteString.copyFrom(bytes))
                    .isIn(EXPECTED);
        }
        assertThat(server.server.calls()).isZero();
    }

    /** Fields that are well formed, mostly, with numbers and lengths that mean anything. */
    private static byte[] randomMessage(Random random, int depth) {
        ByteString.Output out = ByteString.newOutput();
        try {
            for (int i = random.nextInt(5); i >= 0; i--) {
                int type = random.nextInt(10) == 0 ? random.nextInt(8) : random.nextBoolean() ? 0 : 2;
                out.write((1 + random.nextInt(15)) << 3 | type);
                byte[] value = new byte[random.nextInt(12)];
                random.nextBytes(value);
                if (type == 2) {
                    byte[] inner = depth < 3 && random.nextBoolean() ? randomMessage(random, depth + 1) : value;
                    out.write(Math.min(inner.length, 127));
                    out.write(inner, 0, Math.min(inner.length, 127));
                } else if (type == 0) {
                    out.write(random.nextInt(128));
                } else {
                    out.write(value);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteString().toByteArray();
    }

    private static Code send(String method, byte[] bytes) {
        MethodDescriptor<byte[], byte[]> raw = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodType.UNARY)
                .setFullMethodName(method)
                .setRequestMarshaller(RawBytes.INSTANCE)
                .setResponseMarshaller(RawBytes.INSTANCE)
                .build();
        try {
            ClientCalls.blockingUnaryCall(
                    server.channel, raw, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS), bytes);
            return Code.OK;
        } catch (StatusRuntimeException e) {
            Status status = StatusProto.fromThrowable(e);
            assertThat(status).as(e.toString()).isNotNull();
            assertThat(status.getMessage()).doesNotContain("Exception");
            return Code.forNumber(status.getCode());
        }
    }

    private enum RawBytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
