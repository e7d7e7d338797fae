package dev.tandem.app.config;

/**
 * How a value is written, and what it may be.
 *
 * @param what what a value is, in words that follow "must be": {@code "a duration from 1s to 10m, such as 20s"}
 * @param isList whether a file may also give it as a list, whose elements are read as if they had {@code ;} between
 */
public record Format<T>(String what, Parser<T> parser, boolean isList) {
    Format(String what, Parser<T> parser) {
        this(what, parser, false);
    }

    /** Reads a value. */
    @FunctionalInterface
    public interface Parser<T> {
        /**
         * Reads {@code text}, or returns null if it is nothing of the kind.
         *
         * @throws BadValue if more is to be said, or the text must not be repeated
         */
        @org.jspecify.annotations.Nullable
        T parse(String text) throws BadValue;
    }

    /**
     * Reads {@code text}.
     *
     * @throws BadValue saying what it must be
     */
    public T read(String text) throws BadValue {
        T value = parser.parse(text);
        if (value == null) {
            throw BadValue.of(what, text);
        }
        return value;
    }
}
