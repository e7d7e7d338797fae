package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the beginning of a namespace's outbox, with the records that its entries name. */
final class OutboxRead {
    private final Space space;
    private final int limit;

    OutboxRead(Space space, TaskQuery.Outbox query) {
        this.space = space;
        this.limit = query.limit();
    }

    /** Fails as CORRUPT for a record that can't be read: to leave it out would have the mirror acknowledge it. */
    Future<OutboxPage> page(RedisTaskStore store, CallOptions options) {
        byte[] body = new PackWriter(16)
                .array(2)
                .number(limit)
                .number(Limits.MIRROR_BYTES_MAX)
                .toArray();
        return store.query(space, Script.OUTBOX, options, body).map(this::read);
    }

    private OutboxPage read(Response reply) {
        List<OutboxEntry> entries = new ArrayList<>();
        List<StoredRecord> records = new ArrayList<>();
        for (int i = 3; i + 2 < reply.size(); i += 3) {
            OutboxEntry entry = new OutboxEntry(
                    name(reply.get(i).toBytes()), reply.get(i + 1).toLong());
            entries.add(entry);
            StoredRecord record = record(entry, reply.get(i + 2).toBytes());
            if (record != null) {
                records.add(record);
            }
        }
        return new OutboxPage(
                List.copyOf(entries),
                List.copyOf(records),
                reply.get(2).toInteger() == 1,
                reply.get(0).toLong(),
                reply.get(1).toLong());
    }

    private static RecordName name(byte[] member) {
        return new RecordName(
                RecordKind.ofCode(member[0]), new String(member, 1, member.length - 1, StandardCharsets.UTF_8));
    }

    /** Null for a lease or a request that is gone. */
    private @Nullable StoredRecord record(OutboxEntry entry, byte[] raw) {
        String name = entry.name().name();
        boolean isTask = entry.name().kind() == RecordKind.TASK;
        if (raw.length == 0) {
            return isTask ? new Tombstone(name, entry.version(), 0) : null;
        }
        try {
            if (isTask) {
                Task task = Records.task(space.namespace, name, raw);
                return task != null ? task : Records.tombstone(name, raw);
            }
            return entry.name().kind() == RecordKind.LEASE
                    ? Records.lease(space.namespace, name, raw)
                    : Records.request(name, raw);
        } catch (CodecException e) {
            throw Failures.corrupt(entry.name().kind() + " " + name, e);
        }
    }
}
