package dev.tandem.store;

import dev.tandem.task.Gate;
import dev.tandem.task.Outcome;
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

    /**
     * The outcome, if the store's gate let the command in.
     *
     * @throws StoreException as FENCED, if it did not
     */
    public static Outcome unlessFenced(Outcome outcome) {
        if (outcome instanceof Outcome.Fenced fenced) {
            throw fenced(fenced.gate());
        }
        return outcome;
    }

    /** As a call fails that this gate does not let in. */
    public static StoreException fenced(Gate gate) {
        return new StoreException(
                FailureKind.FENCED,
                "the namespace is at epoch " + gate.epoch() + " in this store (" + gate.role()
                        + "), and the call was routed otherwise");
    }

    public FailureKind kind() {
        return kind;
    }
}
