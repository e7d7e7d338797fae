package dev.tandem.grpc;

import com.google.rpc.Status;

/** A call that is refused, with all that its caller is told. Thrown for bad input, so without the cost of a stack trace. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Status status;

    ApiException(Status status) {
        super(status.getMessage(), null, false, false);
        this.status = status;
    }

    Status status() {
        return status;
    }
}
