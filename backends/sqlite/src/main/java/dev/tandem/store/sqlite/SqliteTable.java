package dev.tandem.store.sqlite;

import dev.tandem.store.sqlite.Namespaces.Namespace;
import dev.tandem.task.Bytes;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.TaskTable;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records as the writer sees them, inside its transaction.
 *
 * <p>A record that can't be read fails the command that names it, with {@link CodecException}, before that command has
 * changed anything. A claim or sweep that comes across one sets it aside and goes on, so that one damaged record does
 * not block a queue.
 */
final class SqliteTable implements TaskTable {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteTable.class);

    private final Session session;
    private final Namespaces namespaces;
    private final long tombstoneKeepMillis;
    private final Tally tally = new Tally();
    private final DueTasks dueTasks;
    private final Set<String> changed = new HashSet<>();
    /** The version of the tombstone that stands where the last task was looked for; 0 for none. */
    private long buriedVersion;

    private long writes;
    private long bytesLoaded;

    SqliteTable(Session session, Namespaces namespaces, long tombstoneKeepMillis) {
        this.session = session;
        this.namespaces = namespaces;
        this.tombstoneKeepMillis = tombstoneKeepMillis;
        this.dueTasks = new DueTasks(session);
    }

    /** Writes what was held back until the end of the transaction. */
    void flush() {
        tally.flush(session);
        namespaces.flush(session);
    }

    /** The namespaces whose tasks the transaction has changed. */
    Set<String> changed() {
        return changed;
    }

    void committed() {
        namespaces.committed();
        reset();
    }

    void rolledBack() {
        namespaces.rolledBack();
        tally.rolledBack();
        reset();
    }

    private void reset() {
        changed.clear();
        bytesLoaded = 0;
    }

    /** How often anything was written, ever; to see whether a command that failed had begun to. */
    long writes() {
        return writes;
    }

    /** How many bytes of records the transaction has read and written. */
    long bytesLoaded() {
        return bytesLoaded;
    }

    @Override
    public Gate gate(String namespace) {
        return namespaces.get(session, namespace).gate();
    }

    @Override
    public void putGate(String namespace, Gate gate) {
        Namespace stored = write(namespace);
        stored.move(gate);
        changed.add(namespace);
        session.statement(Sql.GATE_SET)
                .bind(gate.epoch())
                .bind(gate.code())
                .bind(gate.policy().array())
                .bind(stored.key())
                .run();
    }

    @Override
    public void putOutbox(String namespace, OutboxEntry entry) {
        outbox(Sql.OUTBOX_PUT, namespace, entry);
    }

    @Override
    public boolean removeOutbox(String namespace, OutboxEntry entry) {
        return outbox(Sql.OUTBOX_DROP, namespace, entry) > 0;
    }

    private int outbox(Sql sql, String namespace, OutboxEntry entry) {
        return session.statement(sql)
                .bind(write(namespace).key())
                .bind(entry.name().kind().code())
                .bind(entry.name().name())
                .bind(entry.version())
                .run();
    }

    @Override
    public void clearOutbox(String namespace) {
        session.statement(Sql.OUTBOX_CLEAR).bind(write(namespace).key()).run();
    }

    @Override
    public long advanceTime(String namespace, long atMillis) {
        return namespaces.get(session, namespace).advance(atMillis);
    }

    @Override
    public long nextVersion(String namespace) {
        return namespaces.get(session, namespace).version() + 1;
    }

    @Override
    public @Nullable Task task(String namespace, String id) {
        buriedVersion = 0;
        Statement get = session.statement(Sql.TASK_GET).bind(key(namespace)).bind(id);
        try (Rows rows = get.rows()) {
            if (!rows.next()) {
                return null;
            }
            buriedVersion = rows.number(2);
            return buriedVersion == 0 ? decode(rows.blob(1)) : null;
        }
    }

    @Override
    public void put(@Nullable Task before, Task after) {
        Namespace namespace = write(after.namespace());
        namespace.sawVersion(after.version());
        changed.add(after.namespace());
        byte[] record = RecordCodec.encode(after);
        bytesLoaded += record.length;
        if (before == null) {
            unbury(namespace, after.id());
            add(namespace, after, record);
        } else if (isSameButLease(before, after)) {
            session.statement(Sql.TASK_SET_LEASE)
                    .bind(after.version())
                    .bindUnless(Long.MAX_VALUE, after.leaseExpiresAtMillis())
                    .bind(record)
                    .bind(namespace.key())
                    .bind(after.id())
                    .run();
        } else {
            set(namespace, after, record);
        }
        tally.move(namespace.key(), before, after);
        putLabels(namespace, before, after);
        putParts(namespace, before, after);
    }

    /** A task is created where {@link #task} has just found none, at most a tombstone. */
    private void unbury(Namespace namespace, String id) {
        if (buriedVersion != 0) {
            session.statement(Sql.TOMBSTONE_DROP).bind(namespace.key()).bind(id).run();
            buriedVersion = 0;
        }
    }

    private static boolean isSameButLease(Task before, Task after) {
        return before.state() == after.state()
                && !after.state().isFinal()
                && before.dueAtMillis() == after.dueAtMillis()
                && before.spec().priority() == after.spec().priority()
                && before.spec().queue().equals(after.spec().queue())
                && before.spec().kind().equals(after.spec().kind());
    }

    private void add(Namespace namespace, Task task, byte[] record) {
        Statement add = session.statement(Sql.TASK_ADD).bind(namespace.key()).bind(task.id());
        bindSpec(add.bind(task.version()), task).bind(task.createdAtMillis());
        bindTimes(add, task).bind(record).run();
    }

    private void set(Namespace namespace, Task task, byte[] record) {
        Statement set = bindSpec(session.statement(Sql.TASK_SET).bind(task.version()), task);
        bindTimes(set, task).bind(record).bind(namespace.key()).bind(task.id()).run();
    }

    private static Statement bindSpec(Statement statement, Task task) {
        return statement
                .bind(task.state().code())
                .bind(task.spec().queue())
                .bind(task.spec().kind())
                .bind(task.spec().priority());
    }

    private static Statement bindTimes(Statement statement, Task task) {
        return statement
                .bindUnless(Long.MAX_VALUE, task.isClaimable() ? task.dueAtMillis() : Long.MAX_VALUE)
                .bindUnless(Long.MAX_VALUE, task.leaseExpiresAtMillis())
                .bindUnless(Long.MAX_VALUE, task.state().isFinal() ? task.finishedAtMillis() : Long.MAX_VALUE)
                .bindUnless(Long.MAX_VALUE, task.expiresAtMillis());
    }

    private void putLabels(Namespace namespace, @Nullable Task before, @Nullable Task after) {
        var was = before == null ? null : before.spec().labels();
        var is = after == null ? null : after.spec().labels();
        if (was == is) {
            return;
        }
        if (before != null && was != null) {
            was.forEach((name, value) -> {
                if (is == null || !value.equals(is.get(name))) {
                    label(Sql.LABEL_DROP, namespace, name, value, before);
                }
            });
        }
        if (after != null && is != null) {
            is.forEach((name, value) -> {
                if (was == null || !value.equals(was.get(name))) {
                    label(Sql.LABEL_ADD, namespace, name, value, after);
                }
            });
        }
    }

    private void label(Sql sql, Namespace namespace, String name, String value, Task task) {
        session.statement(sql)
                .bind(namespace.key())
                .bind(name)
                .bind(value)
                .bind(task.createdAtMillis())
                .bind(task.id())
                .run();
    }

    private void putParts(Namespace namespace, @Nullable Task before, @Nullable Task after) {
        var was = before == null ? null : before.parts();
        var is = after == null ? null : after.parts();
        if (was == is) {
            return;
        }
        if (before != null && was != null) {
            was.forEach((node, part) -> {
                if (is == null || !is.containsKey(node)) {
                    part(Sql.PART_DROP, namespace, node, before);
                }
            });
        }
        if (after != null && is != null) {
            is.forEach((node, part) -> {
                if (was == null || !was.containsKey(node)) {
                    part(Sql.PART_ADD, namespace, node, after);
                }
            });
        }
    }

    private void part(Sql sql, Namespace namespace, String node, Task task) {
        session.statement(sql)
                .bind(namespace.key())
                .bind(node)
                .bind(task.createdAtMillis())
                .bind(task.id())
                .run();
    }

    @Override
    public void delete(Task before, long version, long atMillis) {
        Namespace namespace = write(before.namespace());
        drop(namespace, before);
        bury(namespace, new Tombstone(before.id(), version, atMillis));
    }

    private void drop(Namespace namespace, Task task) {
        drop(namespace, task.id());
        tally.move(namespace.key(), task, null);
        putLabels(namespace, task, null);
        putParts(namespace, task, null);
    }

    private void drop(Namespace namespace, String id) {
        session.statement(Sql.TASK_DROP).bind(namespace.key()).bind(id).run();
    }

    private void bury(Namespace namespace, Tombstone tombstone) {
        namespace.sawVersion(tombstone.version());
        changed.add(namespace.name);
        session.statement(Sql.TOMBSTONE_PUT)
                .bind(namespace.key())
                .bind(tombstone.version())
                .bind(tombstone.id())
                .bind(tombstone.atMillis())
                .run();
    }

    @Override
    public @Nullable Tombstone tombstone(String namespace, String id) {
        Statement get =
                session.statement(Sql.TOMBSTONE_GET).bind(key(namespace)).bind(id);
        try (Rows rows = get.rows()) {
            return rows.next() ? new Tombstone(id, rows.number(1), rows.number(2)) : null;
        }
    }

    /** What is found by the time of the creation stays where it is in {@link #put}. */
    @Override
    public void mirror(@Nullable Task before, Task after) {
        boolean isMadeAnew = before != null && before.createdAtMillis() != after.createdAtMillis();
        if (before != null && isMadeAnew) {
            drop(write(after.namespace()), before);
        }
        put(isMadeAnew ? null : before, after);
    }

    @Override
    public void mirror(String namespace, @Nullable Task before, Tombstone after) {
        Namespace stored = write(namespace);
        if (before != null) {
            drop(stored, before);
        }
        bury(stored, after);
    }

    @Override
    public void mirror(LeaderLease lease) {
        putLease(lease);
    }

    @Override
    public void skipTo(String namespace, long version) {
        write(namespace).sawVersion(version);
    }

    @Override
    public void restart(String namespace, long version) {
        skipTo(namespace, version);
        write(namespace).forgot(version);
    }

    /** Labels and parts lie in the order of their names, which only the record knows: all of the namespace's are searched. */
    @Override
    public void discard(String namespace, String id, long version, long atMillis) {
        Namespace stored = write(namespace);
        long key = stored.key();
        try (Rows rows = session.statement(Sql.TASK_COLUMNS).bind(key).bind(id).rows()) {
            if (rows.next()) {
                tally.drop(key, rows.text(1), rows.text(2), rows.number(3));
            }
        }
        session.statement(Sql.LABELS_DROP).bind(key).bind(id).run();
        session.statement(Sql.PARTS_DROP).bind(key).bind(id).run();
        drop(stored, id);
        bury(stored, new Tombstone(id, version, atMillis));
        LOG.warn("The task {} of the namespace {} was deleted, and its record could not be read", id, namespace);
    }

    @Override
    public List<Task> claimable(String namespace, List<String> queues, long atMillis, int limit) {
        long key = key(namespace);
        if (key == 0) {
            return List.of();
        }
        return readable(limit, () -> byKey(dueTasks.due(key, queues, atMillis, limit), Limits.PAGE_BYTES_MAX));
    }

    @Override
    public List<Task> leasesExpired(String namespace, long atMillis, int limit) {
        return readable(limit, () -> until(Sql.LEASE_ENDED, namespace, atMillis, limit));
    }

    @Override
    public List<Task> retentionOver(String namespace, long atMillis, int limit) {
        return readable(limit, () -> until(Sql.RETENTION_OVER, namespace, atMillis, limit));
    }

    @Override
    public List<Task> finishedBefore(String namespace, Set<TaskState> states, long beforeMillis, int limit) {
        return readable(limit, () -> {
            List<Entry> found = new ArrayList<>();
            for (TaskState state : states) {
                Statement finished = session.statement(Sql.FINISHED)
                        .bind(key(namespace))
                        .bind(state.code())
                        .bind(beforeMillis)
                        .bind(limit);
                Entry.read(finished, found);
            }
            return byKey(Entry.first(found, limit), Long.MAX_VALUE);
        });
    }

    /** A record as it is stored. */
    private record Stored(long key, Bytes record) {}

    private interface Source {
        List<Stored> find();
    }

    private List<Stored> until(Sql sql, String namespace, long atMillis, int limit) {
        List<Stored> found = new ArrayList<>();
        Statement until =
                session.statement(sql).bind(key(namespace)).bind(atMillis).bind(limit);
        try (Rows rows = until.rows()) {
            while (rows.next()) {
                found.add(new Stored(rows.number(1), Bytes.of(rows.blob(2))));
            }
        }
        return found;
    }

    private List<Stored> byKey(List<Entry> entries, long bytesMax) {
        List<Stored> found = new ArrayList<>(entries.size());
        long bytes = 0;
        for (Entry entry : entries) {
            if (bytes >= bytesMax) {
                break;
            }
            byte[] record = session.statement(Sql.TASK_BY_KEY).bind(entry.key()).blob();
            if (record != null) {
                bytes += record.length;
                found.add(new Stored(entry.key(), Bytes.of(record)));
            }
        }
        return found;
    }

    /** What the source finds, after setting aside whatever in it can't be read. */
    private List<Task> readable(int limit, Source source) {
        if (limit <= 0) {
            return List.of();
        }
        while (true) {
            List<Stored> found = source.find();
            List<Task> tasks = new ArrayList<>(found.size());
            for (Stored stored : found) {
                try {
                    tasks.add(decode(stored.record().array()));
                } catch (CodecException e) {
                    setAside(stored.key(), e);
                }
            }
            if (tasks.size() == found.size()) {
                return tasks;
            }
        }
    }

    private void setAside(long key, CodecException why) {
        LOG.error(
                "The record of the task with the key {} can't be read ({}). Claims and sweeps leave it out from now on.",
                key,
                why.getMessage());
        writes++;
        session.statement(Sql.TASK_SET_ASIDE).bind(key).run();
    }

    @Override
    public long nextDueMillis(String namespace, List<String> queues, long atMillis) {
        long key = key(namespace);
        if (key == 0) {
            return Long.MAX_VALUE;
        }
        long lease =
                session.statement(Sql.LEASE_ENDS_LATER).bind(key).bind(atMillis).number(Long.MAX_VALUE);
        return Math.min(lease, dueTasks.nextDueMillis(key, queues, atMillis));
    }

    @Override
    public @Nullable LeaderLease lease(String namespace, String scope) {
        byte[] record = session.statement(Sql.LEASE_GET)
                .bind(key(namespace))
                .bind(scope)
                .blob();
        return record == null ? null : RecordCodec.decodeLease(record);
    }

    @Override
    public void putLease(LeaderLease lease) {
        Namespace namespace = write(lease.namespace());
        namespace.sawVersion(lease.version());
        session.statement(Sql.LEASE_PUT)
                .bind(namespace.key())
                .bind(lease.scope())
                .bind(lease.expiresAtMillis())
                .bind(RecordCodec.encode(lease))
                .run();
    }

    @Override
    public @Nullable RequestRecord request(String namespace, String requestId) {
        byte[] record = session.statement(Sql.REQUEST_GET)
                .bind(key(namespace))
                .bind(requestId)
                .blob();
        return record == null ? null : RecordCodec.decodeRequest(record);
    }

    @Override
    public void putRequest(String namespace, RequestRecord request) {
        session.statement(Sql.REQUEST_PUT)
                .bind(write(namespace).key())
                .bind(request.requestId())
                .bind(request.forgetAtMillis())
                .bind(RecordCodec.encode(request))
                .run();
    }

    @Override
    public boolean forget(String namespace, long atMillis, int limit) {
        if (key(namespace) == 0) {
            return false;
        }
        long endedBy = atMillis - tombstoneKeepMillis;
        boolean more = forgetEach(namespace, Sql.REQUEST_OLDEST, Sql.REQUEST_DROP, atMillis, limit);
        more |= forgetEach(namespace, Sql.LEASE_OLDEST, Sql.LEASE_DROP, endedBy, limit);
        return forgetTombstones(namespace, endedBy, limit) || more;
    }

    private boolean forgetEach(String namespace, Sql oldest, Sql drop, long untilMillis, int limit) {
        List<String> ids = new ArrayList<>();
        Statement find =
                session.statement(oldest).bind(key(namespace)).bind(untilMillis).bind(limit + 1L);
        try (Rows rows = find.rows()) {
            while (rows.next()) {
                ids.add(rows.text(1));
            }
        }
        for (String id : ids.subList(0, Math.min(limit, ids.size()))) {
            session.statement(drop).bind(write(namespace).key()).bind(id).run();
        }
        return ids.size() > limit;
    }

    private boolean forgetTombstones(String namespace, long untilMillis, int limit) {
        List<Tombstone> oldest = new ArrayList<>();
        Statement find = session.statement(Sql.TOMBSTONE_OLDEST)
                .bind(key(namespace))
                .bind(untilMillis)
                .bind(limit + 1L);
        try (Rows rows = find.rows()) {
            while (rows.next()) {
                oldest.add(new Tombstone(rows.text(1), rows.number(2), untilMillis));
            }
        }
        for (Tombstone tombstone : oldest.subList(0, Math.min(limit, oldest.size()))) {
            Namespace stored = write(namespace);
            stored.forgot(tombstone.version());
            session.statement(Sql.TOMBSTONE_DROP)
                    .bind(stored.key())
                    .bind(tombstone.id())
                    .run();
        }
        return oldest.size() > limit;
    }

    private long key(String namespace) {
        return namespaces.get(session, namespace).key();
    }

    private Namespace write(String namespace) {
        writes++;
        return namespaces.stored(session, namespace);
    }

    private Task decode(byte[] record) {
        bytesLoaded += record.length;
        return RecordCodec.decodeTask(record);
    }
}
