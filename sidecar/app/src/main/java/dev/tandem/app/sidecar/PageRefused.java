package dev.tandem.app.sidecar;

/** What a page was asked is not done, and nothing was changed by it; the message is a sentence that says why. */
final class PageRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** @param status of HTTP */
    PageRefused(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    /** A refusal of what is not as it should be; the message says how that is. */
    static PageRefused badInput(String message) {
        return new PageRefused(400, message);
    }

    /** A refusal of what does not go with how things stand. */
    static PageRefused conflict(String message) {
        return new PageRefused(409, message);
    }

    int status() {
        return status;
    }
}
