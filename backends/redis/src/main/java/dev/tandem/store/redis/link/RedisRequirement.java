package dev.tandem.store.redis.link;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server has to promise of an acknowledged write; one that promises less is not used.
 *
 * @param aof its append-only file is on
 * @param fsync it writes that file to the disk before it answers: {@code appendfsync always}
 * @param minReplicas it refuses writes with fewer replicas in step than this: {@code min-replicas-to-write}
 * @param waitReplicas how many replicas have to acknowledge each write before we do, by WAIT or WAITAOF
 * @param waitDisk whether its disk has to, and the disks of those replicas, by WAITAOF
 */
public record RedisRequirement(boolean aof, boolean fsync, int minReplicas, int waitReplicas, boolean waitDisk) {
    /** Whatever it does is enough. */
    public static final RedisRequirement NONE = new RedisRequirement(false, false, 0, 0, false);

    private static final Pattern NUMBERED = Pattern.compile("(min-replicas|wait|waitaof)=(\\d{1,2})");

    /**
     * Reads {@code none}, or some of {@code aof}, {@code fsync}, {@code min-replicas=N}, {@code wait=N} and {@code
     * waitaof=N} with commas between them.
     *
     * @throws IllegalArgumentException if it is none of these, with a sentence that says what to write
     */
    public static RedisRequirement parse(String text) {
        RedisRequirement all = NONE;
        for (String each : text.toLowerCase(Locale.ROOT).split(",", -1)) {
            all = all.and(each.strip());
        }
        return all;
    }

    private RedisRequirement and(String one) {
        Matcher numbered = NUMBERED.matcher(one);
        if (numbered.matches()) {
            int number = Integer.parseInt(numbered.group(2));
            return switch (numbered.group(1)) {
                case "min-replicas" -> new RedisRequirement(aof, fsync, number, waitReplicas, waitDisk);
                case "wait" -> new RedisRequirement(aof, fsync, minReplicas, Math.max(waitReplicas, number), waitDisk);
                default -> new RedisRequirement(true, fsync, minReplicas, Math.max(waitReplicas, number), true);
            };
        }
        return switch (one) {
            case "none", "" -> this;
            case "aof" -> new RedisRequirement(true, fsync, minReplicas, waitReplicas, waitDisk);
            case "fsync" -> new RedisRequirement(true, true, minReplicas, waitReplicas, waitDisk);
            default ->
                throw new IllegalArgumentException(
                        "redis.require does not know '" + one
                                + "': write none, or some of aof, fsync, min-replicas=1, wait=1 and waitaof=1 with commas between");
        };
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        List<String> all = new ArrayList<>();
        if (fsync) {
            all.add("fsync");
        } else if (aof && !waitDisk) {
            all.add("aof");
        }
        if (minReplicas > 0) {
            all.add("min-replicas=" + minReplicas);
        }
        if (waitDisk) {
            all.add("waitaof=" + waitReplicas);
        } else if (waitReplicas > 0) {
            all.add("wait=" + waitReplicas);
        }
        return all.isEmpty() ? "none" : String.join(",", all);
    }

    /** Whether each write is followed by a WAIT or WAITAOF. */
    public boolean waits() {
        return waitReplicas > 0 || waitDisk;
    }
}
