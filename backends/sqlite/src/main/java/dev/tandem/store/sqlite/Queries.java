package dev.tandem.store.sqlite;

import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers queries from the view of a reader's transaction.
 *
 * <p>A record that can't be read fails the query that names it; a list or watch leaves it out and goes on. A page also
 * ends after {@link #PAGE_BYTES_MAX}, so that large payloads do not fill the memory.
 */
final class Queries {
    private static final Logger LOG = LoggerFactory.getLogger(Queries.class);

    /** A page ends once its records come to this many bytes. */
    static final long PAGE_BYTES_MAX = 4L * 1024 * 1024;

    private final Session session;

    Queries(Session session) {
        this.session = session;
    }

    /** Whether a query touches one record, so that several go in one transaction. */
    static boolean isLookup(TaskQuery<?> query) {
        return query instanceof TaskQuery.Get || query instanceof TaskQuery.GetLease;
    }

    /** @throws CodecException if the record that the query names can't be read */
    Object answer(TaskQuery<?> query) {
        if (query instanceof TaskQuery.Get get) {
            return get(get);
        } else if (query instanceof TaskQuery.ListTasks list) {
            return list(list);
        } else if (query instanceof TaskQuery.Count count) {
            return count(count);
        } else if (query instanceof TaskQuery.GetLease getLease) {
            return getLease(getLease);
        } else if (query instanceof TaskQuery.Changes changes) {
            return changes(changes);
        } else if (query instanceof TaskQuery.Namespaces) {
            return namespaces();
        }
        throw new IllegalArgumentException("unknown query: " + query);
    }

    private Optional<Task> get(TaskQuery.Get get) {
        byte[] record = session.statement(Sql.TASK_BY_NAMES)
                .bind(get.namespace())
                .bind(get.taskId())
                .blob();
        return record == null ? Optional.empty() : Optional.of(RecordCodec.decodeTask(record));
    }

    private Object getLease(TaskQuery.GetLease get) {
        byte[] record = session.statement(Sql.LEASE_BY_NAMES)
                .bind(get.namespace())
                .bind(get.scope())
                .blob();
        return record == null ? Optional.empty() : Optional.of(RecordCodec.decodeLease(record));
    }

    private List<String> namespaces() {
        List<String> names = new ArrayList<>();
        try (Rows rows = session.statement(Sql.NAMESPACES).rows()) {
            while (rows.next()) {
                names.add(rows.text(1));
            }
        }
        return List.copyOf(names);
    }

    private TaskPage list(TaskQuery.ListTasks list) {
        Counters counters = counters(list.namespace());
        if (counters == null) {
            return new TaskPage(List.of(), null);
        }
        List<Entry> found = new ArrayList<>();
        for (FilterSql sql : FilterSql.lists(list.filter(), list.newestFirst())) {
            Statement statement = session.filterStatement(sql.text());
            Entry.read(sql.bindList(statement, counters.key(), list), found);
        }
        found.sort(list.newestFirst() ? Entry.ORDER.reversed() : Entry.ORDER);
        return page(found, list.limit());
    }

    private TaskPage page(List<Entry> found, int limit) {
        List<Task> tasks = new ArrayList<>(Math.min(limit, found.size()));
        long bytes = 0;
        int at = 0;
        while (at < found.size() && at < limit && bytes < PAGE_BYTES_MAX) {
            byte[] record =
                    session.statement(Sql.TASK_BY_KEY).bind(found.get(at).key()).blob();
            if (record != null) {
                bytes += record.length;
                Task task = readable(found.get(at).id(), record);
                if (task != null) {
                    tasks.add(task);
                }
            }
            at++;
        }
        boolean more = at < found.size();
        Entry last = more ? found.get(at - 1) : null;
        return new TaskPage(List.copyOf(tasks), last == null ? null : new ListPosition(last.millis(), last.id()));
    }

    private static @Nullable Task readable(String id, byte[] record) {
        try {
            return RecordCodec.decodeTask(record);
        } catch (CodecException e) {
            LOG.error("The record of task {} can't be read ({}) and is left out of a list", id, e.getMessage());
            return null;
        }
    }

    private TaskCounts count(TaskQuery.Count count) {
        Map<TaskState, Long> byState = new EnumMap<>(TaskState.class);
        Counters counters = counters(count.namespace());
        if (counters != null) {
            TaskFilter filter = count.filter();
            for (FilterSql sql : FilterSql.counts(filter)) {
                Statement statement = session.filterStatement(sql.text());
                try (Rows rows =
                        sql.bindCount(statement, counters.key(), filter).rows()) {
                    while (rows.next()) {
                        if (rows.number(2) > 0) {
                            byState.merge(TaskState.ofCode((int) rows.number(1)), rows.number(2), Long::sum);
                        }
                    }
                }
            }
        }
        return new TaskCounts(Map.copyOf(byState));
    }

    /** A namespace's row. */
    private record Counters(long key, long version, long forgotten) {}

    private @Nullable Counters counters(String namespace) {
        try (Rows rows = session.statement(Sql.NAMESPACE_GET).bind(namespace).rows()) {
            return rows.next() ? new Counters(rows.number(1), rows.number(2), rows.number(4)) : null;
        }
    }

    private ChangePage changes(TaskQuery.Changes changes) {
        Counters counters = counters(changes.namespace());
        long version = counters == null ? 0 : counters.version();
        Cursor end = new Cursor(List.of(version));
        Cursor after = changes.after();
        if (after == null) {
            return new ChangePage(List.of(), end, false, false);
        }
        long from = after.versions().size() == 1 ? after.versions().get(0) : -1;
        if (from < 0 || from > version || (counters != null && from < counters.forgotten())) {
            return new ChangePage(List.of(), after, false, true);
        }
        return counters == null
                ? new ChangePage(List.of(), end, false, false)
                : changesAfter(counters, from, changes.limit());
    }

    private ChangePage changesAfter(Counters counters, long from, int limit) {
        List<Change> found = new ArrayList<>();
        long changedUpTo = readChanged(counters.key(), from, limit, found);
        try (Rows rows = session.statement(Sql.DELETED)
                .bind(counters.key())
                .bind(from)
                .bind(limit + 1L)
                .rows()) {
            while (rows.next() && rows.number(2) <= changedUpTo) {
                found.add(new Change(rows.text(1), rows.number(2), null));
            }
        }
        found.sort(Comparator.comparingLong(Change::version));
        boolean more = changedUpTo < Long.MAX_VALUE || found.size() > limit;
        List<Change> page = found.size() > limit ? found.subList(0, limit) : found;
        long next = counters.version();
        if (more) {
            // An empty page with more behind it is one of which nothing could be read.
            next = page.isEmpty() ? changedUpTo : page.get(page.size() - 1).version();
        }
        return new ChangePage(List.copyOf(page), new Cursor(List.of(next)), more, false);
    }

    /** Reads what was put, and says up to which version: {@link Long#MAX_VALUE} if that is all there is. */
    private long readChanged(long key, long from, int limit, List<Change> into) {
        long bytes = 0;
        int count = 0;
        long last = from;
        try (Rows rows = session.statement(Sql.CHANGED)
                .bind(key)
                .bind(from)
                .bind(limit + 1L)
                .rows()) {
            while (rows.next()) {
                if (count == limit || bytes >= PAGE_BYTES_MAX) {
                    return last;
                }
                byte[] record = rows.blob(3);
                bytes += record.length;
                count++;
                last = rows.number(2);
                Task task = readable(rows.text(1), record);
                if (task != null) {
                    into.add(new Change(task.id(), last, task));
                }
            }
        }
        return Long.MAX_VALUE;
    }
}
