package dev.tandem.store;

import org.jspecify.annotations.Nullable;

/** A call that a store could not answer. What the rules refuse is not one of these: it is an outcome. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final FailureKind kind;

    public StoreException(FailureKind kind, String message) {
        this(kind, message, null);
    }

    public StoreException(FailureKind kind, String message, @Nullable Throwable cause) {
        // Made for every call that is turned away under overload, so without the cost of a stack trace; a cause has
        // one.
        super(message, cause, false, false);
        this.kind = kind;
    }

    public FailureKind kind() {
        return kind;
    }
}
