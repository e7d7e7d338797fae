package dev.tandem.task;

/**
 * How far a worker says it is.
 *
 * @param percent 0 to 100
 * @param note a sentence for people; may be empty
 */
public record Progress(int percent, String note) {
    public static final Progress NONE = new Progress(0, "");
}
