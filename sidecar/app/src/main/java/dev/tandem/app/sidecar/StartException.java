package dev.tandem.app.sidecar;

/** A sidecar that could not be started; the message tells people why, and what to do. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
