package dev.tandem.client;

/** Thrown by a handler to say that the attempt failed, in the application's own words. */
public final class TaskFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;
    private final boolean isFinal;

    private TaskFailure(String code, String message, boolean isFinal) {
        super(message);
        this.code = code;
        this.isFinal = isFinal;
    }

    /**
     * A failure that another attempt may get over, as the task's retry policy says.
     *
     * @param code a short word for programs, up to 128 characters
     * @param message a sentence for people
     */
    public static TaskFailure retryable(String code, String message) {
        return new TaskFailure(code, message, false);
    }

    /** A failure that no other attempt would get over: the task is FAILED, whatever its retry policy says. */
    public static TaskFailure forGood(String code, String message) {
        return new TaskFailure(code, message, true);
    }

    public String code() {
        return code;
    }

    public boolean isFinal() {
        return isFinal;
    }
}
