package dev.tandem.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcError;
import io.vertx.grpc.common.GrpcErrorException;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.InvalidMessageException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Makes a {@link TandemException} of each way in which a call can fail. */
final class Failures {
    private static final String STATUS_DETAILS = "grpc-status-details-bin";
    private static final String STATUS_MESSAGE = "grpc-message";

    private Failures() {}

    /** What the sidecar answered, if it was not OK. */
    static TandemException answered(GrpcClientResponse<?, ?> response) {
        GrpcStatus code = response.status() == null ? GrpcStatus.UNKNOWN : response.status();
        Status details = details(trailer(response, STATUS_DETAILS));
        if (details != null && details.getCode() == code.code) {
            return TandemException.of(details);
        }
        String message = trailer(response, STATUS_MESSAGE);
        return TandemException.of(Status.newBuilder()
                .setCode(code.code)
                .setMessage(message == null ? "" : percentDecoded(message))
                .build());
    }

    /** An answer without a body has its status among the headers. */
    private static @Nullable String trailer(GrpcClientResponse<?, ?> response, String name) {
        String trailer = response.trailers().get(name);
        return trailer == null ? response.headers().get(name) : trailer;
    }

    private static @Nullable Status details(@Nullable String base64) {
        if (base64 == null) {
            return null;
        }
        try {
            return Status.parseFrom(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException | InvalidProtocolBufferException e) {
            return null; // the plain code and message still stand
        }
    }

    private static String percentDecoded(String message) {
        try {
            // A plus is a plus here, unlike in a query string.
            return URLDecoder.decode(message.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return message;
        }
    }

    /** No stream to the sidecar could be opened, so the request was not sent. */
    static TandemException unreachable(String address, Throwable cause) {
        String message = "can't reach the sidecar at " + address + " (" + text(cause) + "); is it running?";
        return TandemException.own(GrpcStatus.UNAVAILABLE, Reasons.UNREACHABLE, message, false, cause);
    }

    /** The stream broke after the request, or a part of it, was sent. */
    static TandemException broken(String address, Throwable cause) {
        if (cause instanceof InvalidMessageException) {
            String message = "the answer of " + address + " is broken or over messageBytesMax: " + text(cause);
            return TandemException.own(GrpcStatus.RESOURCE_EXHAUSTED, Reasons.BAD_ANSWER, message, true, cause);
        }
        if (cause instanceof GrpcErrorException reset && reset.error() == GrpcError.UNAVAILABLE) {
            String message = address + " refused the stream before it looked at the request";
            return TandemException.own(GrpcStatus.UNAVAILABLE, Reasons.NOT_APPLIED, message, false, cause);
        }
        String message = "the connection to " + address + " broke before the answer came (" + text(cause) + ")";
        return TandemException.own(GrpcStatus.UNAVAILABLE, Reasons.CONNECTION_LOST, message, true, cause);
    }

    /** The answer was OK, and yet no answer. */
    static TandemException empty(String address) {
        String message = address + " answered OK without a message; does it speak tandem.v1?";
        return TandemException.own(GrpcStatus.INTERNAL, Reasons.BAD_ANSWER, message, true, null);
    }

    static TandemException canceled(String what, boolean maybeApplied) {
        return TandemException.own(GrpcStatus.CANCELLED, Reasons.CANCELED, what, maybeApplied, null);
    }

    static TandemException deadline(
            String rpc, String address, long timeoutMillis, boolean maybeApplied, @Nullable TandemException last) {
        String message = rpc + " got no answer from " + address + " within " + timeoutMillis + " ms"
                + (last == null ? "" : "; the last try: " + last.getMessage());
        String reason = maybeApplied ? Reasons.MAYBE_APPLIED : Reasons.DEADLINE_PASSED;
        return TandemException.own(GrpcStatus.DEADLINE_EXCEEDED, reason, message, maybeApplied, last);
    }

    private static String text(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
