package dev.tandem.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.tandem.store.StoreException;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Task;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where what went wrong becomes a google.rpc.Status: its code, an ErrorInfo with the reason, and the
 * details that go with it. The reasons are listed at the head of tasks.proto.
 */
public final class StatusMap {
    /** The domain of every ErrorInfo. */
    public static final String DOMAIN = "tandem.dev";

    static final String INVALID_ARGUMENT = "INVALID_ARGUMENT";
    static final String PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE";
    static final String INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN";
    static final String INVALID_CURSOR = "INVALID_CURSOR";

    /** When a caller that was turned away for a passing reason should try again, in milliseconds. */
    static final long RETRY_SOON_MILLIS = 100;

    /** When a caller of a draining server should try again: by then another one listens, or the pod is gone. */
    static final long RETRY_DRAINING_MILLIS = 1_000;

    /** The most violations that are told of one request: a status goes into headers, of which clients take 8 KiB. */
    static final int VIOLATIONS_TOLD_MAX = 10;

    private static final Logger LOG = LoggerFactory.getLogger(StatusMap.class);

    private StatusMap() {}

    /**
     * What the caller is told of a failed call.
     *
     * @param isWrite whether the call changes anything, and so may have
     */
    public static Status of(Throwable failure, boolean isWrite) {
        if (failure instanceof ApiException known) {
            return known.status();
        }
        if (failure instanceof StoreException store) {
            return of(store);
        }
        LOG.error("a call failed in a way that it should not", failure);
        return isWrite
                ? plain(Code.UNKNOWN, "MAYBE_APPLIED", "the sidecar failed while it answered; its log says how")
                : plain(Code.INTERNAL, "INTERNAL", "the sidecar failed while it answered; its log says how");
    }

    /** What the caller is told of a call that its store could not answer. */
    public static Status of(StoreException failure) {
        String message = failure.getMessage() == null ? "the store could not answer" : failure.getMessage();
        return switch (failure.kind()) {
            case NOT_APPLIED, FENCED -> retry(Code.UNAVAILABLE, "NOT_APPLIED", message, RETRY_SOON_MILLIS);
            case OVERLOADED -> overloaded(message);
            case MAYBE_APPLIED -> plain(Code.UNKNOWN, "MAYBE_APPLIED", message);
            case DEADLINE_PASSED -> plain(Code.DEADLINE_EXCEEDED, "DEADLINE_PASSED", message);
            case CORRUPT -> plain(Code.DATA_LOSS, "CORRUPT", message);
        };
    }

    /**
     * What the caller is told of a command that the rules refused.
     *
     * @param resource what it was about, such as {@code namespaces/default/tasks/t1}
     * @param nowMillis the time of the command
     */
    public static Status of(Rejected rejected, String resourceType, String resource, long nowMillis) {
        String message = rejected.message();
        String reason = rejected.reason().name();
        return switch (rejected.reason()) {
            case NOT_FOUND -> notFound(resourceType, resource, message);
            case ALREADY_EXISTS ->
                status(
                        Code.ALREADY_EXISTS,
                        message,
                        info(reason, metadata(rejected)),
                        ResourceInfo.newBuilder()
                                .setResourceType(resourceType)
                                .setResourceName(resource)
                                .setDescription(message)
                                .build());
            case VERSION_MISMATCH -> status(Code.ABORTED, message, info(reason, metadata(rejected)));
            case LEASE_HELD ->
                status(
                        Code.FAILED_PRECONDITION,
                        message,
                        info(reason, metadata(rejected)),
                        precondition(reason, resource, message),
                        retryInfo(millisUntilFree(rejected, nowMillis)));
            case ILLEGAL_TRANSITION,
                    WRONG_STATE,
                    LEASE_LOST,
                    LEASE_REQUIRED,
                    REQUEST_ID_REUSED,
                    PARTS_DECIDE,
                    TOO_MANY_PARTS ->
                status(
                        Code.FAILED_PRECONDITION,
                        message,
                        info(reason, metadata(rejected)),
                        precondition(reason, resource, message));
        };
    }

    static Status notFound(String resourceType, String resource, String message) {
        return status(
                Code.NOT_FOUND,
                message,
                info("NOT_FOUND", Map.of()),
                ResourceInfo.newBuilder()
                        .setResourceType(resourceType)
                        .setResourceName(resource)
                        .setDescription(message)
                        .build());
    }

    static Status invalid(String reason, List<FieldViolation> violations) {
        List<FieldViolation> told = violations.subList(0, Math.min(VIOLATIONS_TOLD_MAX, violations.size()));
        StringBuilder message = new StringBuilder();
        for (FieldViolation violation : told) {
            message.append(message.isEmpty() ? "" : "; ")
                    .append(violation.getField())
                    .append(violation.getField().isEmpty() ? "" : ": ")
                    .append(violation.getDescription());
        }
        if (told.size() < violations.size()) {
            message.append("; and ").append(violations.size() - told.size()).append(" more like these");
        }
        return status(
                Code.INVALID_ARGUMENT,
                message.toString(),
                info(reason, Map.of()),
                BadRequest.newBuilder().addAllFieldViolations(told).build());
    }

    static Status invalid(String reason, String field, String description) {
        return invalid(
                reason,
                List.of(FieldViolation.newBuilder()
                        .setField(field)
                        .setDescription(description)
                        .build()));
    }

    /** Whether a status says that a request, or a payload in it, has too many bytes. */
    static boolean isTooLarge(Status status) {
        for (Any detail : status.getDetailsList()) {
            if (detail.is(ErrorInfo.class)) {
                try {
                    return detail.unpack(ErrorInfo.class).getReason().equals(PAYLOAD_TOO_LARGE);
                } catch (InvalidProtocolBufferException e) {
                    throw new IllegalStateException("a detail that was made here can't be read", e);
                }
            }
        }
        return false;
    }

    static Status cursorExpired() {
        return plain(
                Code.OUT_OF_RANGE,
                "CURSOR_EXPIRED",
                "the cursor is older than what is kept of deletions, or from before the namespace was moved to another store:"
                        + " watch anew with include_existing");
    }

    static Status overloaded(String message) {
        return retry(Code.RESOURCE_EXHAUSTED, "OVERLOADED", message, RETRY_SOON_MILLIS);
    }

    /** The command was done, and there is no room for its answer. */
    static Status answerDropped() {
        return plain(
                Code.UNKNOWN,
                "MAYBE_APPLIED",
                "the command was done, but the sidecar holds as many bytes of answers as it keeps: read those, and ask again");
    }

    static Status draining() {
        return retry(Code.UNAVAILABLE, "DRAINING", "the sidecar is shutting down", RETRY_DRAINING_MILLIS);
    }

    /** The deadline had passed before the call was begun. */
    static Status deadlinePassed() {
        return plain(Code.DEADLINE_EXCEEDED, "DEADLINE_PASSED", "the call's deadline had passed; nothing was done");
    }

    /** The deadline passed while the call was under way. */
    static Status deadlineReached(boolean isWrite) {
        return isWrite
                ? plain(
                        Code.DEADLINE_EXCEEDED,
                        "MAYBE_APPLIED",
                        "the deadline passed while the store had the command; it may be applied yet")
                : plain(Code.DEADLINE_EXCEEDED, "DEADLINE_PASSED", "the deadline passed before the store answered");
    }

    /** A status with a reason and nothing else. */
    static Status plain(Code code, String reason, String message) {
        return status(code, message, info(reason, Map.of()));
    }

    private static Status retry(Code code, String reason, String message, long retryMillis) {
        return status(code, message, info(reason, Map.of()), retryInfo(retryMillis));
    }

    private static Status status(Code code, String message, Message... details) {
        Status.Builder status = Status.newBuilder().setCode(code.getNumber()).setMessage(message);
        for (Message detail : details) {
            status.addDetails(Any.pack(detail));
        }
        return status.build();
    }

    private static ErrorInfo info(String reason, Map<String, String> metadata) {
        return ErrorInfo.newBuilder()
                .setReason(reason)
                .setDomain(DOMAIN)
                .putAllMetadata(metadata)
                .build();
    }

    private static Map<String, String> metadata(Rejected rejected) {
        Task task = rejected.task();
        if (task != null) {
            return Map.of("state", task.state().name(), "etag", Long.toString(task.version()));
        }
        LeaderLease lease = rejected.lease();
        return lease == null
                ? Map.of()
                : Map.of(
                        "holder",
                        lease.holder(),
                        "expire_time",
                        Timestamps.toString(Timestamps.fromMillis(lease.expiresAtMillis())));
    }

    private static long millisUntilFree(Rejected rejected, long nowMillis) {
        LeaderLease lease = rejected.lease();
        return lease == null ? RETRY_SOON_MILLIS : Math.max(1, lease.expiresAtMillis() - nowMillis);
    }

    private static RetryInfo retryInfo(long millis) {
        return RetryInfo.newBuilder()
                .setRetryDelay(Durations.fromMillis(millis))
                .build();
    }

    private static PreconditionFailure precondition(String type, String subject, String description) {
        return PreconditionFailure.newBuilder()
                .addViolations(PreconditionFailure.Violation.newBuilder()
                        .setType(type)
                        .setSubject(subject)
                        .setDescription(description))
                .build();
    }
}
