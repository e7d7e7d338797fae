package dev.tandem.store.redis;

import dev.tandem.store.redis.NamespaceStatus.LostWrites;
import dev.tandem.task.Bytes;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Part;
import dev.tandem.task.Progress;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.RequestRecord.Touched;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.Task;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The records of a namespace's hash, as the scripts write them: MessagePack arrays whose first value is a number for
 * their type and format together. {@code record.lua} names the places of a task's.
 *
 * <p>Such a number is never reused: a changed format takes a new one, and the old one is still read. All methods throw
 * {@link CodecException} on bytes that are not the record that is asked for.
 */
final class Records {
    static final int LAYOUT = 1;

    static final int TASK_1 = 1;
    static final int TOMBSTONE_1 = 2;
    static final int LEASE_1 = 3;
    static final int REQUEST_1 = 4;
    static final int TASK_VALUES = 21;
    static final int PART_VALUES = 6;
    private static final int META_MARK = ('T' << 8) | 'M';
    private static final int META_BYTES = 80;

    /**
     * What is known of a namespace as a whole.
     *
     * @param gate without its policy, which has a field of its own
     */
    record Meta(
            long lastVersion,
            Map<TaskState, Long> counts,
            long leases,
            Gate gate,
            @Nullable LostWrites lost) {
        static final Meta NONE = new Meta(0, Map.of(), 0, Gate.FIRST, null);
    }

    private Records() {}

    /** The task; null for a tombstone. */
    static @Nullable Task task(String namespace, String id, byte[] raw) {
        PackReader in = new PackReader(raw);
        int size = in.array();
        long type = in.number();
        if (type == TOMBSTONE_1 && size == 3) {
            return null;
        } else if (type != TASK_1 || size != TASK_VALUES) {
            throw new CodecException("not a task record of a format that this version knows: type " + type);
        }
        long version = in.number();
        TaskState state = TaskState.ofCode(in.smallNumber());
        int attempts = in.smallNumber();
        long created = in.number();
        long updated = in.number();
        long due = in.number();
        long started = in.number();
        long finished = in.number();
        String queue = in.text();
        String kind = in.text();
        int priority = in.smallNumber();
        long retention = in.number();
        Bytes payload = Bytes.of(in.bytes());
        Bytes result = Bytes.of(in.bytes());
        Map<String, String> labels = in.isNone() ? Map.of() : labels(in);
        RetryPolicy retry = in.isNone() ? RetryPolicy.DEFAULT : retry(in);
        TaskLease lease = in.isNone() ? null : taskLease(in);
        TaskError error = in.isNone() ? null : error(in);
        Progress progress = in.isNone() ? Progress.NONE : progress(in);
        Map<String, Part> parts = in.isNone() ? Map.of() : parts(in);
        in.end();
        TaskSpec spec = new TaskSpec(queue, kind, priority, payload, labels, retry, retention);
        return new Task(
                namespace, id, version, spec, state, attempts, created, updated, due, started, finished, lease,
                progress, result, error, parts);
    }

    private static Map<String, String> labels(PackReader in) {
        int size = in.array();
        Map<String, String> labels = new LinkedHashMap<>(size);
        for (int i = 0; i < size; i += 2) {
            labels.put(in.text(), in.text());
        }
        return Collections.unmodifiableMap(labels);
    }

    private static RetryPolicy retry(PackReader in) {
        in.array(4, "a retry policy");
        return new RetryPolicy(in.smallNumber(), in.number(), in.number(), in.smallNumber());
    }

    private static TaskLease taskLease(PackReader in) {
        in.array(4, "a worker's lease");
        return new TaskLease(in.text(), in.number(), in.number(), in.number());
    }

    private static TaskError error(PackReader in) {
        in.array(2, "an error");
        return new TaskError(in.text(), in.text());
    }

    private static Progress progress(PackReader in) {
        in.array(2, "progress");
        return new Progress(in.smallNumber(), in.text());
    }

    /** In the order of the nodes; the scripts put a new one last. */
    private static Map<String, Part> parts(PackReader in) {
        int size = in.array();
        Map<String, Part> parts = new TreeMap<>();
        for (int i = 0; i < size; i += PART_VALUES) {
            String node = in.text();
            String localId = in.text();
            TaskState state = TaskState.ofCode(in.smallNumber());
            long updated = in.number();
            TaskError error = null;
            if (in.isNone()) {
                if (!in.isNone()) {
                    throw new CodecException("an error has a message and no code");
                }
            } else {
                error = new TaskError(in.text(), in.text());
            }
            parts.put(node, new Part(localId, state, error, updated));
        }
        return Collections.unmodifiableMap(parts);
    }

    /** The tombstone; null for a task. */
    static @Nullable Tombstone tombstone(String id, byte[] raw) {
        PackReader in = new PackReader(raw);
        if (in.array() != 3 || in.number() != TOMBSTONE_1) {
            return null;
        }
        Tombstone tombstone = new Tombstone(id, in.number(), in.number());
        in.end();
        return tombstone;
    }

    static RequestRecord request(String id, byte[] raw) {
        PackReader in = new PackReader(raw);
        in.array(6, "a request record");
        long type = in.number();
        byte[] hash = type == REQUEST_1 ? in.bytes() : new byte[0];
        if (hash.length != Long.BYTES) {
            throw new CodecException("not a request record of a format that this version knows: type " + type);
        }
        int verb = in.smallNumber();
        long count = in.number();
        long forgetAt = in.number();
        List<Touched> touched = new ArrayList<>();
        for (int left = in.array(); left > 0; left -= 2) {
            touched.add(new Touched(in.text(), in.number()));
        }
        in.end();
        return new RequestRecord(id, ByteBuffer.wrap(hash).getLong(), verb, List.copyOf(touched), count, forgetAt);
    }

    static LeaderLease lease(String namespace, String scope, byte[] raw) {
        PackReader in = new PackReader(raw);
        in.array(7, "a lease record");
        long type = in.number();
        if (type != LEASE_1) {
            throw new CodecException("not a lease record of a format that this version knows: type " + type);
        }
        LeaderLease lease = new LeaderLease(
                namespace, scope, in.text(), in.number(), in.number(), in.number(), in.number(), in.number());
        in.end();
        return lease;
    }

    static Meta meta(byte[] raw) {
        ByteBuffer in = ByteBuffer.wrap(raw);
        if (raw.length < 3 || in.getShort() != META_MARK) {
            throw new CodecException("Tandem did not write it");
        }
        int layout = in.get();
        if (layout != LAYOUT) {
            throw Failures.newerLayout(layout);
        } else if (raw.length < META_BYTES) {
            throw new CodecException("it has " + raw.length + " bytes instead of " + META_BYTES);
        }
        boolean isLost = in.get() != 0;
        // Behind the mark of a loss and the era: the last version, the time, and the newest version that was forgotten.
        in.position(4 + CommandPacker.WORD_LENGTH);
        long last = fixed(in, 7);
        fixed(in, 6);
        fixed(in, 7);
        Map<TaskState, Long> counts = new TreeMap<>();
        for (TaskState state : TaskState.values()) {
            long count = fixed(in, 6);
            if (count > 0) {
                counts.put(state, count);
            }
        }
        long leases = fixed(in, 6);
        Gate gate = Gate.ofCode(fixed(in, 7), in.get(), Bytes.EMPTY);
        return new Meta(last, Collections.unmodifiableMap(counts), leases, gate, isLost ? lostWrites(raw) : null);
    }

    /** Behind the fixed bytes: the missing version, the one that was found, when; and the era of whoever asked. */
    private static LostWrites lostWrites(byte[] raw) {
        PackReader in = new PackReader(Arrays.copyOfRange(raw, META_BYTES, raw.length));
        in.array(4, "a note of lost writes");
        return new LostWrites(in.number(), in.number(), in.number());
    }

    private static long fixed(ByteBuffer in, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = (value << 8) | (in.get() & 0xff);
        }
        return value;
    }
}
