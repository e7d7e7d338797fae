package dev.tandem.app.config;

/** A text that is not what it should be; the message says what it should be. */
public final class BadValue extends Exception {
    private static final long serialVersionUID = 1L;

    public BadValue(String message) {
        super(message, null, false, false);
    }

    /** A refusal of {@code text}, shortened, because it {@code mustBe} something else. */
    static BadValue of(String mustBe, String text) {
        return new BadValue("must be " + mustBe + ", not \"" + shortened(text) + "\"");
    }

    private static String shortened(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= 60 ? line : line.substring(0, 57) + "...";
    }
}
