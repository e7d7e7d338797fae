package dev.tandem.app.sidecar;

import dev.tandem.task.Limits;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a page was asked, field by field. What is not as it should be fails as a {@link PageRefused}. */
final class PageInput {
    static final String NAMESPACE = "namespace";

    private final JsonObject given;

    /** @param known the fields that there may be; another one is refused */
    PageInput(JsonObject given, List<String> known) {
        this.given = given;
        for (String name : given.fieldNames()) {
            if (!known.contains(name)) {
                throw PageRefused.badInput("there is no field " + name + " here, only " + String.join(", ", known));
            }
        }
    }

    boolean has(String field) {
        return given.getValue(field) != null;
    }

    String namespace() {
        String name = text(NAMESPACE, Limits.NAMESPACE_LENGTH_MAX);
        if (!Limits.isNamespace(name)) {
            throw PageRefused.badInput("namespace must be 1 to " + Limits.NAMESPACE_LENGTH_MAX
                    + " of a-z 0-9 -, not beginning or ending with -, and is \"" + name + "\"");
        }
        return name;
    }

    /** A text that has to be there. */
    String text(String field, int lengthMax) {
        Object value = given.getValue(field);
        if (!(value instanceof String text) || text.isEmpty() || text.length() > lengthMax || isControl(text)) {
            throw PageRefused.badInput(field + " must be a text of 1 to " + lengthMax + " characters"
                    + (value == null ? ", and is missing" : ""));
        }
        return text;
    }

    private static boolean isControl(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    /** A whole number; null where there is none. */
    @Nullable
    Long whole(String field, long min, long max) {
        Object value = given.getValue(field);
        if (value == null) {
            return null;
        }
        long number = value instanceof Integer || value instanceof Long ? ((Number) value).longValue() : Long.MIN_VALUE;
        if (number < min || number > max) {
            throw PageRefused.badInput(
                    field + " must be a whole number from " + min + " to " + max + ", and is " + value);
        }
        return number;
    }

    /** True or false; null where it is not said. */
    @Nullable
    Boolean flag(String field) {
        Object value = given.getValue(field);
        if (value != null && !(value instanceof Boolean)) {
            throw PageRefused.badInput(field + " must be true or false, and is " + value);
        }
        return (Boolean) value;
    }

    boolean isSet(String field) {
        return Boolean.TRUE.equals(flag(field));
    }

    /** One of these, in whatever case; it has to be there. */
    <E extends Enum<E>> E oneOf(String field, Class<E> type) {
        String given = has(field) ? String.valueOf(this.given.getValue(field)) : "missing";
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> each.name().equals(given.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> PageRefused.badInput(field + " must be one of "
                        + String.join(
                                ", ",
                                Arrays.stream(type.getEnumConstants())
                                        .map(Enum::name)
                                        .toList())
                        + ", and is " + given));
    }
}
