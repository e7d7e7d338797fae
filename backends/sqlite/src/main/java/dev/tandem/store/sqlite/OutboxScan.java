package dev.tandem.store.sqlite;

import dev.tandem.store.OutboxPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what a namespace's mirror has not acknowledged. */
final class OutboxScan {
    private final Session session;
    private final long namespace;
    private long bytes;

    OutboxScan(Session session, long namespace) {
        this.session = session;
        this.namespace = namespace;
    }

    /** @throws dev.tandem.task.CodecException if a record can't be read, which then can't be handed over either */
    OutboxPage page(TaskQuery.Outbox query, long lastVersion, long timeMillis) {
        List<OutboxEntry> entries = new ArrayList<>();
        List<StoredRecord> records = new ArrayList<>();
        boolean more = false;
        for (OutboxEntry entry : oldest(query.limit() + 1L)) {
            if (entries.size() == query.limit() || bytes >= Limits.MIRROR_BYTES_MAX) {
                more = true;
                break;
            }
            entries.add(entry);
            StoredRecord record = record(entry);
            if (record != null) {
                records.add(record);
            }
        }
        return new OutboxPage(List.copyOf(entries), List.copyOf(records), more, lastVersion, timeMillis);
    }

    private List<OutboxEntry> oldest(long limit) {
        List<OutboxEntry> found = new ArrayList<>();
        try (Rows rows =
                session.statement(Sql.OUTBOX).bind(namespace).bind(limit).rows()) {
            while (rows.next()) {
                RecordName name = new RecordName(RecordKind.ofCode((int) rows.number(1)), rows.text(2));
                found.add(new OutboxEntry(name, rows.number(3)));
            }
        }
        return found;
    }

    private @Nullable StoredRecord record(OutboxEntry entry) {
        String name = entry.name().name();
        return switch (entry.name().kind()) {
            case LEASE -> record(Sql.LEASE_GET, name, RecordCodec::decodeLease);
            case REQUEST -> record(Sql.REQUEST_GET, name, RecordCodec::decodeRequest);
            case TASK, TOMBSTONE -> {
                StoredRecord tombstone = tombstone(entry);
                StoredRecord task = tombstone == null ? record(Sql.TASK_GET, name, RecordCodec::decodeTask) : null;
                yield tombstone != null ? tombstone : task != null ? task : new Tombstone(name, entry.version(), 0);
            }
        };
    }

    private @Nullable StoredRecord record(Sql sql, String name, Function<byte[], StoredRecord> decoder) {
        byte[] record = session.statement(sql).bind(namespace).bind(name).blob();
        if (record == null) {
            return null;
        }
        bytes += record.length;
        return decoder.apply(record);
    }

    private @Nullable Tombstone tombstone(OutboxEntry entry) {
        String id = entry.name().name();
        try (Rows rows =
                session.statement(Sql.TOMBSTONE_GET).bind(namespace).bind(id).rows()) {
            return rows.next() ? new Tombstone(id, rows.number(1), rows.number(2)) : null;
        }
    }
}
