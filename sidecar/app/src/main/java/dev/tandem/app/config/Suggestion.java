package dev.tandem.app.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The known name that is nearest to an unknown one. */
public final class Suggestion {
    private Suggestion() {}

    /** How a sentence about an unknown name goes on: with the nearest known one, or where to find them all. */
    static String of(String unknown, Collection<String> known) {
        String nearest = nearest(unknown, known);
        return nearest == null ? "; `tandem config print` lists all keys." : "; did you mean " + nearest + "?";
    }

    /** The nearest known name, null if none is near. Names that only lack their group count as near. */
    public static @Nullable String nearest(String unknown, Collection<String> known) {
        String best = null;
        int bestDistance = Math.max(2, unknown.length() / 3) + 1;
        for (String name : known) {
            int whole = distance(unknown, name);
            int last = distance(unknown, name.substring(name.lastIndexOf('.') + 1)) + 1;
            int distance = Math.min(whole, last);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = name;
            }
        }
        return best;
    }

    /** How many letters must be changed, added or dropped to make one of the other (Levenshtein). */
    private static int distance(String from, String to) {
        int[] above = new int[to.length() + 1];
        for (int column = 0; column <= to.length(); column++) {
            above[column] = column;
        }
        for (int row = 1; row <= from.length(); row++) {
            int[] here = new int[to.length() + 1];
            here[0] = row;
            for (int column = 1; column <= to.length(); column++) {
                int change = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
                here[column] = Math.min(above[column - 1] + change, Math.min(above[column], here[column - 1]) + 1);
            }
            above = here;
        }
        return above[to.length()];
    }
}
