package dev.tandem.store.sqlite;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.ScanPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Bytes;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.task.Limits;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers queries from the view of a reader's transaction.
 *
 * <p>A query that has gone on for too long ends with a {@link SqlFailure} from {@link Session#breakOffWhen}. A record that
 * can't be read fails the query that names it; a list or watch leaves it out and goes on. A page also
 * ends after {@link Limits#PAGE_BYTES_MAX}, so that large payloads do not fill the memory.
 */
final class Queries {
    private static final Logger LOG = LoggerFactory.getLogger(Queries.class);

    private final Session session;

    Queries(Session session) {
        this.session = session;
    }

    /** Whether a query touches one record, so that several go in one transaction. */
    static boolean isLookup(TaskQuery<?> query) {
        return query instanceof TaskQuery.Get || query instanceof TaskQuery.GetLease;
    }

    /**
     * @param epoch that the namespace's gate has to be of, or {@link CallOptions#ANY_EPOCH}
     * @throws CodecException if the record that the query names can't be read
     * @throws StoreException as FENCED, if the gate is of another epoch
     */
    Object answer(TaskQuery<?> query, long epoch) {
        if (epoch != CallOptions.ANY_EPOCH) {
            Gate gate = gate(query.namespace());
            if (gate.epoch() != epoch) {
                throw StoreException.fenced(gate);
            }
        }
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
        } else if (query instanceof TaskQuery.Scan scan) {
            return scan(scan);
        } else if (query instanceof TaskQuery.Outbox outbox) {
            return outbox(outbox);
        } else if (query instanceof TaskQuery.GetGate get) {
            return gate(get.namespace());
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
        Map<TaskState, Long> tally = tallyByNames(counters.key(), list.filter());
        if (tally != null && tally.isEmpty()) {
            return new TaskPage(List.of(), null);
        }
        TaskQuery.ListTasks narrowed = tally == null ? list : withStates(list, tally.keySet());
        TaskFilter filter = narrowed.filter();
        Lead lead = Lead.choose(session, counters.key(), filter, FilterSql.Range.of(narrowed));
        List<Entry> found = new ArrayList<>();
        for (FilterSql sql : FilterSql.lists(filter, list.newestFirst(), lead)) {
            long rows = list.limit() + 1L;
            if (tally != null && list.after() == null && FilterSql.isInTally(filter)) {
                // So that the walk ends with the last one of them.
                rows = Math.min(rows, tally.getOrDefault(sql.state(), 0L));
            }
            Statement statement = session.filterStatement(sql.text());
            Entry.read(sql.bindList(statement, counters.key(), narrowed, rows), found);
        }
        found.sort(list.newestFirst() ? Entry.ORDER.reversed() : Entry.ORDER);
        return page(found, list.limit());
    }

    private TaskPage page(List<Entry> found, int limit) {
        List<Task> tasks = new ArrayList<>(Math.min(limit, found.size()));
        long bytes = 0;
        int at = 0;
        while (at < found.size() && at < limit && bytes < Limits.PAGE_BYTES_MAX) {
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

    private static TaskQuery.ListTasks withStates(TaskQuery.ListTasks list, Set<TaskState> states) {
        return new TaskQuery.ListTasks(
                list.namespace(), withStates(list.filter(), states), list.newestFirst(), list.after(), list.limit());
    }

    private static TaskFilter withStates(TaskFilter filter, Set<TaskState> states) {
        return new TaskFilter(
                states,
                filter.queues(),
                filter.kinds(),
                filter.node(),
                filter.labels(),
                filter.createdFromMillis(),
                filter.createdBeforeMillis());
    }

    /**
     * How many tasks of the filter's queues and kinds there are in each of its states, whatever else it asks for: a walk
     * through a state that has none of them would be for nothing. Null if it names neither.
     */
    private @Nullable Map<TaskState, Long> tallyByNames(long namespace, TaskFilter filter) {
        return filter.queues().isEmpty() && filter.kinds().isEmpty() ? null : tally(namespace, filter);
    }

    private Map<TaskState, Long> tally(long namespace, TaskFilter filter) {
        Map<TaskState, Long> byState = new EnumMap<>(TaskState.class);
        FilterSql sql = FilterSql.tally(filter);
        addCounts(sql.bindTally(session.filterStatement(sql.text()), namespace, filter), byState);
        return byState;
    }

    private TaskCounts count(TaskQuery.Count count) {
        Counters counters = counters(count.namespace());
        return counters == null ? new TaskCounts(Map.of()) : new TaskCounts(count(counters.key(), count.filter()));
    }

    private Map<TaskState, Long> count(long namespace, TaskFilter filter) {
        if (FilterSql.isInTally(filter)) {
            return Map.copyOf(tally(namespace, filter));
        }
        Map<TaskState, Long> tally = tallyByNames(namespace, filter);
        if (tally != null && tally.isEmpty()) {
            return Map.of();
        }
        TaskFilter narrowed = tally == null ? filter : withStates(filter, tally.keySet());
        Lead lead = Lead.choose(session, namespace, narrowed, FilterSql.Range.of(narrowed));
        Map<TaskState, Long> byState = new EnumMap<>(TaskState.class);
        for (FilterSql sql : FilterSql.counts(narrowed, lead)) {
            addCounts(sql.bindCount(session.filterStatement(sql.text()), namespace, narrowed), byState);
        }
        return Map.copyOf(byState);
    }

    private static void addCounts(Statement statement, Map<TaskState, Long> byState) {
        try (Rows rows = statement.rows()) {
            while (rows.next()) {
                if (rows.number(2) > 0) {
                    byState.merge(TaskState.ofCode((int) rows.number(1)), rows.number(2), Long::sum);
                }
            }
        }
    }

    /** A namespace's row. */
    private record Counters(long key, long version, long atMillis, long forgotten, Gate gate) {}

    private @Nullable Counters counters(String namespace) {
        try (Rows rows = session.statement(Sql.NAMESPACE_GET).bind(namespace).rows()) {
            if (!rows.next()) {
                return null;
            }
            Gate gate = Gate.ofCode(rows.number(5), (int) rows.number(6), Bytes.of(rows.blob(7)));
            return new Counters(rows.number(1), rows.number(2), rows.number(3), rows.number(4), gate);
        }
    }

    private Gate gate(String namespace) {
        Counters counters = counters(namespace);
        return counters == null ? Gate.FIRST : counters.gate();
    }

    private OutboxPage outbox(TaskQuery.Outbox query) {
        Counters counters = counters(query.namespace());
        return counters == null
                ? new OutboxPage(List.of(), List.of(), false, 0, 0)
                : new OutboxScan(session, counters.key()).page(query, counters.version(), counters.atMillis());
    }

    private ScanPage scan(TaskQuery.Scan scan) {
        Counters counters = counters(scan.namespace());
        if (counters == null) {
            return new ScanPage(List.of(), null, new Cursor(List.of(0L)), 0, List.of());
        }
        Cursor cursor = new Cursor(List.of(counters.version()));
        return new RecordScan(session, counters.key()).page(scan, cursor, counters.atMillis());
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
                found.add(Change.deleted(rows.text(1), rows.number(2), rows.number(3)));
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
                if (count == limit || bytes >= Limits.PAGE_BYTES_MAX) {
                    return last;
                }
                byte[] record = rows.blob(3);
                bytes += record.length;
                count++;
                last = rows.number(2);
                Task task = readable(rows.text(1), record);
                if (task != null) {
                    into.add(Change.written(task));
                }
            }
        }
        return Long.MAX_VALUE;
    }
}
