package dev.tandem.grpc;

import com.google.protobuf.Message;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.common.WireFormat;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Serves the methods of the API over gRPC and gRPC-Web. Owned by one event loop. */
final class GrpcFront {
    private static final String CONTENT_TYPE = "application/grpc";
    private static final String WEB_TEXT = "application/grpc-web-text";

    private final Calls calls;
    private final GrpcServer server;

    /** The request that the server is being given: it tells its handlers nothing of it, and calls them at once. */
    private @Nullable CountedRequest arriving;

    GrpcFront(
            Vertx vertx,
            List<ApiMethod<?, ?>> methods,
            Calls calls,
            int requestBytesMax,
            @Nullable Reflection reflection) {
        GrpcServerOptions options = new GrpcServerOptions()
                .removeEnabledProtocol(GrpcProtocol.TRANSCODING)
                .setMaxMessageSize(requestBytesMax);
        this.calls = calls;
        server = GrpcServer.server(vertx, options);
        for (ApiMethod<?, ?> method : methods) {
            server.callHandler(
                    ServiceMethod.server(
                            ServiceName.create(method.descriptor().getService().getFullName()),
                            method.descriptor().getName(),
                            MessageEncoder.INSTANCE,
                            GrpcMessageDecoder.IDENTITY),
                    request -> new GrpcExchange(
                                    calls, method, Objects.requireNonNull(arriving), request, requestBytesMax)
                            .begin());
        }
        if (reflection != null) {
            reflection.bind(server);
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
        String contentType = request.getHeader(HttpHeaders.CONTENT_TYPE);
        CountedRequest counted = new CountedRequest(calls, request);
        arriving = counted;
        try {
            server.handle(contentType.startsWith(WEB_TEXT) ? new WebText(counted) : counted);
        } finally {
            arriving = null;
        }
    }

    /**
     * A request in gRPC-Web's base64. Where that is broken, the server's own reading throws and the call is never
     * answered; here it is told to the call.
     */
    private static final class WebText extends HttpServerRequestWrapper {
        private @Nullable Handler<Throwable> exceptionHandler;

        WebText(HttpServerRequest request) {
            super((HttpServerRequestInternal) request);
        }

        @Override
        public HttpServerRequest exceptionHandler(@Nullable Handler<Throwable> handler) {
            exceptionHandler = handler;
            return super.exceptionHandler(handler);
        }

        @Override
        public HttpServerRequest endHandler(@Nullable Handler<Void> handler) {
            return super.endHandler(end -> {
                try {
                    if (handler != null) {
                        handler.handle(null);
                    }
                } catch (RuntimeException e) {
                    if (exceptionHandler != null) {
                        exceptionHandler.handle(new BrokenTextException(e));
                    }
                }
            });
        }
    }

    /** A request whose base64 can't be read. */
    static final class BrokenTextException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BrokenTextException(Throwable cause) {
            super("broken base64", cause);
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
