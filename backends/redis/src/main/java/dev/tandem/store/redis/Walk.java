package dev.tandem.store.redis;

import dev.tandem.store.TaskFilter;
import dev.tandem.task.TaskState;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which entries of the index a filter is walked by: those of one node, one label or some states, whichever tells most.
 *
 * <p>What follows an entry's prefix is its key: the creation time and the id, in the order of which tasks are listed.
 */
final class Walk {
    private static final int TIME_BYTES = 6;

    private Walk() {}

    static List<byte[]> prefixes(TaskFilter filter) {
        if (!filter.node().isEmpty()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write('N');
            writeSized(out, filter.node());
            return List.of(out.toByteArray());
        } else if (!filter.labels().isEmpty()) {
            Map.Entry<String, String> label = new TreeMap<>(filter.labels()).firstEntry();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write('L');
            writeSized(out, label.getKey());
            writeSized(out, label.getValue());
            return List.of(out.toByteArray());
        }
        List<byte[]> prefixes = new ArrayList<>();
        for (TaskState state : TaskState.values()) {
            if (filter.states().isEmpty() || filter.states().contains(state)) {
                prefixes.add(new byte[] {'S', (byte) state.code()});
            }
        }
        return prefixes;
    }

    /** Whether the prefixes do not tell everything that the filter asks. */
    static boolean needsRecords(TaskFilter filter) {
        return !filter.queues().isEmpty()
                || !filter.kinds().isEmpty()
                || !filter.node().isEmpty()
                || !filter.labels().isEmpty();
    }

    private static void writeSized(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write(bytes.length >>> 8);
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    /** The key of the first entry of a creation time. */
    static byte[] key(long createdAtMillis) {
        long time = Math.max(0, Math.min(createdAtMillis, CommandPacker.TIME_MAX));
        byte[] key = new byte[TIME_BYTES];
        for (int i = 0; i < TIME_BYTES; i++) {
            key[i] = (byte) (time >>> (8 * (TIME_BYTES - 1 - i)));
        }
        return key;
    }

    static byte[] key(long createdAtMillis, String id) {
        byte[] time = key(createdAtMillis);
        byte[] name = id.getBytes(StandardCharsets.UTF_8);
        byte[] key = Arrays.copyOf(time, time.length + name.length);
        System.arraycopy(name, 0, key, time.length, name.length);
        return key;
    }

    /** The first key that can follow this one. */
    static byte[] behind(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    static long timeOf(byte[] key) {
        long time = 0;
        for (int i = 0; i < TIME_BYTES; i++) {
            time = (time << 8) | (key[i] & 0xff);
        }
        return time;
    }

    static String idOf(byte[] key) {
        return new String(key, TIME_BYTES, key.length - TIME_BYTES, StandardCharsets.UTF_8);
    }

    static byte[] later(byte[] one, byte[] other) {
        return Arrays.compareUnsigned(one, other) >= 0 ? one : other;
    }

    static byte[] earlier(byte[] one, byte[] other) {
        return Arrays.compareUnsigned(one, other) <= 0 ? one : other;
    }

    /** The five values that the scripts filter by. */
    static void writeFilter(PackWriter out, TaskFilter filter) {
        out.array(filter.states().size());
        filter.states().forEach(state -> out.number(state.code()));
        writeTexts(out, filter.queues());
        writeTexts(out, filter.kinds());
        out.text(filter.node());
        CommandPacker.labels(out, filter.labels());
    }

    /** The states that a filter lets through. */
    static void writeStates(PackWriter out, TaskFilter filter) {
        Collection<TaskState> states = filter.states().isEmpty() ? List.of(TaskState.values()) : filter.states();
        out.array(states.size());
        states.forEach(state -> out.number(state.code()));
    }

    private static void writeTexts(PackWriter out, Collection<String> texts) {
        out.array(texts.size());
        texts.forEach(out::text);
    }

    static void writePrefixes(PackWriter out, List<byte[]> prefixes) {
        out.array(prefixes.size());
        prefixes.forEach(out::bytes);
    }
}
