package dev.tandem.task;

import dev.tandem.task.RequestRecord.Touched;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Records as bytes that outlive a process: the first byte names the type, the second the format.
 *
 * <p>The same record always has the same bytes. Changing what is written takes a new format number, with the old one
 * still read; the golden files in the tests hold every format ever written.
 */
public final class RecordCodec {
    private static final int TASK = 'T';
    private static final int LEASE = 'L';
    private static final int REQUEST = 'R';
    private static final int TOMBSTONE = 'D';
    private static final int POSITION = 'P';
    private static final int FORMAT = 1;

    private static final int HAS_LEASE = 1;
    private static final int HAS_ERROR = 2;
    private static final int HAS_PARTS = 4;
    private static final int HAS_LABELS = 8;
    private static final int HAS_PROGRESS = 16;
    private static final int HAS_RETRY = 32;
    private static final int HAS_ALL = 63;

    private RecordCodec() {}

    public static byte[] encode(Task task) {
        ByteWriter out = new ByteWriter(
                160 + task.spec().payload().length() + task.result().length());
        out.u8(TASK);
        out.u8(FORMAT);
        write(out, task);
        return out.toArray();
    }

    /**
     * The task that these bytes hold.
     *
     * @throws CodecException if they are not a task, or of a format that this version does not know
     */
    public static Task decodeTask(byte[] bytes) {
        ByteReader in = new ByteReader(bytes).expect(TASK, FORMAT, "a task record");
        Task task = readTask(in);
        in.end();
        return task;
    }

    public static byte[] encode(LeaderLease lease) {
        ByteWriter out = new ByteWriter(0);
        out.u8(LEASE);
        out.u8(FORMAT);
        write(out, lease);
        return out.toArray();
    }

    /**
     * The leader's lease that these bytes hold.
     *
     * @throws CodecException if they are not one, or of a format that this version does not know
     */
    public static LeaderLease decodeLease(byte[] bytes) {
        ByteReader in = new ByteReader(bytes).expect(LEASE, FORMAT, "a lease record");
        LeaderLease lease = readLease(in);
        in.end();
        return lease;
    }

    public static byte[] encode(RequestRecord request) {
        ByteWriter out = new ByteWriter(0);
        out.u8(REQUEST);
        out.u8(FORMAT);
        out.id(request.requestId());
        out.fixed64(request.bodyHash());
        out.u8(request.verbCode());
        out.varint(request.touched().size());
        for (Touched touched : request.touched()) {
            out.id(touched.id());
            out.varint(touched.version());
        }
        out.varint(request.count());
        out.varint(request.forgetAtMillis());
        return out.toArray();
    }

    /**
     * The request record that these bytes hold.
     *
     * @throws CodecException if they are not one, or of a format that this version does not know
     */
    public static RequestRecord decodeRequest(byte[] bytes) {
        ByteReader in = new ByteReader(bytes).expect(REQUEST, FORMAT, "a request record");
        String id = in.id();
        long hash = in.fixed64();
        int verb = in.u8();
        int count = in.count();
        List<Touched> touched = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            touched.add(new Touched(in.id(), in.varint()));
        }
        RequestRecord request = new RequestRecord(id, hash, verb, List.copyOf(touched), in.varint(), in.varint());
        in.end();
        return request;
    }

    public static byte[] encode(Tombstone tombstone) {
        ByteWriter out = new ByteWriter(0);
        out.u8(TOMBSTONE);
        out.u8(FORMAT);
        out.id(tombstone.id());
        out.varint(tombstone.version());
        out.varint(tombstone.atMillis());
        return out.toArray();
    }

    /**
     * The tombstone that these bytes hold.
     *
     * @throws CodecException if they are not one, or of a format that this version does not know
     */
    public static Tombstone decodeTombstone(byte[] bytes) {
        ByteReader in = new ByteReader(bytes).expect(TOMBSTONE, FORMAT, "a tombstone");
        Tombstone tombstone = new Tombstone(in.id(), in.varint(), in.varint());
        in.end();
        return tombstone;
    }

    /** A record of whatever kind, as the method for that kind writes it. */
    public static byte[] encode(StoredRecord record) {
        if (record instanceof Task task) {
            return encode(task);
        } else if (record instanceof Tombstone tombstone) {
            return encode(tombstone);
        } else if (record instanceof LeaderLease lease) {
            return encode(lease);
        }
        return encode((RequestRecord) record);
    }

    /**
     * The record, of whatever kind, that these bytes hold.
     *
     * @throws CodecException if they are none, or of a format that this version does not know
     */
    public static StoredRecord decodeRecord(byte[] bytes) {
        return switch (bytes.length == 0 ? 0 : bytes[0]) {
            case TASK -> decodeTask(bytes);
            case TOMBSTONE -> decodeTombstone(bytes);
            case LEASE -> decodeLease(bytes);
            case REQUEST -> decodeRequest(bytes);
            default -> throw new CodecException("not a record");
        };
    }

    public static byte[] encode(ScanPosition position) {
        ByteWriter out = new ByteWriter(0);
        out.u8(POSITION);
        out.u8(FORMAT);
        out.u8(position.kind().code());
        out.varint(position.millis());
        out.varint(position.version());
        out.id(position.name());
        return out.toArray();
    }

    /**
     * The position that these bytes hold.
     *
     * @throws CodecException if they are not one, or of a format that this version does not know
     */
    public static ScanPosition decodePosition(byte[] bytes) {
        ByteReader in = new ByteReader(bytes).expect(POSITION, FORMAT, "a position");
        ScanPosition position = new ScanPosition(RecordKind.ofCode(in.u8()), in.varint(), in.varint(), in.id());
        in.end();
        return position;
    }

    static void write(ByteWriter out, Task task) {
        TaskSpec spec = task.spec();
        TaskLease lease = task.lease();
        TaskError error = task.error();
        out.u8((lease != null ? HAS_LEASE : 0)
                | (error != null ? HAS_ERROR : 0)
                | (task.parts().isEmpty() ? 0 : HAS_PARTS)
                | (spec.labels().isEmpty() ? 0 : HAS_LABELS)
                | (task.progress().equals(Progress.NONE) ? 0 : HAS_PROGRESS)
                | (spec.retry().equals(RetryPolicy.DEFAULT) ? 0 : HAS_RETRY));
        out.string(task.namespace());
        out.id(task.id());
        out.varint(task.version());
        out.u8(task.state().code());
        out.varint(task.attempts());
        out.varint(task.createdAtMillis());
        out.zigzag(task.updatedAtMillis() - task.createdAtMillis());
        out.zigzag(task.dueAtMillis() - task.createdAtMillis());
        out.varint(task.startedAtMillis());
        out.varint(task.finishedAtMillis());
        out.string(spec.queue());
        out.string(spec.kind());
        out.zigzag(spec.priority());
        out.varint(spec.retentionMillis());
        out.bytes(spec.payload());
        out.bytes(task.result());
        if (lease != null) {
            out.string(lease.workerId());
            out.varint(lease.token());
            out.varint(lease.expiresAtMillis());
            out.varint(lease.durationMillis());
        }
        if (error != null) {
            write(out, error);
        }
        if (!task.parts().isEmpty()) {
            out.varint(task.parts().size());
            task.parts().forEach((node, part) -> write(out, node, part));
        }
        if (!spec.labels().isEmpty()) {
            write(out, spec.labels());
        }
        if (!task.progress().equals(Progress.NONE)) {
            write(out, task.progress());
        }
        if (!spec.retry().equals(RetryPolicy.DEFAULT)) {
            write(out, spec.retry());
        }
    }

    static Task readTask(ByteReader in) {
        int has = in.u8();
        if (has > HAS_ALL) {
            throw new CodecException("a task record has fields that this version does not know");
        }
        String namespace = in.name();
        String id = in.id();
        long version = in.varint();
        TaskState state = TaskState.ofCode(in.u8());
        int attempts = in.intVarint();
        long created = in.varint();
        long updated = created + in.zigzag();
        long due = created + in.zigzag();
        long started = in.varint();
        long finished = in.varint();
        String queue = in.name();
        String kind = in.name();
        int priority = in.intZigzag();
        long retention = in.varint();
        Bytes payload = in.bytes();
        Bytes result = in.bytes();
        TaskLease lease =
                (has & HAS_LEASE) == 0 ? null : new TaskLease(in.name(), in.varint(), in.varint(), in.varint());
        TaskError error = (has & HAS_ERROR) == 0 ? null : readError(in);
        Map<String, Part> parts = (has & HAS_PARTS) == 0 ? Map.of() : readParts(in);
        Map<String, String> labels = (has & HAS_LABELS) == 0 ? Map.of() : readStrings(in);
        Progress progress = (has & HAS_PROGRESS) == 0 ? Progress.NONE : readProgress(in);
        RetryPolicy retry = (has & HAS_RETRY) == 0 ? RetryPolicy.DEFAULT : readRetry(in);
        TaskSpec spec = new TaskSpec(queue, kind, priority, payload, labels, retry, retention);
        return new Task(
                namespace, id, version, spec, state, attempts, created, updated, due, started, finished, lease,
                progress, result, error, parts);
    }

    static void write(ByteWriter out, LeaderLease lease) {
        out.string(lease.namespace());
        out.string(lease.scope());
        out.string(lease.holder());
        out.varint(lease.token());
        out.varint(lease.version());
        out.varint(lease.acquiredAtMillis());
        out.varint(lease.expiresAtMillis());
        out.varint(lease.durationMillis());
    }

    static LeaderLease readLease(ByteReader in) {
        return new LeaderLease(
                in.name(), in.name(), in.name(), in.varint(), in.varint(), in.varint(), in.varint(), in.varint());
    }

    static void write(ByteWriter out, TaskError error) {
        out.string(error.code());
        out.string(error.message());
    }

    static TaskError readError(ByteReader in) {
        return new TaskError(in.string(), in.string());
    }

    static void write(ByteWriter out, @Nullable TaskError error, boolean present) {
        out.bool(present);
        if (error != null) {
            write(out, error);
        }
    }

    static void write(ByteWriter out, Progress progress) {
        out.varint(progress.percent());
        out.string(progress.note());
    }

    static Progress readProgress(ByteReader in) {
        return new Progress(in.intVarint(), in.string());
    }

    static void write(ByteWriter out, Gate gate) {
        out.varint(gate.epoch());
        out.u8(gate.code());
        out.bytes(gate.policy());
    }

    static Gate readGate(ByteReader in) {
        return Gate.ofCode(in.varint(), in.u8(), in.bytes());
    }

    static void write(ByteWriter out, OutboxEntry entry) {
        out.u8(entry.name().kind().code());
        out.id(entry.name().name());
        out.varint(entry.version());
    }

    static OutboxEntry readOutboxEntry(ByteReader in) {
        RecordKind kind = RecordKind.ofCode(in.u8());
        if (kind == RecordKind.TOMBSTONE) {
            throw new CodecException("an entry of the outbox that is of a tombstone");
        }
        return new OutboxEntry(new RecordName(kind, in.id()), in.varint());
    }

    static void write(ByteWriter out, RetryPolicy retry) {
        out.varint(retry.maxAttempts());
        out.varint(retry.initialBackoffMillis());
        out.varint(retry.maxBackoffMillis());
        out.varint(retry.multiplierPermille());
    }

    static RetryPolicy readRetry(ByteReader in) {
        return new RetryPolicy(in.intVarint(), in.varint(), in.varint(), in.intVarint());
    }

    /** Written in the order of the keys, because the same map must always have the same bytes. */
    static void write(ByteWriter out, Map<String, String> map) {
        out.varint(map.size());
        Map<String, String> sorted = map.size() < 2 ? map : new TreeMap<>(map);
        sorted.forEach((key, value) -> {
            out.string(key);
            out.string(value);
        });
    }

    static Map<String, String> readStrings(ByteReader in) {
        int count = in.count();
        Map<String, String> map = new LinkedHashMap<>(count * 2);
        for (int i = 0; i < count; i++) {
            map.put(in.string(), in.string());
        }
        return Collections.unmodifiableMap(map);
    }

    private static void write(ByteWriter out, String node, Part part) {
        out.string(node);
        out.string(part.localId());
        out.u8(part.state().code());
        out.varint(part.updatedAtMillis());
        write(out, part.error(), part.error() != null);
    }

    private static Map<String, Part> readParts(ByteReader in) {
        int count = in.count();
        Map<String, Part> parts = new LinkedHashMap<>(count * 2);
        for (int i = 0; i < count; i++) {
            String node = in.string();
            String localId = in.string();
            TaskState state = TaskState.ofCode(in.u8());
            long updated = in.varint();
            TaskError error = in.bool() ? readError(in) : null;
            parts.put(node, new Part(localId, state, error, updated));
        }
        return Collections.unmodifiableMap(parts);
    }
}
