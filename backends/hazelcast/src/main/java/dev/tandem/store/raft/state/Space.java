package dev.tandem.store.raft.state;

import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that a group has of one namespace, and the trees that it is found by.
 *
 * <p>Belongs to the edit that it was made in, and is changed in that alone; after it, everybody may read it.
 */
final class Space implements ChangeLog.Test {
    /** Codes of states begin with 1. */
    private static final int STATE_CODES = TaskState.values().length + 1;

    private static final int DUE_BITS = 48;

    final String name;
    private final Edit edit;
    long timeMillis;
    long lastVersion;
    /** Up to this version, changes can't be told: a tombstone is no longer kept, or records came from another store. */
    long forgottenVersion;

    Gate gate = Gate.FIRST;
    Outbox outbox;

    /** By id. */
    HashTrie<Task> tasks;
    /** Tasks and tombstones, by their versions. */
    ChangeLog changes;

    HashTrie<Tombstone> tombstones;
    /** Ids, by the time of the deletion. */
    OrderedNames deletions;
    /** For each state's code: ids, by creation. */
    final OrderedNames[] byState;
    /** For each final state's code: ids, by finish. */
    final OrderedNames[] finished;

    OrderedNames leaseEnds;
    OrderedNames retentionEnds;
    /** Ids by {@link #claimOrder}. */
    HashTrie<Index> queues;
    /** Ids by creation. */
    HashTrie<Index> labels;

    HashTrie<Index> nodes;
    HashTrie<LeaderLease> leases;
    OrderedNames leaderEnds;
    HashTrie<RequestRecord> requests;
    OrderedNames requestEnds;

    Space(String name, Edit edit) {
        this.name = name;
        this.edit = edit;
        tasks = new HashTrie<>(Task::id, edit);
        changes = new ChangeLog(edit);
        tombstones = new HashTrie<>(Tombstone::id, edit);
        deletions = new OrderedNames(edit);
        byState = new OrderedNames[STATE_CODES];
        finished = new OrderedNames[STATE_CODES];
        for (int state = 0; state < STATE_CODES; state++) {
            byState[state] = new OrderedNames(edit);
            finished[state] = new OrderedNames(edit);
        }
        leaseEnds = new OrderedNames(edit);
        retentionEnds = new OrderedNames(edit);
        queues = new HashTrie<>(Index::name, edit);
        labels = new HashTrie<>(Index::name, edit);
        nodes = new HashTrie<>(Index::name, edit);
        leases = new HashTrie<>(LeaderLease::scope, edit);
        leaderEnds = new OrderedNames(edit);
        requests = new HashTrie<>(RequestRecord::requestId, edit);
        requestEnds = new OrderedNames(edit);
        outbox = new Outbox(edit);
    }

    private Space(Space from, Edit edit) {
        this.name = from.name;
        this.edit = edit;
        timeMillis = from.timeMillis;
        lastVersion = from.lastVersion;
        forgottenVersion = from.forgottenVersion;
        gate = from.gate;
        outbox = from.outbox;
        tasks = from.tasks;
        changes = from.changes;
        tombstones = from.tombstones;
        deletions = from.deletions;
        byState = from.byState.clone();
        finished = from.finished.clone();
        leaseEnds = from.leaseEnds;
        retentionEnds = from.retentionEnds;
        queues = from.queues;
        labels = from.labels;
        nodes = from.nodes;
        leases = from.leases;
        leaderEnds = from.leaderEnds;
        requests = from.requests;
        requestEnds = from.requestEnds;
    }

    Space in(Edit other) {
        return other == edit ? this : new Space(this, other);
    }

    /** Tasks are claimed in the order of this number: by priority downwards, and then by the time that they are due. */
    static long claimOrder(int priority, long dueAtMillis) {
        return ((long) (Limits.PRIORITY_MAX - priority) << DUE_BITS) | dueAtMillis;
    }

    /** The due time in a claim's order. */
    static long dueOf(long claimOrder) {
        return claimOrder & ((1L << DUE_BITS) - 1);
    }

    /** The first place behind all of the same priority. */
    static long nextPriority(long claimOrder) {
        return ((claimOrder >>> DUE_BITS) + 1) << DUE_BITS;
    }

    static String label(String key, String value) {
        return key + '\0' + value;
    }

    @Nullable
    Task task(String id) {
        return tasks.get(id);
    }

    /** Goes on behind a version. */
    void move(long version) {
        if (version <= lastVersion) {
            throw new IllegalStateException("version " + version + " comes after " + lastVersion);
        }
        lastVersion = version;
    }

    // ---- changes

    void put(@Nullable Task before, Task after) {
        move(after.version());
        replace(before, after);
        addChange(after.version(), after.id());
    }

    /** Takes a task in whatever its version, and tells nobody who reads changes. */
    void replace(@Nullable Task before, Task after) {
        String id = after.id();
        if (before == null) {
            dropTombstone(id);
        }
        tasks = tasks.in(edit);
        Task there = tasks.put(after);
        if (!Objects.equals(there, before)) {
            throw new IllegalStateException("put over another record than the one that was read: " + id);
        }
        reindex(id, before, after);
    }

    void delete(Task before, long version, long atMillis) {
        move(version);
        remove(before);
        replace(new Tombstone(before.id(), version, atMillis));
        addChange(version, before.id());
    }

    /** Takes another store's task, which may be one of that id that was made anew. */
    void mirror(@Nullable Task before, Task after) {
        if (before != null && before.createdAtMillis() != after.createdAtMillis()) {
            remove(before);
            replace(null, after);
        } else {
            replace(before, after);
        }
    }

    /** Takes a tombstone in whatever its version, in place of a task or an older tombstone. */
    void bury(@Nullable Task before, Tombstone tombstone) {
        if (before == null) {
            dropTombstone(tombstone.id());
        } else {
            remove(before);
        }
        replace(tombstone);
    }

    private void remove(Task before) {
        String id = before.id();
        tasks = tasks.in(edit);
        Task there = tasks.remove(id);
        if (!before.equals(there)) {
            throw new IllegalStateException("deleted another record than the one that was read: " + id);
        }
        reindex(id, before, null);
    }

    /** Takes a tombstone in whatever its version, and tells nobody who reads changes. */
    void replace(Tombstone tombstone) {
        tombstones = tombstones.in(edit);
        tombstones.put(tombstone);
        deletions = deletions.in(edit);
        deletions.add(tombstone.atMillis(), tombstone.id());
    }

    private void addChange(long version, String id) {
        changes = changes.in(edit);
        if (changes.add(version, id)) {
            changes.sweep(tasks.size() + tombstones.size(), this);
        }
    }

    /** Makes the log of changes out of the records that were taken in without; of others, nobody may be told any more. */
    void logChanges() {
        List<ChangeLog.Change> newest = new ArrayList<>(tasks.size() + tombstones.size());
        HashTrie.Walk<Task> all = tasks.all();
        for (Task task = all.next(); task != null; task = all.next()) {
            newest.add(new ChangeLog.Change(task.version(), task.id()));
        }
        HashTrie.Walk<Tombstone> deleted = tombstones.all();
        for (Tombstone tombstone = deleted.next(); tombstone != null; tombstone = deleted.next()) {
            newest.add(new ChangeLog.Change(tombstone.version(), tombstone.id()));
        }
        changes = new ChangeLog(edit);
        newest.stream()
                .filter(change -> change.version() > forgottenVersion)
                .sorted(Comparator.comparingLong(ChangeLog.Change::version))
                .forEach(change -> changes.add(change.version(), change.id()));
    }

    /** The task, or tombstone, that a change has left; null if there was a newer one of that id. */
    @Nullable
    Object changed(long version, String id) {
        Task task = tasks.get(id);
        if (task != null) {
            return task.version() == version ? task : null;
        }
        Tombstone tombstone = tombstones.get(id);
        return tombstone != null && tombstone.version() == version ? tombstone : null;
    }

    @Override
    public boolean isNewest(long version, String id) {
        return changed(version, id) != null;
    }

    @Nullable
    Tombstone dropTombstone(String id) {
        tombstones = tombstones.in(edit);
        Tombstone dropped = tombstones.remove(id);
        if (dropped != null) {
            deletions = deletions.in(edit);
            deletions.remove(dropped.atMillis(), id);
        }
        return dropped;
    }

    /** Goes on behind a version, and can't tell of changes up to it any more. */
    void restart(long version) {
        move(version);
        forgottenVersion = version;
        changes = new ChangeLog(edit);
    }

    void putLease(LeaderLease lease) {
        move(lease.version());
        replace(lease);
    }

    /** Takes a lease in whatever its version. */
    void replace(LeaderLease lease) {
        leases = leases.in(edit);
        LeaderLease before = leases.put(lease);
        leaderEnds = leaderEnds.in(edit);
        if (before != null) {
            leaderEnds.remove(before.expiresAtMillis(), before.scope());
        }
        leaderEnds.add(lease.expiresAtMillis(), lease.scope());
    }

    void dropLease(LeaderLease lease) {
        leases = leases.in(edit);
        leases.remove(lease.scope());
        leaderEnds = leaderEnds.in(edit);
        leaderEnds.remove(lease.expiresAtMillis(), lease.scope());
    }

    void putRequest(RequestRecord request) {
        requests = requests.in(edit);
        RequestRecord before = requests.put(request);
        requestEnds = requestEnds.in(edit);
        if (before != null) {
            requestEnds.remove(before.forgetAtMillis(), before.requestId());
        }
        requestEnds.add(request.forgetAtMillis(), request.requestId());
    }

    void dropRequest(RequestRecord request) {
        requests = requests.in(edit);
        requests.remove(request.requestId());
        requestEnds = requestEnds.in(edit);
        requestEnds.remove(request.forgetAtMillis(), request.requestId());
    }

    // ---- what is kept for a mirror

    void putOutbox(OutboxEntry entry) {
        outbox = outbox.in(edit);
        outbox.put(entry);
    }

    /** Takes an entry out that is there. */
    void removeOutbox(OutboxEntry entry) {
        outbox = outbox.in(edit);
        outbox.remove(entry);
    }

    void clearOutbox() {
        outbox = new Outbox(edit);
    }

    // ---- what tasks are found by

    private void reindex(String id, @Nullable Task before, @Nullable Task after) {
        reindexState(id, before, after);
        reindexQueue(id, before, after);
        long leaseEnded = before == null ? Long.MAX_VALUE : before.leaseExpiresAtMillis();
        long leaseEnds = after == null ? Long.MAX_VALUE : after.leaseExpiresAtMillis();
        if (leaseEnded != leaseEnds) {
            this.leaseEnds = moved(this.leaseEnds, id, leaseEnded, leaseEnds);
        }
        if (before == null
                || after == null
                || before.spec().labels() != after.spec().labels()) {
            reindexLabels(id, before, after);
        }
        if (before == null || after == null || before.parts() != after.parts()) {
            reindexNodes(id, before, after);
        }
    }

    private void reindexState(String id, @Nullable Task before, @Nullable Task after) {
        if (before == null || after == null || before.state() != after.state()) {
            if (before != null) {
                int state = before.state().code();
                byState[state] = byState[state].in(edit);
                byState[state].remove(before.createdAtMillis(), id);
            }
            if (after != null) {
                int state = after.state().code();
                byState[state] = byState[state].in(edit);
                byState[state].add(after.createdAtMillis(), id);
            }
        }
        boolean wasFinal = before != null && before.state().isFinal();
        boolean isFinal = after != null && after.state().isFinal();
        if (!wasFinal && !isFinal) {
            return;
        }
        if (before != null && wasFinal) {
            int state = before.state().code();
            finished[state] = finished[state].in(edit);
            finished[state].remove(before.finishedAtMillis(), id);
        }
        if (after != null && isFinal) {
            int state = after.state().code();
            finished[state] = finished[state].in(edit);
            finished[state].add(after.finishedAtMillis(), id);
        }
        retentionEnds = moved(
                retentionEnds,
                id,
                before == null ? Long.MAX_VALUE : before.expiresAtMillis(),
                after == null ? Long.MAX_VALUE : after.expiresAtMillis());
    }

    /** {@link Long#MAX_VALUE} is no place at all. */
    private OrderedNames moved(OrderedNames shared, String id, long from, long to) {
        if (from == to) {
            return shared;
        }
        OrderedNames tree = shared.in(edit);
        if (from != Long.MAX_VALUE) {
            tree.remove(from, id);
        }
        if (to != Long.MAX_VALUE) {
            tree.add(to, id);
        }
        return tree;
    }

    private void reindexQueue(String id, @Nullable Task before, @Nullable Task after) {
        boolean was = before != null && before.isClaimable();
        boolean is = after != null && after.isClaimable();
        if (before != null && after != null && was && is) {
            if (before.spec().queue().equals(after.spec().queue()) && claimOrder(before) == claimOrder(after)) {
                return;
            }
        }
        if (before != null && was) {
            queues = without(queues, before.spec().queue(), claimOrder(before), id);
        }
        if (after != null && is) {
            queues = with(queues, after.spec().queue(), claimOrder(after), id);
        }
    }

    private static long claimOrder(Task task) {
        return claimOrder(task.spec().priority(), task.dueAtMillis());
    }

    private void reindexLabels(String id, @Nullable Task before, @Nullable Task after) {
        if (before != null) {
            for (Map.Entry<String, String> label : before.spec().labels().entrySet()) {
                labels = without(labels, label(label.getKey(), label.getValue()), before.createdAtMillis(), id);
            }
        }
        if (after != null) {
            for (Map.Entry<String, String> label : after.spec().labels().entrySet()) {
                labels = with(labels, label(label.getKey(), label.getValue()), after.createdAtMillis(), id);
            }
        }
    }

    private void reindexNodes(String id, @Nullable Task before, @Nullable Task after) {
        if (before != null
                && after != null
                && before.parts().keySet().equals(after.parts().keySet())) {
            return;
        }
        if (before != null) {
            for (String node : before.parts().keySet()) {
                nodes = without(nodes, node, before.createdAtMillis(), id);
            }
        }
        if (after != null) {
            for (String node : after.parts().keySet()) {
                nodes = with(nodes, node, after.createdAtMillis(), id);
            }
        }
    }

    private HashTrie<Index> with(HashTrie<Index> shared, String value, long key, String id) {
        HashTrie<Index> indexes = shared.in(edit);
        Index index = indexes.get(value);
        OrderedNames ids = index == null ? new OrderedNames(edit) : index.ids().in(edit);
        if (index == null || ids != index.ids()) {
            indexes.put(new Index(index == null ? value : index.name(), ids));
        }
        ids.add(key, id);
        return indexes;
    }

    private HashTrie<Index> without(HashTrie<Index> shared, String value, long key, String id) {
        HashTrie<Index> indexes = shared.in(edit);
        Index index = indexes.get(value);
        if (index == null) {
            throw new IllegalStateException("nothing is kept for " + value);
        }
        OrderedNames ids = index.ids().in(edit);
        ids.remove(key, id);
        if (ids.size() == 0) {
            indexes.remove(value);
        } else if (ids != index.ids()) {
            indexes.put(new Index(index.name(), ids));
        }
        return indexes;
    }
}
