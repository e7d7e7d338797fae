package dev.tandem.task;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Where a task is in its life. Which state may follow which is data: see {@link #canMoveTo}. */
public enum TaskState {
    /** Waits for a worker, or for its time. */
    ENQUEUED(1),
    /** A worker or the application works on it. */
    PROCESSING(2),
    /** Done; final. */
    SUCCEEDED(3),
    /** Given up; can be retried by hand. */
    FAILED(4),
    /** Called off; can be retried by hand. */
    CANCELED(5);

    private static final TaskState[] BY_CODE = {null, ENQUEUED, PROCESSING, SUCCEEDED, FAILED, CANCELED};

    private static final Map<TaskState, Set<TaskState>> NEXT = Map.of(
            ENQUEUED, EnumSet.of(PROCESSING, FAILED, CANCELED),
            PROCESSING, EnumSet.of(ENQUEUED, SUCCEEDED, FAILED, CANCELED),
            SUCCEEDED, EnumSet.noneOf(TaskState.class),
            FAILED, EnumSet.of(ENQUEUED),
            CANCELED, EnumSet.of(ENQUEUED));

    private final int code;

    TaskState(int code) {
        this.code = code;
    }

    /** The number that stands for this state in stored bytes; never reused, never changed. */
    public int code() {
        return code;
    }

    /**
     * The state with this {@link #code}.
     *
     * @throws CodecException if there is none
     */
    public static TaskState ofCode(int code) {
        if (code < 1 || code >= BY_CODE.length) {
            throw new CodecException("unknown task state " + code);
        }
        return BY_CODE[code];
    }

    /** Whether no worker can act on it any more. */
    public boolean isFinal() {
        return this == SUCCEEDED || this == FAILED || this == CANCELED;
    }

    /** Whether a task in this state may be moved to {@code next}. Never true for {@code next == this}. */
    public boolean canMoveTo(TaskState next) {
        return NEXT.getOrDefault(this, Set.of()).contains(next);
    }

    /**
     * Whether a part in this state may be reported as {@code next}. Reports arrive late and out of step, so a part may
     * skip PROCESSING; it never goes back, and a final one stays as it is.
     */
    public boolean canReport(TaskState next) {
        return this == next || (!isFinal() && next != ENQUEUED);
    }
}
