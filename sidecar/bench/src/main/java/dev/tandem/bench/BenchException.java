package dev.tandem.bench;

import org.jspecify.annotations.Nullable;

/** Something that a benchmark can't go on from, or a call that did not do what was asked; the message is for people. */
final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        this(message, null);
    }

    BenchException(String message, @Nullable Throwable cause) {
        // Made for every failed call of a run, so without the cost of a stack trace.
        super(message, cause, false, false);
    }
}
