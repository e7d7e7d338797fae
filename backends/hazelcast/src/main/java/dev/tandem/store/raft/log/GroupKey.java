package dev.tandem.store.raft.log;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which Raft group.
 *
 * @param name letters, digits, {@code _} and {@code -}
 * @param seed which life of the cluster's groups it belongs to
 * @param id its number
 */
public record GroupKey(String name, long seed, long id) {
    private static final Pattern FOLDER = Pattern.compile("group-([A-Za-z0-9_-]+)-(\\d{1,18})-(\\d{1,18})");

    public GroupKey {
        if (!FOLDER.matcher(folder(name, seed, id)).matches()) {
            throw new IllegalArgumentException("not a group's name: " + name);
        }
    }

    String folder() {
        return folder(name, seed, id);
    }

    private static String folder(String name, long seed, long id) {
        return "group-" + name + "-" + seed + "-" + id;
    }

    /** The group whose folder has this name, or null. */
    static @Nullable GroupKey in(String folder) {
        Matcher matcher = FOLDER.matcher(folder);
        return matcher.matches()
                ? new GroupKey(matcher.group(1), Long.parseLong(matcher.group(2)), Long.parseLong(matcher.group(3)))
                : null;
    }
}
