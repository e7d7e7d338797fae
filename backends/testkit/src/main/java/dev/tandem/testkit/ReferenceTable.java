package dev.tandem.testkit;

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
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.TaskTable;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All records of the reference store, found by looking at every one: no index, so that no index can be wrong. Not final,
 * because tests break it on purpose.
 *
 * <p>Not safe for use by several threads; {@link ReferenceTaskStore} sees to that.
 */
public class ReferenceTable implements TaskTable {
    private static final Comparator<Task> BY_ID = Comparator.comparing(Task::id);
    private static final Comparator<Task> BY_CREATION =
            Comparator.comparingLong(Task::createdAtMillis).thenComparing(BY_ID);

    private static final class Space {
        final Map<String, Task> tasks = new TreeMap<>();
        final Map<String, Tombstone> tombstones = new TreeMap<>();
        final Map<String, LeaderLease> leases = new TreeMap<>();
        final Map<String, RequestRecord> requests = new TreeMap<>();
        long timeMillis;
        long lastVersion;
        long highestForgotten;
        final Map<RecordName, Long> outbox = new HashMap<>();
        Gate gate = Gate.FIRST;
    }

    private final Map<String, Space> spaces = new TreeMap<>();
    private final long tombstoneKeepMillis;

    public ReferenceTable(long tombstoneKeepMillis) {
        this.tombstoneKeepMillis = tombstoneKeepMillis;
    }

    /**
     * Answers a query from what there is.
     *
     * @param epoch that the namespace's gate has to be of, or {@link CallOptions#ANY_EPOCH}
     * @throws StoreException as FENCED, if the gate is of another epoch
     */
    // Each query names the type of its own answer.
    @SuppressWarnings("unchecked")
    public <R> R answer(TaskQuery<R> query, long epoch) {
        Gate gate = gate(query.namespace());
        if (epoch != CallOptions.ANY_EPOCH && epoch != gate.epoch()) {
            throw StoreException.fenced(gate);
        }
        Object answer;
        if (query instanceof TaskQuery.Get get) {
            answer = Optional.ofNullable(task(get.namespace(), get.taskId()));
        } else if (query instanceof TaskQuery.ListTasks list) {
            answer = list(list);
        } else if (query instanceof TaskQuery.Count count) {
            answer = count(count.namespace(), count.filter());
        } else if (query instanceof TaskQuery.GetLease get) {
            answer = Optional.ofNullable(lease(get.namespace(), get.scope()));
        } else if (query instanceof TaskQuery.Changes changes) {
            answer = changes(changes);
        } else if (query instanceof TaskQuery.Scan scan) {
            answer = scan(scan);
        } else if (query instanceof TaskQuery.Outbox outbox) {
            answer = outbox(outbox);
        } else if (query instanceof TaskQuery.GetGate) {
            answer = gate;
        } else if (query instanceof TaskQuery.Namespaces) {
            answer = namespaces();
        } else {
            throw new IllegalArgumentException("unknown query: " + query);
        }
        return (R) answer;
    }

    private Space space(String namespace) {
        return spaces.computeIfAbsent(namespace, name -> new Space());
    }

    private Stream<Task> tasks(String namespace) {
        return space(namespace).tasks.values().stream();
    }

    private List<Task> first(String namespace, Predicate<Task> wanted, ToLongFunction<Task> order, long limit) {
        return tasks(namespace)
                .filter(wanted)
                .sorted(Comparator.comparingLong(order).thenComparing(BY_ID))
                .limit(limit)
                .toList();
    }

    @Override
    public Gate gate(String namespace) {
        return space(namespace).gate;
    }

    @Override
    public void putGate(String namespace, Gate gate) {
        space(namespace).gate = gate;
    }

    @Override
    public void putOutbox(String namespace, OutboxEntry entry) {
        space(namespace).outbox.put(entry.name(), entry.version());
    }

    @Override
    public boolean removeOutbox(String namespace, OutboxEntry entry) {
        return space(namespace).outbox.remove(entry.name(), entry.version());
    }

    @Override
    public void clearOutbox(String namespace) {
        space(namespace).outbox.clear();
    }

    @Override
    public long advanceTime(String namespace, long atMillis) {
        Space space = space(namespace);
        space.timeMillis = Math.max(space.timeMillis, atMillis);
        return space.timeMillis;
    }

    @Override
    public long nextVersion(String namespace) {
        return space(namespace).lastVersion + 1;
    }

    private static void move(Space space, long version) {
        if (version <= space.lastVersion) {
            throw new IllegalStateException("version " + version + " comes after " + space.lastVersion);
        }
        space.lastVersion = version;
    }

    @Override
    public @Nullable Task task(String namespace, String id) {
        return space(namespace).tasks.get(id);
    }

    @Override
    public void put(@Nullable Task before, Task after) {
        Space space = space(after.namespace());
        move(space, after.version());
        replace(space, before, after);
    }

    private static void replace(Space space, @Nullable Task before, Task after) {
        space.tombstones.remove(after.id());
        Task replaced = space.tasks.put(after.id(), after);
        if (!Objects.equals(before, replaced)) {
            throw new IllegalStateException("put over another record than the one that was read: " + replaced);
        }
    }

    @Override
    public @Nullable Tombstone tombstone(String namespace, String id) {
        return space(namespace).tombstones.get(id);
    }

    /** Forgets what a table has to remember, for tests that break it. */
    public void dropTombstone(String namespace, String id) {
        space(namespace).tombstones.remove(id);
    }

    @Override
    public void mirror(@Nullable Task before, Task after) {
        replace(space(after.namespace()), before, after);
    }

    @Override
    public void mirror(String namespace, @Nullable Task before, Tombstone after) {
        Space space = space(namespace);
        if (!Objects.equals(before, space.tasks.remove(after.id()))) {
            throw new IllegalStateException("deleted another record than the one that was read: " + after.id());
        }
        space.tombstones.put(after.id(), after);
    }

    @Override
    public void mirror(LeaderLease lease) {
        space(lease.namespace()).leases.put(lease.scope(), lease);
    }

    @Override
    public void skipTo(String namespace, long version) {
        move(space(namespace), version);
    }

    @Override
    public void restart(String namespace, long version) {
        skipTo(namespace, version);
        space(namespace).highestForgotten = version;
    }

    @Override
    public void delete(Task before, long version, long atMillis) {
        Space space = space(before.namespace());
        move(space, version);
        if (!before.equals(space.tasks.remove(before.id()))) {
            throw new IllegalStateException("deleted another record than the one that was read: " + before.id());
        }
        space.tombstones.put(before.id(), new Tombstone(before.id(), version, atMillis));
    }

    @Override
    public List<Task> claimable(String namespace, List<String> queues, long atMillis, int limit) {
        return tasks(namespace)
                .filter(task -> isIn(task, queues) && task.dueAtMillis() <= atMillis)
                .sorted(Comparator.<Task>comparingInt(task -> -task.spec().priority())
                        .thenComparingLong(Task::dueAtMillis)
                        .thenComparing(BY_ID))
                .limit(limit)
                .toList();
    }

    private static boolean isIn(Task task, List<String> queues) {
        return task.isClaimable() && queues.contains(task.spec().queue());
    }

    @Override
    public List<Task> leasesExpired(String namespace, long atMillis, int limit) {
        return first(namespace, task -> task.leaseExpiresAtMillis() <= atMillis, Task::leaseExpiresAtMillis, limit);
    }

    @Override
    public List<Task> retentionOver(String namespace, long atMillis, int limit) {
        return first(namespace, task -> task.expiresAtMillis() <= atMillis, Task::expiresAtMillis, limit);
    }

    @Override
    public List<Task> finishedBefore(String namespace, Set<TaskState> states, long beforeMillis, int limit) {
        return first(
                namespace,
                task -> task.state().isFinal()
                        && states.contains(task.state())
                        && task.finishedAtMillis() < beforeMillis,
                Task::finishedAtMillis,
                limit);
    }

    @Override
    public long nextDueMillis(String namespace, List<String> queues, long atMillis) {
        return tasks(namespace)
                .mapToLong(task -> isIn(task, queues) ? task.dueAtMillis() : task.leaseExpiresAtMillis())
                .filter(due -> due > atMillis)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    @Override
    public @Nullable LeaderLease lease(String namespace, String scope) {
        return space(namespace).leases.get(scope);
    }

    @Override
    public void putLease(LeaderLease lease) {
        Space space = space(lease.namespace());
        move(space, lease.version());
        space.leases.put(lease.scope(), lease);
    }

    @Override
    public @Nullable RequestRecord request(String namespace, String requestId) {
        return space(namespace).requests.get(requestId);
    }

    @Override
    public void putRequest(String namespace, RequestRecord request) {
        space(namespace).requests.put(request.requestId(), request);
    }

    @Override
    public boolean forget(String namespace, long atMillis, int limit) {
        Space space = space(namespace);
        long endedBy = atMillis - tombstoneKeepMillis;
        boolean more = drop(space.requests, RequestRecord::forgetAtMillis, atMillis, limit);
        more |= drop(space.leases, LeaderLease::expiresAtMillis, endedBy, limit);
        List<Tombstone> oldest = space.tombstones.values().stream()
                .filter(tombstone -> tombstone.atMillis() <= endedBy)
                .sorted(Comparator.comparing(Tombstone::position))
                .limit(limit)
                .toList();
        for (Tombstone tombstone : oldest) {
            space.tombstones.remove(tombstone.id());
            space.highestForgotten = Math.max(space.highestForgotten, tombstone.version());
        }
        return more
                || !oldest(space.tombstones, Tombstone::atMillis, endedBy, 1).isEmpty();
    }

    private static <T> List<T> oldest(Map<String, T> map, ToLongFunction<T> time, long by, int limit) {
        return map.values().stream()
                .filter(value -> time.applyAsLong(value) <= by)
                .sorted(Comparator.comparingLong(time))
                .limit(limit)
                .toList();
    }

    private static <T> boolean drop(Map<String, T> map, ToLongFunction<T> time, long by, int limit) {
        map.values().removeAll(oldest(map, time, by, limit));
        return !oldest(map, time, by, 1).isEmpty();
    }

    TaskPage list(TaskQuery.ListTasks query) {
        Comparator<Task> order = query.newestFirst() ? BY_CREATION.reversed() : BY_CREATION;
        ListPosition after = query.after();
        List<Task> found = tasks(query.namespace())
                .filter(query.filter()::matches)
                .filter(task -> after == null || isBehind(task, after, query.newestFirst()))
                .sorted(order)
                .limit(query.limit() + 1L)
                .toList();
        int size = 0;
        for (long bytes = 0; size < Math.min(query.limit(), found.size()) && bytes < Limits.PAGE_BYTES_MAX; size++) {
            bytes += found.get(size).contentBytes();
        }
        if (size == found.size()) {
            return new TaskPage(found, null);
        }
        Task last = found.get(size - 1);
        return new TaskPage(found.subList(0, size), new ListPosition(last.createdAtMillis(), last.id()));
    }

    private static boolean isBehind(Task task, ListPosition after, boolean newestFirst) {
        int way = Long.compare(task.createdAtMillis(), after.createdAtMillis());
        int sign = way != 0 ? way : task.id().compareTo(after.id());
        return newestFirst ? sign < 0 : sign > 0;
    }

    ScanPage scan(TaskQuery.Scan query) {
        Space space = space(query.namespace());
        ScanPosition after = query.after() == null ? ScanPosition.begin(RecordKind.TASK) : query.after();
        Map<String, ? extends StoredRecord> all = switch (after.kind()) {
            case TASK -> space.tasks;
            case TOMBSTONE -> space.tombstones;
            case LEASE -> space.leases;
            case REQUEST -> space.requests;
        };
        List<StoredRecord> found = all.values().stream()
                .filter(record -> record.position().compareTo(after) > 0)
                .sorted(Comparator.comparing(StoredRecord::position))
                .limit(query.limit() + 1L)
                .collect(Collectors.toUnmodifiableList());
        int size = 0;
        for (long bytes = 0; size < Math.min(query.limit(), found.size()) && bytes < Limits.PAGE_BYTES_MAX; size++) {
            bytes += found.get(size) instanceof Task task ? task.contentBytes() : 0;
        }
        List<StoredRecord> page = found.subList(0, size);
        ScanPosition next = size < found.size() ? page.get(size - 1).position() : ScanPosition.afterAll(after.kind());
        return new ScanPage(page, next, new Cursor(List.of(space.lastVersion)), space.timeMillis, List.of());
    }

    /** The version that the outbox has of this name; 0 if it has none. */
    long outboxVersion(String namespace, RecordName name) {
        return space(namespace).outbox.getOrDefault(name, 0L);
    }

    OutboxPage outbox(TaskQuery.Outbox query) {
        Space space = space(query.namespace());
        List<OutboxEntry> all = space.outbox.entrySet().stream()
                .map(entry -> new OutboxEntry(entry.getKey(), entry.getValue()))
                .sorted(OutboxEntry.ORDER)
                .toList();
        List<OutboxEntry> entries = new ArrayList<>();
        List<StoredRecord> records = new ArrayList<>();
        long bytes = 0;
        for (OutboxEntry entry : all) {
            if (entries.size() == query.limit() || bytes >= Limits.MIRROR_BYTES_MAX) {
                break;
            }
            StoredRecord record = record(space, entry);
            entries.add(entry);
            if (record != null) {
                records.add(record);
                bytes += record instanceof Task task ? task.contentBytes() : 0;
            }
        }
        return new OutboxPage(entries, records, entries.size() < all.size(), space.lastVersion, space.timeMillis);
    }

    private static @Nullable StoredRecord record(Space space, OutboxEntry entry) {
        String name = entry.name().name();
        return switch (entry.name().kind()) {
            case LEASE -> space.leases.get(name);
            case REQUEST -> space.requests.get(name);
            default -> {
                Task task = space.tasks.get(name);
                Tombstone tombstone = space.tombstones.get(name);
                yield task != null ? task : tombstone != null ? tombstone : new Tombstone(name, entry.version(), 0);
            }
        };
    }

    TaskCounts count(String namespace, TaskFilter filter) {
        Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);
        tasks(namespace).filter(filter::matches).forEach(task -> counts.merge(task.state(), 1L, Long::sum));
        return new TaskCounts(counts);
    }

    ChangePage changes(TaskQuery.Changes query) {
        Space space = space(query.namespace());
        Cursor after = query.after();
        if (after == null) {
            return new ChangePage(List.of(), new Cursor(List.of(space.lastVersion)), false, false);
        }
        long from = after.versions().size() == 1 ? after.versions().get(0) : -1;
        if (from < space.highestForgotten || from > space.lastVersion) {
            return new ChangePage(List.of(), after, false, true);
        }
        Stream<Change> written = space.tasks.values().stream().map(Change::written);
        Stream<Change> deleted = space.tombstones.values().stream()
                .map(tombstone -> Change.deleted(tombstone.id(), tombstone.version(), tombstone.atMillis()));
        List<Change> found = Stream.concat(written, deleted)
                .filter(change -> change.version() > from)
                .sorted(Comparator.comparingLong(Change::version))
                .limit(query.limit() + 1L)
                .toList();
        if (found.size() <= query.limit()) {
            return new ChangePage(found, new Cursor(List.of(space.lastVersion)), false, false);
        }
        List<Change> page = found.subList(0, query.limit());
        return new ChangePage(page, new Cursor(List.of(page.get(page.size() - 1).version())), true, false);
    }

    /** The namespaces with a task or a leader's lease. */
    List<String> namespaces() {
        return spaces.entrySet().stream()
                .filter(entry -> !entry.getValue().tasks.isEmpty()
                        || !entry.getValue().leases.isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }
}
