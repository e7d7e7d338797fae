package dev.tandem.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** One JSON call on the wire. */
final class JsonExchange implements Exchange {
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer()
            .preservingProtoFieldNames()
            .omittingInsignificantWhitespace()
            .usingTypeRegistry(TypeRegistry.newBuilder()
                    .add(ErrorInfo.getDescriptor())
                    .add(RetryInfo.getDescriptor())
                    .add(BadRequest.getDescriptor())
                    .add(PreconditionFailure.getDescriptor())
                    .add(ResourceInfo.getDescriptor())
                    .build());

    private static final int PAYLOAD_TOO_LARGE = 413;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private boolean isStreaming;

    JsonExchange(HttpServerRequest request) {
        this.request = request;
        this.response = request.response();
    }

    @Override
    public void header(String name, String value) {
        response.putHeader(name, value);
    }

    @Override
    public Future<Void> reply(Message message) {
        return end(200, print(message));
    }

    @Override
    public void refuse(Status status) {
        if (isStreaming) {
            response.end("{\"error\":" + print(status) + "}\n");
        } else {
            refuse(httpCode(status), status);
        }
    }

    /** Refuses with an HTTP code of its own. */
    void refuse(int httpCode, Status status) {
        for (Any detail : status.getDetailsList()) {
            if (detail.is(RetryInfo.class)) {
                response.putHeader("Retry-After", retryAfterSeconds(detail));
            }
        }
        end(httpCode, print(status));
    }

    private Future<Void> end(int httpCode, String body) {
        response.setStatusCode(httpCode)
                .putHeader("Content-Type", "application/json")
                .putHeader("X-Content-Type-Options", "nosniff");
        String line = body + "\n";
        if (request.method().equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", Integer.toString(io.netty.buffer.ByteBufUtil.utf8Bytes(line)));
            return response.end();
        }
        return response.end(line);
    }

    @Override
    public Future<Void> write(Message message) {
        if (!isStreaming) {
            isStreaming = true;
            response.setChunked(true).putHeader("Content-Type", "application/x-ndjson");
        }
        return response.write(print(message) + "\n");
    }

    private static String print(Message message) {
        try {
            return PRINTER.print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a detail of another type than those of the status map", e);
        }
    }

    private static String retryAfterSeconds(Any detail) {
        try {
            long millis = Durations.toMillis(detail.unpack(RetryInfo.class).getRetryDelay());
            return Long.toString(Math.max(1, (millis + 999) / 1000));
        } catch (InvalidProtocolBufferException e) {
            return "1";
        }
    }

    private static int httpCode(Status status) {
        return StatusMap.isTooLarge(status) ? PAYLOAD_TOO_LARGE : httpCode(status.getCode());
    }

    /** The HTTP code that stands for a google.rpc.Code, as that file lists them. */
    static int httpCode(int code) {
        return switch (code) {
            case 0 -> 200;
            case 1 -> 499;
            case 3, 9, 11 -> 400;
            case 4 -> 504;
            case 5 -> 404;
            case 6, 10 -> 409;
            case 7 -> 403;
            case 8 -> 429;
            case 12 -> 501;
            case 14 -> 503;
            case 16 -> 401;
            default -> 500;
        };
    }
}
