package dev.tandem.store.raft.state;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that a group has of one namespace, and the trees that it is found by.
 *
 * <p>Belongs to the edit that it was made in, and is changed in that alone; after it, everybody may read it.
 */
final class Space {
    /** Codes of states begin with 1. */
    private static final int STATE_CODES = TaskState.values().length + 1;

    private static final int DUE_BITS = 48;
    private static final OrderedTree.Naming<String> ITSELF = name -> name;

    final String name;
    private final Edit edit;
    long timeMillis;
    long lastVersion;
    /** The newest version of a tombstone that is no longer kept. */
    long forgottenVersion;

    /** By {@link #hash} of the id. */
    OrderedTree<Task> tasks;
    /** Tasks and tombstones, each by its version. */
    OrderedTree<Object> versions;

    OrderedTree<Tombstone> tombstones;
    /** Ids, by the time of the deletion. */
    OrderedTree<String> deletions;
    /** For each state's code: ids, by creation. */
    final OrderedTree<String>[] byState;
    /** For each final state's code: ids, by finish. */
    final OrderedTree<String>[] finished;

    OrderedTree<String> leaseEnds;
    OrderedTree<String> retentionEnds;
    /** By {@link #hash} of the name; ids by {@link #claimOrder}. */
    OrderedTree<Index> queues;
    /** Ids by creation. */
    OrderedTree<Index> labels;

    OrderedTree<Index> nodes;
    OrderedTree<LeaderLease> leases;
    OrderedTree<String> leaderEnds;
    OrderedTree<RequestRecord> requests;
    OrderedTree<String> requestEnds;

    @SuppressWarnings({"unchecked", "rawtypes"}) // There are no arrays of generic types.
    Space(String name, Edit edit) {
        this.name = name;
        this.edit = edit;
        tasks = new OrderedTree<>(Task::id, edit);
        versions = new OrderedTree<>(any -> "", edit);
        tombstones = new OrderedTree<>(Tombstone::id, edit);
        deletions = new OrderedTree<>(ITSELF, edit);
        byState = new OrderedTree[STATE_CODES];
        finished = new OrderedTree[STATE_CODES];
        for (int state = 0; state < STATE_CODES; state++) {
            byState[state] = new OrderedTree<>(ITSELF, edit);
            finished[state] = new OrderedTree<>(ITSELF, edit);
        }
        leaseEnds = new OrderedTree<>(ITSELF, edit);
        retentionEnds = new OrderedTree<>(ITSELF, edit);
        queues = new OrderedTree<>(Index::name, edit);
        labels = new OrderedTree<>(Index::name, edit);
        nodes = new OrderedTree<>(Index::name, edit);
        leases = new OrderedTree<>(LeaderLease::scope, edit);
        leaderEnds = new OrderedTree<>(ITSELF, edit);
        requests = new OrderedTree<>(RequestRecord::requestId, edit);
        requestEnds = new OrderedTree<>(ITSELF, edit);
    }

    private Space(Space from, Edit edit) {
        this.name = from.name;
        this.edit = edit;
        timeMillis = from.timeMillis;
        lastVersion = from.lastVersion;
        forgottenVersion = from.forgottenVersion;
        tasks = from.tasks;
        versions = from.versions;
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

    /** The number that a name is kept under. It spreads names, and is the same everywhere. */
    static long hash(String name) {
        return name.hashCode() * 0x9E37_79B9_7F4A_7C15L;
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
        return tasks.get(hash(id), id);
    }

    private void move(long version) {
        if (version <= lastVersion) {
            throw new IllegalStateException("version " + version + " comes after " + lastVersion);
        }
        lastVersion = version;
    }

    // ---- changes

    /** Takes a task in whatever its version; for a space that is being made. */
    void load(Task task) {
        lastVersion = 0;
        put(null, task);
    }

    void load(LeaderLease lease) {
        lastVersion = 0;
        putLease(lease);
    }

    void put(@Nullable Task before, Task after) {
        move(after.version());
        String id = after.id();
        if (before == null) {
            dropTombstone(id);
        }
        tasks = tasks.in(edit);
        if (!Objects.equals(tasks.put(hash(id), after), before)) {
            throw new IllegalStateException("put over another record than the one that was read: " + id);
        }
        versions = versions.in(edit);
        if (before != null) {
            versions.remove(before.version(), "");
        }
        versions.put(after.version(), after);
        reindex(id, before, after);
    }

    void delete(Task before, long version, long atMillis) {
        move(version);
        String id = before.id();
        tasks = tasks.in(edit);
        if (!before.equals(tasks.remove(hash(id), id))) {
            throw new IllegalStateException("deleted another record than the one that was read: " + id);
        }
        versions = versions.in(edit);
        versions.remove(before.version(), "");
        reindex(id, before, null);
        putTombstone(new Tombstone(id, version, atMillis));
    }

    void putTombstone(Tombstone tombstone) {
        versions = versions.in(edit);
        versions.put(tombstone.version(), tombstone);
        tombstones = tombstones.in(edit);
        tombstones.put(hash(tombstone.id()), tombstone);
        deletions = deletions.in(edit);
        deletions.put(tombstone.atMillis(), tombstone.id());
    }

    @Nullable
    Tombstone dropTombstone(String id) {
        if (tombstones.size() == 0) {
            return null;
        }
        tombstones = tombstones.in(edit);
        Tombstone dropped = tombstones.remove(hash(id), id);
        if (dropped != null) {
            versions = versions.in(edit);
            versions.remove(dropped.version(), "");
            deletions = deletions.in(edit);
            deletions.remove(dropped.atMillis(), id);
        }
        return dropped;
    }

    void putLease(LeaderLease lease) {
        move(lease.version());
        leases = leases.in(edit);
        LeaderLease before = leases.put(hash(lease.scope()), lease);
        leaderEnds = leaderEnds.in(edit);
        if (before != null) {
            leaderEnds.remove(before.expiresAtMillis(), before.scope());
        }
        leaderEnds.put(lease.expiresAtMillis(), lease.scope());
    }

    void dropLease(LeaderLease lease) {
        leases = leases.in(edit);
        leases.remove(hash(lease.scope()), lease.scope());
        leaderEnds = leaderEnds.in(edit);
        leaderEnds.remove(lease.expiresAtMillis(), lease.scope());
    }

    void putRequest(RequestRecord request) {
        requests = requests.in(edit);
        RequestRecord before = requests.put(hash(request.requestId()), request);
        requestEnds = requestEnds.in(edit);
        if (before != null) {
            requestEnds.remove(before.forgetAtMillis(), before.requestId());
        }
        requestEnds.put(request.forgetAtMillis(), request.requestId());
    }

    void dropRequest(RequestRecord request) {
        requests = requests.in(edit);
        requests.remove(hash(request.requestId()), request.requestId());
        requestEnds = requestEnds.in(edit);
        requestEnds.remove(request.forgetAtMillis(), request.requestId());
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
                || !before.spec().labels().equals(after.spec().labels())) {
            reindexLabels(id, before, after);
        }
        if (before == null || after == null || !before.parts().equals(after.parts())) {
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
                byState[state].put(after.createdAtMillis(), id);
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
            finished[state].put(after.finishedAtMillis(), id);
        }
        retentionEnds = moved(
                retentionEnds,
                id,
                before == null ? Long.MAX_VALUE : before.expiresAtMillis(),
                after == null ? Long.MAX_VALUE : after.expiresAtMillis());
    }

    /** {@link Long#MAX_VALUE} is no place at all. */
    private OrderedTree<String> moved(OrderedTree<String> shared, String id, long from, long to) {
        if (from == to) {
            return shared;
        }
        OrderedTree<String> tree = shared.in(edit);
        if (from != Long.MAX_VALUE) {
            tree.remove(from, id);
        }
        if (to != Long.MAX_VALUE) {
            tree.put(to, id);
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

    private OrderedTree<Index> with(OrderedTree<Index> shared, String value, long key, String id) {
        OrderedTree<Index> indexes = shared.in(edit);
        Index index = indexes.get(hash(value), value);
        OrderedTree<String> ids =
                index == null ? new OrderedTree<>(ITSELF, edit) : index.ids().in(edit);
        if (index == null || ids != index.ids()) {
            indexes.put(hash(value), new Index(index == null ? value : index.name(), ids));
        }
        ids.put(key, id);
        return indexes;
    }

    private OrderedTree<Index> without(OrderedTree<Index> shared, String value, long key, String id) {
        OrderedTree<Index> indexes = shared.in(edit);
        Index index = indexes.get(hash(value), value);
        if (index == null) {
            throw new IllegalStateException("nothing is kept for " + value);
        }
        OrderedTree<String> ids = index.ids().in(edit);
        ids.remove(key, id);
        if (ids.size() == 0) {
            indexes.remove(hash(value), value);
        } else if (ids != index.ids()) {
            indexes.put(hash(value), new Index(index.name(), ids));
        }
        return indexes;
    }
}
