package dev.tandem.store.raft.state;

import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.TaskTable;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A group's records, as commands change them.
 *
 * <p>{@link #view} gives all that there is at that moment, in no time and as often as wanted; what is changed later does
 * not show in it. Used by one thread at a time.
 */
public final class StateTable implements TaskTable {
    private final long tombstoneKeepMillis;
    private Edit edit = new Edit();
    private HashTrie<Space> spaces = new HashTrie<>(space -> space.name, edit);
    /** The one that was changed last, in this edit. */
    private @Nullable Space current;

    /** @param tombstoneKeepMillis how long deletions are remembered, the same on all members */
    public StateTable(long tombstoneKeepMillis) {
        this.tombstoneKeepMillis = tombstoneKeepMillis;
    }

    /** The same records as a view has. */
    public StateTable(long tombstoneKeepMillis, StateView view) {
        this(tombstoneKeepMillis);
        spaces = view.spaces();
    }

    /** All records as they are now. */
    public StateView view() {
        StateView view = new StateView(spaces);
        edit = new Edit();
        current = null;
        return view;
    }

    private @Nullable Space find(String namespace) {
        Space last = current;
        return last != null && last.name.equals(namespace) ? last : spaces.get(namespace);
    }

    /** The namespace, to be changed. */
    private Space space(String namespace) {
        Space last = current;
        if (last != null && last.name.equals(namespace)) {
            return last;
        }
        spaces = spaces.in(edit);
        Space known = spaces.get(namespace);
        Space own = known == null ? new Space(namespace, edit) : known.in(edit);
        if (own != known) {
            spaces.put(own);
        }
        current = own;
        return own;
    }

    @Override
    public Gate gate(String namespace) {
        Space space = find(namespace);
        return space == null ? Gate.FIRST : space.gate;
    }

    @Override
    public void putGate(String namespace, Gate gate) {
        space(namespace).gate = gate;
    }

    @Override
    public void putOutbox(String namespace, OutboxEntry entry) {
        space(namespace).putOutbox(entry);
    }

    @Override
    public boolean removeOutbox(String namespace, OutboxEntry entry) {
        Space space = find(namespace);
        if (space == null || !space.outbox.has(entry)) {
            return false;
        }
        space(namespace).removeOutbox(entry);
        return true;
    }

    @Override
    public void clearOutbox(String namespace) {
        space(namespace).clearOutbox();
    }

    @Override
    public long advanceTime(String namespace, long atMillis) {
        Space space = space(namespace);
        space.timeMillis = Math.max(space.timeMillis, atMillis);
        return space.timeMillis;
    }

    @Override
    public long nextVersion(String namespace) {
        Space space = find(namespace);
        return space == null ? 1 : space.lastVersion + 1;
    }

    @Override
    public @Nullable Task task(String namespace, String id) {
        Space space = find(namespace);
        return space == null ? null : space.task(id);
    }

    @Override
    public void put(@Nullable Task before, Task after) {
        space(after.namespace()).put(before, after);
    }

    @Override
    public void delete(Task before, long version, long atMillis) {
        space(before.namespace()).delete(before, version, atMillis);
    }

    // ---- records of another store

    @Override
    public @Nullable Tombstone tombstone(String namespace, String id) {
        Space space = find(namespace);
        return space == null ? null : space.tombstones.get(id);
    }

    @Override
    public void mirror(@Nullable Task before, Task after) {
        space(after.namespace()).mirror(before, after);
    }

    @Override
    public void mirror(String namespace, @Nullable Task before, Tombstone after) {
        space(namespace).bury(before, after);
    }

    @Override
    public void mirror(LeaderLease lease) {
        space(lease.namespace()).replace(lease);
    }

    @Override
    public void skipTo(String namespace, long version) {
        space(namespace).move(version);
    }

    @Override
    public void restart(String namespace, long version) {
        space(namespace).restart(version);
    }

    // ---- what is to be done

    /** One queue's tasks that are due, in the order of claims. */
    private static final class DueTasks {
        private final OrderedNames ids;
        private final long atMillis;
        private OrderedNames.Walk walk;
        private @Nullable String id;

        DueTasks(OrderedNames ids, long atMillis) {
            this.ids = ids;
            this.atMillis = atMillis;
            this.walk = ids.from(0, "");
            advance();
        }

        /** Within a priority, the first that is not due ends it. */
        void advance() {
            id = walk.next();
            while (id != null && Space.dueOf(walk.number()) > atMillis) {
                walk = ids.from(Space.nextPriority(walk.number()), "");
                id = walk.next();
            }
        }

        boolean isBefore(DueTasks other) {
            String one = id;
            String two = other.id;
            if (one == null || two == null) {
                return two == null;
            }
            return walk.number() != other.walk.number() ? walk.number() < other.walk.number() : one.compareTo(two) < 0;
        }
    }

    @Override
    public List<Task> claimable(String namespace, List<String> queues, long atMillis, int limit) {
        Space space = find(namespace);
        List<Task> due = new ArrayList<>();
        if (space == null) {
            return due;
        }
        List<DueTasks> sources = new ArrayList<>();
        for (String queue : new LinkedHashSet<>(queues)) {
            Index index = space.queues.get(queue);
            if (index != null) {
                sources.add(new DueTasks(index.ids(), atMillis));
            }
        }
        while (due.size() < limit && !sources.isEmpty()) {
            DueTasks first = sources.get(0);
            for (int i = 1; i < sources.size(); i++) {
                first = first.isBefore(sources.get(i)) ? first : sources.get(i);
            }
            String id = first.id;
            if (id == null) {
                break;
            }
            due.add(there(space, id));
            first.advance();
        }
        return due;
    }

    private static Task there(Space space, String id) {
        Task task = space.task(id);
        if (task == null) {
            throw new IllegalStateException("there is no task " + id + " where one was indexed");
        }
        return task;
    }

    @Override
    public long nextDueMillis(String namespace, List<String> queues, long atMillis) {
        Space space = find(namespace);
        if (space == null) {
            return Long.MAX_VALUE;
        }
        long next = Long.MAX_VALUE;
        OrderedNames.Walk leases = space.leaseEnds.from(atMillis + 1, "");
        if (leases.next() != null) {
            next = leases.number();
        }
        for (String queue : queues) {
            Index index = space.queues.get(queue);
            if (index != null) {
                next = Math.min(next, nextDueMillis(index.ids(), atMillis));
            }
        }
        return next;
    }

    /** From priority to priority, the first of each that is not due yet. */
    private static long nextDueMillis(OrderedNames ids, long atMillis) {
        long next = Long.MAX_VALUE;
        OrderedNames.Walk walk = ids.from(0, "");
        while (walk.next() != null) {
            if (Space.dueOf(walk.number()) <= atMillis) {
                walk = ids.from(walk.number() - Space.dueOf(walk.number()) + atMillis + 1, "");
            } else {
                next = Math.min(next, Space.dueOf(walk.number()));
                walk = ids.from(Space.nextPriority(walk.number()), "");
            }
        }
        return next;
    }

    private static List<Task> upTo(Space space, OrderedNames ids, long untilMillis, int limit) {
        List<String> due = upTo(ids, untilMillis, limit);
        List<Task> found = new ArrayList<>(due.size());
        for (String id : due) {
            found.add(there(space, id));
        }
        return found;
    }

    @Override
    public List<Task> leasesExpired(String namespace, long atMillis, int limit) {
        Space space = find(namespace);
        return space == null ? List.of() : upTo(space, space.leaseEnds, atMillis, limit);
    }

    @Override
    public List<Task> retentionOver(String namespace, long atMillis, int limit) {
        Space space = find(namespace);
        return space == null ? List.of() : upTo(space, space.retentionEnds, atMillis, limit);
    }

    @Override
    public List<Task> finishedBefore(String namespace, Set<TaskState> states, long beforeMillis, int limit) {
        Space space = find(namespace);
        List<Task> found = new ArrayList<>();
        if (space == null || beforeMillis == Long.MIN_VALUE) {
            return found;
        }
        for (TaskState state : states) {
            found.addAll(upTo(space, space.finished[state.code()], beforeMillis - 1, limit));
        }
        found.sort(Comparator.comparingLong(Task::finishedAtMillis).thenComparing(Task::id));
        return found.size() <= limit ? found : List.copyOf(found.subList(0, limit));
    }

    // ---- leases, requests, and what is forgotten

    @Override
    public @Nullable LeaderLease lease(String namespace, String scope) {
        Space space = find(namespace);
        return space == null ? null : space.leases.get(scope);
    }

    @Override
    public void putLease(LeaderLease lease) {
        space(lease.namespace()).putLease(lease);
    }

    @Override
    public @Nullable RequestRecord request(String namespace, String requestId) {
        Space space = find(namespace);
        return space == null ? null : space.requests.get(requestId);
    }

    @Override
    public void putRequest(String namespace, RequestRecord request) {
        space(namespace).putRequest(request);
    }

    @Override
    public boolean forget(String namespace, long atMillis, int limit) {
        Space space = space(namespace);
        long endedBy = atMillis - tombstoneKeepMillis;
        List<String> requests = upTo(space.requestEnds, atMillis, limit + 1);
        for (String id : upToLimit(requests, limit)) {
            RequestRecord request = space.requests.get(id);
            if (request != null) {
                space.dropRequest(request);
            }
        }
        List<String> leases = upTo(space.leaderEnds, endedBy, limit + 1);
        for (String scope : upToLimit(leases, limit)) {
            LeaderLease lease = space.leases.get(scope);
            if (lease != null) {
                space.dropLease(lease);
            }
        }
        List<Tombstone> deletions =
                RecordScan.tombstones(space, ScanPosition.begin(RecordKind.TOMBSTONE), endedBy, limit + 1);
        for (Tombstone tombstone : deletions.subList(0, Math.min(limit, deletions.size()))) {
            space.dropTombstone(tombstone.id());
            space.forgottenVersion = Math.max(space.forgottenVersion, tombstone.version());
        }
        return requests.size() > limit || leases.size() > limit || deletions.size() > limit;
    }

    private static List<String> upTo(OrderedNames names, long untilMillis, int limit) {
        if (names.firstNumber() > untilMillis) {
            return List.of();
        }
        List<String> found = new ArrayList<>();
        OrderedNames.Walk walk = names.from(Long.MIN_VALUE, "");
        for (String name = walk.next(); name != null; name = walk.next()) {
            if (walk.number() > untilMillis || found.size() == limit) {
                break;
            }
            found.add(name);
        }
        return found;
    }

    private static List<String> upToLimit(List<String> names, int limit) {
        return names.size() <= limit ? names : names.subList(0, limit);
    }
}
