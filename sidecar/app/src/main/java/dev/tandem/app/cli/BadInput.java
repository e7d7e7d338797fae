package dev.tandem.app.cli;

/** An argument that is not what it should be; the message says what it should be. */
final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadInput(String message) {
        super(message, null, false, false);
    }
}
