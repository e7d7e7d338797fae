package dev.tandem.app.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The value of every key, and where it came from. */
public final class Settings {
    private final Map<Key<?>, Setting> byKey;

    /**
     * One key's value.
     *
     * @param text as it was written; null if the key has none
     * @param value what that means
     * @param source where it was written, for people: {@code default}, {@code tandem.yaml:3}, {@code TANDEM_LISTEN},
     *     {@code --listen}
     */
    record Setting(@Nullable String text, @Nullable Object value, String source) {}

    Settings(Map<Key<?>, Setting> byKey) {
        this.byKey = byKey;
    }

    /** The value of a key that has a default. */
    <T> T get(Key<T> key) {
        T value = find(key);
        if (value == null) {
            throw new IllegalStateException(key + " has no default");
        }
        return value;
    }

    /** The value of a key, null if it has none. */
    @SuppressWarnings("unchecked") // The loader puts in only what the key's own format made.
    <T> @Nullable T find(Key<T> key) {
        return (T) setting(key).value();
    }

    /** What may be shown of the value: a secret is only said to be there. */
    public @Nullable String shown(Key<?> key) {
        String text = setting(key).text();
        return text != null && key.isSecret() ? "(secret)" : text;
    }

    /** Where the value was written. */
    public String source(Key<?> key) {
        return setting(key).source();
    }

    private Setting setting(Key<?> key) {
        Setting setting = byKey.get(key);
        if (setting == null) {
            throw new IllegalStateException(key + " is not in the list of keys");
        }
        return setting;
    }
}
