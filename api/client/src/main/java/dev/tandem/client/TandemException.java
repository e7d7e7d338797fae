package dev.tandem.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.vertx.grpc.common.GrpcStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed: why, and what its caller may do now.
 *
 * <p>It carries no stack trace: it arises on an event loop, where a stack tells nothing of the caller.
 */
public final class TandemException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final Set<String> WORTH_ANOTHER_TRY = Set.of(
            Reasons.NOT_APPLIED,
            Reasons.OVERLOADED,
            Reasons.DRAINING,
            Reasons.MAYBE_APPLIED,
            Reasons.UNREACHABLE,
            Reasons.CONNECTION_LOST);

    private final GrpcStatus code;
    private final boolean maybeApplied;
    private final transient Status status;
    private final transient ErrorInfo info;

    private TandemException(
            GrpcStatus code, Status status, ErrorInfo info, boolean maybeApplied, @Nullable Throwable cause) {
        super(status.getMessage().isEmpty() ? code.name() : status.getMessage(), cause, true, false);
        this.code = code;
        this.maybeApplied = maybeApplied;
        this.status = status;
        this.info = info;
    }

    /** What a status says, such as that of one item of a batch. */
    public static TandemException of(Status status) {
        GrpcStatus known = GrpcStatus.valueOf(status.getCode());
        GrpcStatus code = known == null ? GrpcStatus.UNKNOWN : known;
        ErrorInfo info = find(status, ErrorInfo.class, ErrorInfo.getDefaultInstance());
        return new TandemException(code, status, info, maybeApplied(code, info.getReason()), null);
    }

    /** One that the client itself found. */
    static TandemException own(
            GrpcStatus code, String reason, String message, boolean maybeApplied, @Nullable Throwable cause) {
        ErrorInfo info = ErrorInfo.newBuilder().setReason(reason).build();
        Status status = Status.newBuilder()
                .setCode(code.code)
                .setMessage(message)
                .addDetails(Any.pack(info))
                .build();
        return new TandemException(code, status, info, maybeApplied, cause);
    }

    /** The same failure of a call that may, or may not, have been applied for all that is known of its attempts. */
    TandemException withMaybeApplied(boolean maybe) {
        return maybe == maybeApplied ? this : new TandemException(code, status, info, maybe, getCause());
    }

    private static boolean maybeApplied(GrpcStatus code, String reason) {
        return switch (code) {
            case UNKNOWN, INTERNAL, CANCELLED, DATA_LOSS -> true;
            case UNAVAILABLE -> !reason.equals(Reasons.NOT_APPLIED) && !reason.equals(Reasons.DRAINING);
            case DEADLINE_EXCEEDED -> !reason.equals(Reasons.DEADLINE_PASSED);
            default -> false;
        };
    }

    public GrpcStatus code() {
        return code;
    }

    /** One of {@link Reasons}, for programs; empty if whatever answered gave none. */
    public String reason() {
        return info.getReason();
    }

    /** What goes with the reason: the current "etag" and "state" of the task, for example. */
    public Map<String, String> metadata() {
        return info.getMetadataMap();
    }

    /**
     * Whether the change may have been made all the same. Then read the task before deciding, or repeat the call under the
     * same request id. False: nothing was changed.
     */
    public boolean maybeApplied() {
        return maybeApplied;
    }

    /** How long to wait at least before another try; null if the sidecar did not say. */
    public @Nullable Duration retryDelay() {
        RetryInfo retry = find(status, RetryInfo.class, RetryInfo.getDefaultInstance());
        if (!retry.hasRetryDelay()) {
            return null;
        }
        return Duration.ofSeconds(
                retry.getRetryDelay().getSeconds(), retry.getRetryDelay().getNanos());
    }

    /** Which fields of the request were refused, and why. */
    public List<BadRequest.FieldViolation> fieldViolations() {
        return find(status, BadRequest.class, BadRequest.getDefaultInstance()).getFieldViolationsList();
    }

    /** All that is known, as google.rpc describes it. */
    public Status status() {
        return status;
    }

    /** Whether the same call may well succeed a little later. A call that may have been applied needs its request id. */
    boolean isWorthAnotherTry() {
        return WORTH_ANOTHER_TRY.contains(reason()) || (code == GrpcStatus.UNAVAILABLE && reason().isEmpty());
    }

    private static <M extends Message> M find(Status status, Class<M> type, M otherwise) {
        for (Any detail : status.getDetailsList()) {
            if (detail.is(type)) {
                try {
                    return detail.unpack(type);
                } catch (InvalidProtocolBufferException e) {
                    return otherwise; // details are a courtesy: the code stands without them
                }
            }
        }
        return otherwise;
    }
}
