package dev.tandem.grpc;

import static java.util.concurrent.TimeUnit.SECONDS;

import com.google.protobuf.Descriptors;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.tandem.routing.Router;
import dev.tandem.store.TaskStore;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.testkit.HttpClients;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.TestClock;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** A server over the reference store on a free port, with a client of another gRPC implementation and one of HTTP. */
@SuppressWarnings("TypeParameterUnusedInFormals") // The caller knows what a method answers with.
final class TestServer implements AutoCloseable {
    static final Duration WAIT_MAX = Duration.ofSeconds(20);

    /** How a call ended, as the listener was told. */
    record Ended(String method, int status, boolean json) {}

    final Vertx vertx = Vertx.vertx();
    final TestClock clock = new TestClock();
    final FaultyTaskStore store = FaultyTaskStore.wrap(new ReferenceTaskStore(vertx));
    final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
    final Set<String> threads = java.util.Collections.synchronizedSet(new TreeSet<>());
    final ApiServer server;
    final ManagedChannel channel;
    final HttpClient http = HttpClients.http1();

    TestServer() {
        this(options -> options);
    }

    TestServer(UnaryOperator<ServerOptions> configure) {
        ServerOptions options = configure.apply(
                ServerOptions.DEFAULT.withPort(0).withDrain(Duration.ofMillis(1), Duration.ofSeconds(10)));
        TaskStore router = Router.single(vertx, "reference", store);
        server = await(ApiServer.start(vertx, options, router, clock, (method, status, nanos, json) -> {
            threads.add(Thread.currentThread().getName());
            ended.add(new Ended(method, status, json));
        }));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .maxInboundMessageSize(64 << 20)
                .build();
    }

    /** The default limits but for these. */
    static ApiLimits limits(int calls, int streams, long requestBytes, long answerBytes) {
        ApiLimits like = ApiLimits.DEFAULT;
        return new ApiLimits(
                like.payloadBytesMax(),
                like.requestKeep(),
                like.pageTokenKeep(),
                like.defaultNamespace(),
                calls,
                streams,
                requestBytes,
                answerBytes);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        await(server.drain());
        await(vertx.close());
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(WAIT_MAX.toSeconds(), SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e.getCause() == null ? e : e.getCause());
        }
    }

    static void until(Supplier<Boolean> condition, String what) {
        long end = System.nanoTime() + WAIT_MAX.toNanos();
        while (!condition.get()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + WAIT_MAX + ": " + what);
            }
            Thread.onSpinWait();
        }
    }

    /** A method of TaskService or LeaseService as grpc-java calls it. */
    @SuppressWarnings("unchecked")
    static <Q extends Message, R extends Message> MethodDescriptor<Q, R> method(String service, String name) {
        Descriptors.ServiceDescriptor owner = service.equals("TaskService") ? Methods.TASKS : Methods.LEASES;
        Descriptors.MethodDescriptor method = owner.findMethodByName(name);
        return (MethodDescriptor<Q, R>) MethodDescriptor.<Message, Message>newBuilder()
                .setType(method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY)
                .setFullMethodName(owner.getFullName() + "/" + name)
                .setRequestMarshaller(ProtoUtils.marshaller(defaultOf(method.getInputType())))
                .setResponseMarshaller(ProtoUtils.marshaller(defaultOf(method.getOutputType())))
                .build();
    }

    private static Message defaultOf(Descriptors.Descriptor type) {
        if (type.getFullName().equals("google.protobuf.Empty")) {
            return com.google.protobuf.Empty.getDefaultInstance();
        }
        try {
            return (Message) Class.forName("dev.tandem.v1." + type.getName())
                    .getMethod("getDefaultInstance")
                    .invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    <R extends Message> R call(String method, Message request) {
        return call(channel, "TaskService", method, request, CallOptions.DEFAULT);
    }

    <R extends Message> R lease(String method, Message request) {
        return call(channel, "LeaseService", method, request, CallOptions.DEFAULT);
    }

    static <R extends Message> R call(
            Channel channel, String service, String method, Message request, CallOptions options) {
        return ClientCalls.blockingUnaryCall(
                channel,
                TestServer.<Message, R>method(service, method),
                options.withDeadlineAfter(20, SECONDS),
                request);
    }

    /** The status that a call is refused with. */
    Status refused(String method, Message request) {
        return refused(() -> call(method, request));
    }

    static Status refused(Supplier<? extends Message> call) {
        try {
            Message answer = call.get();
            throw new AssertionError("not refused, but " + answer);
        } catch (StatusRuntimeException e) {
            Status status = StatusProto.fromThrowable(e);
            if (status == null) {
                throw new AssertionError("no details", e);
            }
            return status;
        }
    }

    static ErrorInfo info(Status status) {
        return detail(status, ErrorInfo.class);
    }

    static String reason(Status status) {
        return info(status).getReason();
    }

    static <T extends Message> T detail(Status status, Class<T> type) {
        for (var detail : status.getDetailsList()) {
            if (detail.is(type)) {
                try {
                    return detail.unpack(type);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
        }
        throw new AssertionError("no " + type.getSimpleName() + " in " + status);
    }

    String uri(String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    HttpResponse<String> json(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri(path)))
                .timeout(WAIT_MAX)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("unchecked")
    static <T extends Message> T parsed(String json, T like) {
        Message.Builder builder = like.newBuilderForType();
        try {
            JsonFormat.parser()
                    .usingTypeRegistry(com.google.protobuf.TypeRegistry.newBuilder()
                            .add(com.google.rpc.ErrorDetailsProto.getDescriptor()
                                    .getMessageTypes())
                            .build())
                    .merge(json, builder);
        } catch (Exception e) {
            throw new AssertionError(json, e);
        }
        return (T) builder.build();
    }
}
