package dev.tandem.bench.micro;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.TaskTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One namespace's records in memory, with an index for each question that {@link TaskTable} asks: what a state machine
 * on one thread would keep.
 *
 * <p>It stands on mutable maps, so that a snapshot of it can't be taken while it works; a state machine that must do
 * that pays for persistent maps on top of what is measured here. Tombstones are counted, not kept.
 */
final class MemoryTable implements TaskTable {
    /** A record's place in the indexes: it stays when the record is replaced by one with the same keys. */
    private static final class Slot {
        Task task;

        Slot(Task task) {
            this.task = task;
        }
    }

    // Written out, because a chain of comparators costs a call through an interface for each key of each step.
    private static final Comparator<Slot> BY_TURN = (a, b) -> {
        int priority = Integer.compare(b.task.spec().priority(), a.task.spec().priority());
        return priority != 0 ? priority : byTime(a.task.dueAtMillis(), b.task.dueAtMillis(), a, b);
    };
    private static final Comparator<Slot> BY_DUE = (a, b) -> byTime(a.task.dueAtMillis(), b.task.dueAtMillis(), a, b);
    private static final Comparator<Slot> BY_LEASE =
            (a, b) -> byTime(a.task.leaseExpiresAtMillis(), b.task.leaseExpiresAtMillis(), a, b);
    private static final Comparator<Slot> BY_END_OF_RETENTION =
            (a, b) -> byTime(a.task.expiresAtMillis(), b.task.expiresAtMillis(), a, b);
    private static final Comparator<Slot> BY_FINISH =
            (a, b) -> byTime(a.task.finishedAtMillis(), b.task.finishedAtMillis(), a, b);

    private static int byTime(long aMillis, long bMillis, Slot a, Slot b) {
        int time = Long.compare(aMillis, bMillis);
        return time != 0 ? time : a.task.id().compareTo(b.task.id());
    }

    /** The claimable tasks of one queue: those whose time has come in the order of their turn, the others by time. */
    private static final class Queue {
        final TreeSet<Slot> ready = new TreeSet<>(BY_TURN);
        final TreeSet<Slot> scheduled = new TreeSet<>(BY_DUE);

        void promote(long atMillis) {
            while (!scheduled.isEmpty() && scheduled.first().task.dueAtMillis() <= atMillis) {
                ready.add(scheduled.pollFirst());
            }
        }
    }

    private final Map<String, Slot> slots = new HashMap<>();
    private final Map<String, Queue> queues = new HashMap<>();
    private final TreeSet<Slot> leased = new TreeSet<>(BY_LEASE);
    private final TreeSet<Slot> finished = new TreeSet<>(BY_END_OF_RETENTION);
    private final Map<TaskState, TreeSet<Slot>> finishedByState = new EnumMap<>(TaskState.class);
    private final Map<String, LeaderLease> leases = new HashMap<>();
    private final Map<String, RequestRecord> requests = new HashMap<>();
    private long timeMillis;
    private long version;

    int size() {
        return slots.size();
    }

    @Override
    public long advanceTime(String namespace, long atMillis) {
        timeMillis = Math.max(timeMillis, atMillis);
        return timeMillis;
    }

    @Override
    public long nextVersion(String namespace) {
        return version + 1;
    }

    @Override
    public @Nullable Task task(String namespace, String id) {
        Slot slot = slots.get(id);
        return slot == null ? null : slot.task;
    }

    @Override
    public void put(@Nullable Task before, Task after) {
        version = after.version();
        if (before == null) {
            Slot slot = new Slot(after);
            slots.put(after.id(), slot);
            index(slot);
            return;
        }
        Slot slot = slots.get(before.id());
        if (sameKeys(before, after)) {
            slot.task = after;
        } else {
            unindex(slot);
            slot.task = after;
            index(slot);
        }
    }

    private static boolean sameKeys(Task before, Task after) {
        return before.state() == after.state()
                && before.dueAtMillis() == after.dueAtMillis()
                && before.leaseExpiresAtMillis() == after.leaseExpiresAtMillis()
                && before.expiresAtMillis() == after.expiresAtMillis()
                && before.spec().priority() == after.spec().priority()
                && before.spec().queue().equals(after.spec().queue());
    }

    private void index(Slot slot) {
        Task task = slot.task;
        if (task.isClaimable()) {
            Queue queue = queues.computeIfAbsent(task.spec().queue(), name -> new Queue());
            (task.dueAtMillis() <= timeMillis ? queue.ready : queue.scheduled).add(slot);
        } else if (task.lease() != null) {
            leased.add(slot);
        } else if (task.state().isFinal()) {
            finished.add(slot);
            finishedByState
                    .computeIfAbsent(task.state(), state -> new TreeSet<>(BY_FINISH))
                    .add(slot);
        }
    }

    private void unindex(Slot slot) {
        Task task = slot.task;
        if (task.isClaimable()) {
            Queue queue = queues.get(task.spec().queue());
            if (!queue.ready.remove(slot)) {
                queue.scheduled.remove(slot);
            }
        } else if (task.lease() != null) {
            leased.remove(slot);
        } else if (task.state().isFinal()) {
            finished.remove(slot);
            finishedByState.get(task.state()).remove(slot);
        }
    }

    @Override
    public void delete(Task before, long tombstoneVersion, long atMillis) {
        version = tombstoneVersion;
        unindex(slots.remove(before.id()));
    }

    @Override
    public List<Task> claimable(String namespace, List<String> queueNames, long atMillis, int limit) {
        if (queueNames.size() != 1) {
            throw new UnsupportedOperationException("the benchmarks claim from one queue");
        }
        Queue queue = queues.get(queueNames.get(0));
        if (queue == null) {
            return List.of();
        }
        queue.promote(atMillis);
        return first(queue.ready, limit, null);
    }

    @Override
    public List<Task> leasesExpired(String namespace, long atMillis, int limit) {
        return first(leased, limit, slot -> slot.task.leaseExpiresAtMillis() <= atMillis);
    }

    @Override
    public List<Task> retentionOver(String namespace, long atMillis, int limit) {
        return first(finished, limit, slot -> slot.task.expiresAtMillis() <= atMillis);
    }

    @Override
    public List<Task> finishedBefore(String namespace, Set<TaskState> states, long beforeMillis, int limit) {
        TreeSet<Slot> all = new TreeSet<>(BY_FINISH);
        for (TaskState state : states) {
            all.addAll(finishedByState.getOrDefault(state, new TreeSet<>(BY_FINISH)));
        }
        return first(all, limit, slot -> slot.task.finishedAtMillis() < beforeMillis);
    }

    private static List<Task> first(
            SortedSet<Slot> slots, int limit, java.util.function.@Nullable Predicate<Slot> until) {
        if (slots.isEmpty() || limit <= 0) {
            return List.of();
        }
        List<Task> tasks = new ArrayList<>(Math.min(limit, 16));
        for (Iterator<Slot> each = slots.iterator(); tasks.size() < limit && each.hasNext(); ) {
            Slot slot = each.next();
            if (until != null && !until.test(slot)) {
                break;
            }
            tasks.add(slot.task);
        }
        return tasks;
    }

    @Override
    public long nextDueMillis(String namespace, List<String> queueNames, long atMillis) {
        long next = leased.isEmpty() ? Long.MAX_VALUE : leased.first().task.leaseExpiresAtMillis();
        for (String name : queueNames) {
            Queue queue = queues.get(name);
            if (queue != null && !queue.scheduled.isEmpty()) {
                next = Math.min(next, queue.scheduled.first().task.dueAtMillis());
            }
        }
        return next;
    }

    @Override
    public @Nullable LeaderLease lease(String namespace, String scope) {
        return leases.get(scope);
    }

    @Override
    public void putLease(LeaderLease lease) {
        version = Math.max(version, lease.version());
        leases.put(lease.scope(), lease);
    }

    @Override
    public @Nullable RequestRecord request(String namespace, String requestId) {
        return requests.get(requestId);
    }

    @Override
    public void putRequest(String namespace, RequestRecord request) {
        requests.put(request.requestId(), request);
    }

    @Override
    public boolean forget(String namespace, long atMillis, int limit) {
        int dropped = 0;
        for (Iterator<RequestRecord> each = requests.values().iterator();
                dropped < Math.min(limit, Limits.SWEEP_MAX) && each.hasNext(); ) {
            if (each.next().forgetAtMillis() <= atMillis) {
                each.remove();
                dropped++;
            }
        }
        return dropped == limit;
    }
}
