package dev.tandem.migration;

/** A step that is not taken, and why: nothing was changed by it, or what was is undone. */
public final class StepRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message a sentence for people that says what to do */
    public StepRefused(String message) {
        super(message, null, false, false);
    }
}
