package dev.tandem.store.sqlite;

import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.Limits;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.RecordKind;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads one page of all that a namespace holds. */
final class RecordScan {
    private final Session session;
    private final long namespace;
    private final List<StoredRecord> records = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    private @Nullable ScanPosition last;
    private int count;
    private long bytes;

    RecordScan(Session session, long namespace) {
        this.session = session;
        this.namespace = namespace;
    }

    ScanPage page(TaskQuery.Scan scan, Cursor cursor, long atMillis) {
        ScanPosition after = scan.after() == null ? ScanPosition.begin(RecordKind.TASK) : scan.after();
        boolean more = switch (after.kind()) {
            case TASK -> tasks(after, scan.limit());
            case TOMBSTONE -> tombstones(after, scan.limit());
            case LEASE -> leases(after, scan.limit());
            case REQUEST -> requests(after, scan.limit());
        };
        return new ScanPage(
                List.copyOf(records),
                more ? last : ScanPosition.afterAll(after.kind()),
                cursor,
                atMillis,
                List.copyOf(unreadable));
    }

    private boolean isFull(int limit) {
        return count == limit || bytes >= Limits.PAGE_BYTES_MAX;
    }

    private void add(ScanPosition at, byte[] record, Function<byte[], StoredRecord> decoder) {
        count++;
        bytes += record.length;
        last = at;
        try {
            records.add(decoder.apply(record));
        } catch (CodecException e) {
            unreadable.add(at.name());
        }
    }

    private boolean tasks(ScanPosition after, int limit) {
        ListPosition behind = new ListPosition(after.millis(), after.name());
        var list = new TaskQuery.ListTasks("", TaskFilter.ALL, false, behind, limit);
        List<Entry> found = new ArrayList<>();
        for (FilterSql sql : FilterSql.lists(TaskFilter.ALL, false, Lead.BY_STATE)) {
            Entry.read(sql.bindList(session.filterStatement(sql.text()), namespace, list, limit + 1L), found);
        }
        for (Entry entry : Entry.first(found, limit + 1)) {
            if (isFull(limit)) {
                return true;
            }
            byte[] record = session.statement(Sql.TASK_BY_KEY).bind(entry.key()).blob();
            if (record != null) {
                add(new ScanPosition(RecordKind.TASK, entry.millis(), 0, entry.id()), record, RecordCodec::decodeTask);
            }
        }
        return false;
    }

    private boolean tombstones(ScanPosition after, int limit) {
        Statement scan = session.statement(Sql.SCAN_TOMBSTONES)
                .bind(namespace)
                .bind(after.millis())
                .bind(after.version())
                .bind(after.name())
                .bind(limit + 1L);
        try (Rows rows = scan.rows()) {
            while (rows.next()) {
                if (isFull(limit)) {
                    return true;
                }
                Tombstone tombstone = new Tombstone(rows.text(1), rows.number(2), rows.number(3));
                count++;
                last = tombstone.position();
                records.add(tombstone);
            }
        }
        return false;
    }

    private boolean leases(ScanPosition after, int limit) {
        Statement scan = session.statement(Sql.SCAN_LEASES)
                .bind(namespace)
                .bind(after.name())
                .bind(limit + 1L);
        try (Rows rows = scan.rows()) {
            while (rows.next()) {
                if (isFull(limit)) {
                    return true;
                }
                add(new ScanPosition(RecordKind.LEASE, 0, 0, rows.text(1)), rows.blob(2), RecordCodec::decodeLease);
            }
        }
        return false;
    }

    private boolean requests(ScanPosition after, int limit) {
        Statement scan = session.statement(Sql.SCAN_REQUESTS)
                .bind(namespace)
                .bind(after.millis())
                .bind(after.name())
                .bind(limit + 1L);
        try (Rows rows = scan.rows()) {
            while (rows.next()) {
                if (isFull(limit)) {
                    return true;
                }
                add(
                        new ScanPosition(RecordKind.REQUEST, rows.number(2), 0, rows.text(1)),
                        rows.blob(3),
                        RecordCodec::decodeRequest);
            }
        }
        return false;
    }
}
