package dev.tandem.task;

/**
 * Why a task, or a part of one, failed or was called off.
 *
 * @param code a short word for programs, such as {@code SMTP_REFUSED}; may be empty
 * @param message a sentence for people; may be empty
 */
public record TaskError(String code, String message) {
    /** The code of the error that a task gets when its worker's lease ran out. */
    public static final String LEASE_EXPIRED = "LEASE_EXPIRED";

    /** The code of the error that a task gets when one of its parts failed. */
    public static final String PART_FAILED = "PART_FAILED";
}
