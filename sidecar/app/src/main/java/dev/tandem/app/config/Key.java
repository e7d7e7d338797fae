package dev.tandem.app.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be configured.
 *
 * @param name as in the file, dots for nesting: {@code drain.timeout}
 * @param defaultText how its default would be written; null if it has none
 * @param description for people: what it does, in a sentence or two
 * @param isSecret its value is never shown, and is not taken as a flag, where every process of the machine could read it
 */
public record Key<T>(
        String name, Format<T> format, @Nullable String defaultText, String description, boolean isSecret) {

    static <T> Key<T> of(String name, Format<T> format, @Nullable String defaultText, String description) {
        return new Key<>(name, format, defaultText, description, false);
    }

    /** The environment variable that sets it. */
    public String variable() {
        return "TANDEM_" + name.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** The flag that sets it. */
    public String flag() {
        return "--" + name.replace('.', '-').replace('_', '-');
    }

    @Override
    public String toString() {
        return name;
    }
}
