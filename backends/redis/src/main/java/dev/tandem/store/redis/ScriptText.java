package dev.tandem.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes the text of a script from its parts, which are resources beside this class. */
final class ScriptText {
    /** Such as {@code local STATE, DUE = 3, 7}, or one text. */
    private static final Pattern CONSTANTS =
            Pattern.compile("(?m)^local ((?:[A-Z_]+, )*[A-Z_]+) = ((?:\\d+, )*\\d+|'[^'\\n]*')\\n");

    private static final Pattern NAMES = Pattern.compile("'[^'\\n]*'|\"[^\"\\n]*\"|\\b[A-Z_]+\\b");

    private static final Pattern INDENTS_AND_COMMENTS = Pattern.compile("(?m)^[ ]*(?:--.*)?");

    private ScriptText() {}

    static String of(String... parts) {
        StringBuilder text = new StringBuilder();
        for (String part : parts) {
            text.append(load(part + ".lua"));
        }
        return withConstants(INDENTS_AND_COMMENTS.matcher(text).replaceAll("").replaceAll("\\n+", "\n"));
    }

    private static String load(String name) {
        try (InputStream in = ScriptText.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Puts the values in the places of the names in capitals. To the server such a name is a variable, which it makes at
     * each call, and once more for each function that uses it: an eighth of what a command costs.
     */
    private static String withConstants(String text) {
        Map<String, String> constants = new HashMap<>();
        String rest = CONSTANTS.matcher(text).replaceAll(line -> {
            String[] names = line.group(1).split(", ", -1);
            String[] numbers = line.group(2).split(", ", -1);
            for (int i = 0; i < names.length; i++) {
                constants.put(names[i], numbers[i]);
            }
            return "";
        });
        return NAMES.matcher(rest)
                .replaceAll(name -> Matcher.quoteReplacement(constants.getOrDefault(name.group(), name.group())));
    }
}
