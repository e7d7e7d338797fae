package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Cursor;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.Limits;
import dev.tandem.task.RecordKind;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one page of all that a namespace holds, along the index. */
final class RecordScan {
    private static final int TIME_BYTES = 6;
    private static final int VERSION_BYTES = 7;

    private final Space space;
    private final int limit;
    private final ScanPosition after;
    private final RecordKind kind;

    RecordScan(Space space, TaskQuery.Scan scan) {
        this.space = space;
        this.limit = scan.limit();
        this.after = scan.after() == null ? ScanPosition.begin(RecordKind.TASK) : scan.after();
        this.kind = after.kind();
    }

    Future<ScanPage> page(RedisTaskStore store, CallOptions options) {
        return store.query(space, Script.SCAN, options, body()).map(this::read);
    }

    private byte[] body() {
        List<byte[]> prefixes = switch (kind) {
            case TASK -> Walk.prefixes(TaskFilter.ALL);
            case TOMBSTONE -> List.of(new byte[] {'t'});
            case LEASE -> List.of(new byte[] {'k'});
            case REQUEST -> List.of(new byte[] {'q'});
        };
        String letter = switch (kind) {
            case TASK, TOMBSTONE -> "t";
            case LEASE -> "l";
            case REQUEST -> "r";
        };
        PackWriter out = new PackWriter(64).array(6);
        Walk.writePrefixes(out, prefixes);
        return out.bytes(low())
                .number(limit)
                .number(Limits.PAGE_BYTES_MAX)
                .text(letter)
                .number(bytesBeforeName())
                .toArray();
    }

    private int bytesBeforeName() {
        return switch (kind) {
            case TASK, REQUEST -> TIME_BYTES;
            case TOMBSTONE -> TIME_BYTES + VERSION_BYTES;
            case LEASE -> 0;
        };
    }

    /** The first key that comes behind the position. */
    private byte[] low() {
        if (after.name().isEmpty()) {
            return new byte[0];
        }
        PackWriter out = new PackWriter(64);
        if (kind != RecordKind.LEASE) {
            out.fixed(after.millis(), TIME_BYTES);
        }
        if (kind == RecordKind.TOMBSTONE) {
            out.fixed(after.version(), VERSION_BYTES);
        }
        return out.raw(after.name().getBytes(StandardCharsets.UTF_8))
                .fixed(0, 1)
                .toArray();
    }

    private ScanPage read(Response reply) {
        List<StoredRecord> records = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        ScanPosition last = after;
        for (int i = 3; i + 1 < reply.size(); i += 2) {
            last = position(reply.get(i).toBytes());
            try {
                StoredRecord record = record(last.name(), reply.get(i + 1).toBytes());
                // What is left in the index of a record that was damaged and then deleted may lead to another one.
                if (record != null && record.position().equals(last)) {
                    records.add(record);
                }
            } catch (CodecException e) {
                unreadable.add(last.name());
            }
        }
        boolean isAll = reply.get(2).toInteger() == 1;
        return new ScanPage(
                List.copyOf(records),
                isAll ? ScanPosition.afterAll(kind) : last,
                new Cursor(List.of(reply.get(0).toLong())),
                reply.get(1).toLong(),
                List.copyOf(unreadable));
    }

    private ScanPosition position(byte[] key) {
        ByteBuffer in = ByteBuffer.wrap(key);
        long millis = kind == RecordKind.LEASE ? 0 : fixed(in, TIME_BYTES);
        long version = kind == RecordKind.TOMBSTONE ? fixed(in, VERSION_BYTES) : 0;
        String name = new String(key, in.position(), in.remaining(), StandardCharsets.UTF_8);
        return new ScanPosition(kind, millis, version, name);
    }

    private static long fixed(ByteBuffer in, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = (value << 8) | (in.get() & 0xff);
        }
        return value;
    }

    /** Null for one that is not there, or is of another kind. */
    private @Nullable StoredRecord record(String name, byte[] raw) {
        if (raw.length == 0) {
            return null;
        }
        return switch (kind) {
            case TASK -> Records.task(space.namespace, name, raw);
            case TOMBSTONE -> Records.tombstone(name, raw);
            case LEASE -> Records.lease(space.namespace, name, raw);
            case REQUEST -> Records.request(name, raw);
        };
    }
}
