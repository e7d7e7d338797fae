package dev.tandem.grpc;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.common.WireFormat;
import io.vertx.grpc.reflection.ReflectionService;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.Service;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Serves the methods of the API over gRPC and gRPC-Web. Owned by one event loop. */
final class GrpcFront {
    private static final String CONTENT_TYPE = "application/grpc";

    private final GrpcServer server;

    GrpcFront(Vertx vertx, List<ApiMethod<?, ?>> methods, Calls calls, int requestBytesMax, boolean withReflection) {
        GrpcServerOptions options = new GrpcServerOptions()
                .removeEnabledProtocol(GrpcProtocol.TRANSCODING)
                .setMaxMessageSize(requestBytesMax);
        server = GrpcServer.server(vertx, options);
        methods.stream()
                .map(method -> method.descriptor().getService())
                .distinct()
                .forEach(service -> server.addService(new MethodsOf(service, methods, calls, requestBytesMax)));
        if (withReflection) {
            server.addService(ReflectionService.v1());
        }
    }

    /** Whether a request of this content type is gRPC's, or meant to be. */
    static boolean isGrpc(@Nullable String contentType) {
        return contentType != null && contentType.startsWith(CONTENT_TYPE);
    }

    void handle(HttpServerRequest request) {
        if (!request.headers().contains(GrpcHeaderNames.GRPC_ENCODING)) {
            // Without this, the server fails on a message that says it is compressed, and never answers.
            request.headers().set(GrpcHeaderNames.GRPC_ENCODING, "identity");
        }
        server.handle(request);
    }

    /** One service's part of the methods. */
    private record MethodsOf(
            ServiceDescriptor descriptor, List<ApiMethod<?, ?>> methods, Calls calls, int requestBytesMax)
            implements Service {
        @Override
        public ServiceName name() {
            return ServiceName.create(descriptor.getFullName());
        }

        @Override
        public void bind(GrpcServer server) {
            for (ApiMethod<?, ?> method : methods) {
                if (method.descriptor().getService() == descriptor) {
                    server.callHandler(
                            ServiceMethod.server(
                                    name(),
                                    method.descriptor().getName(),
                                    MessageEncoder.INSTANCE,
                                    GrpcMessageDecoder.IDENTITY),
                            request -> new GrpcExchange(calls, method, request, requestBytesMax).begin());
                }
            }
        }
    }

    /** Messages as bytes; requests are parsed by {@link GrpcExchange}. */
    private static final class MessageEncoder implements GrpcMessageEncoder<Message> {
        static final MessageEncoder INSTANCE = new MessageEncoder();

        @Override
        public GrpcMessage encode(Message message, WireFormat format) {
            return GrpcMessage.message("identity", format, Buffer.buffer(message.toByteArray()));
        }

        @Override
        public boolean accepts(WireFormat format) {
            return format == WireFormat.PROTOBUF;
        }
    }
}
