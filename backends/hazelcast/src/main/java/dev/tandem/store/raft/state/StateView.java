package dev.tandem.store.raft.state;

import dev.tandem.store.Change;
import dev.tandem.store.Cursor;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A group's records as they were at one moment. Immutable: read on any thread, for as long as one likes, at the cost of
 * the memory of what has changed since.
 */
public final class StateView {
    private final HashTrie<Space> spaces;

    StateView(HashTrie<Space> spaces) {
        this.spaces = spaces;
    }

    HashTrie<Space> spaces() {
        return spaces;
    }

    private @Nullable Space space(String namespace) {
        return spaces.get(namespace);
    }

    /** The task; null if there is none. */
    public @Nullable Task task(String namespace, String id) {
        Space space = space(namespace);
        return space == null ? null : space.task(id);
    }

    /** The leader's lease; null if nobody has held it. */
    public @Nullable LeaderLease lease(String namespace, String scope) {
        Space space = space(namespace);
        return space == null ? null : space.leases.get(scope);
    }

    /** Whether a request would be recognised by a command of this time. */
    public boolean hasRequest(String namespace, String requestId, long atMillis) {
        Space space = space(namespace);
        RequestRecord seen = space == null ? null : space.requests.get(requestId);
        return space != null && seen != null && seen.forgetAtMillis() > Math.max(space.timeMillis, atMillis);
    }

    /** The newest version that the namespace has given. */
    public long lastVersion(String namespace) {
        Space space = space(namespace);
        return space == null ? 0 : space.lastVersion;
    }

    /** The namespaces with a task or a leader's lease, in no order. */
    public List<String> namespaces() {
        List<String> names = new ArrayList<>();
        HashTrie.Walk<Space> walk = spaces.all();
        for (Space space = walk.next(); space != null; space = walk.next()) {
            if (space.tasks.size() > 0 || space.leases.size() > 0) {
                names.add(space.name);
            }
        }
        return names;
    }

    /** A list that is read in steps; it needs one task more than the page has, to know whether there are more. */
    public TaskScan list(TaskQuery.ListTasks query) {
        return new TaskScan(
                space(query.namespace()), query.filter(), query.newestFirst(), query.after(), query.limit() + 1);
    }

    /** A count that is made in steps. */
    public TaskScan scan(String namespace, TaskFilter filter) {
        return new TaskScan(space(namespace), filter, false, null, 0);
    }

    /** One page of all that the namespace holds. */
    public ScanPage scan(TaskQuery.Scan query) {
        Space space = space(query.namespace());
        return space == null
                ? new ScanPage(List.of(), null, new Cursor(List.of(0L)), 0, List.of())
                : RecordScan.page(space, query.after(), query.limit());
    }

    /** The namespace's gate; {@link Gate#FIRST} if the group has never seen it. */
    public Gate gate(String namespace) {
        Space space = space(namespace);
        return space == null ? Gate.FIRST : space.gate;
    }

    /** The beginning of the outbox: as much as a mirror takes at once. */
    public OutboxPage outbox(TaskQuery.Outbox query) {
        Space space = space(query.namespace());
        return space == null
                ? new OutboxPage(List.of(), List.of(), false, 0, 0)
                : RecordScan.outbox(space, query.limit());
    }

    /** How many tasks there are of each state, whatever else they are. */
    public TaskCounts countByState(String namespace, TaskFilter filter) {
        Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);
        Space space = space(namespace);
        for (TaskState state : TaskState.values()) {
            if (space != null
                    && space.byState[state.code()].size() > 0
                    && (filter.states().isEmpty() || filter.states().contains(state))) {
                counts.put(state, (long) space.byState[state.code()].size());
            }
        }
        return new TaskCounts(counts);
    }

    /**
     * What a namespace's tasks have changed to.
     *
     * @param changes in the order of their versions
     * @param next the version to go on from
     * @param isExpired whether deletions since {@code from} may have been forgotten, or it was never reached here
     */
    public record Changes(List<Change> changes, long next, boolean more, boolean isExpired) {}

    /** The changes after a version: up to {@code limit}, and until their tasks come to a page's bytes. */
    public Changes changes(String namespace, long from, int limit) {
        Space space = space(namespace);
        long last = space == null ? 0 : space.lastVersion;
        if (from > last || from < (space == null ? 0 : space.forgottenVersion)) {
            return new Changes(List.of(), from, false, true);
        }
        List<Change> found = new ArrayList<>();
        if (space == null) {
            return new Changes(found, from, false, false);
        }
        long next = from;
        long bytes = 0;
        ChangeLog.Walk walk = space.changes.from(from + 1);
        while (walk.next()) {
            Object changed = space.changed(walk.version(), walk.id());
            if (changed == null) {
                continue;
            }
            if (found.size() == limit || bytes >= Limits.PAGE_BYTES_MAX) {
                return new Changes(List.copyOf(found), next, true, false);
            }
            next = walk.version();
            if (changed instanceof Task task) {
                found.add(Change.written(task));
                bytes += task.contentBytes();
            } else {
                Tombstone tombstone = (Tombstone) changed;
                found.add(Change.deleted(tombstone.id(), next, tombstone.atMillis()));
            }
        }
        return new Changes(List.copyOf(found), last, false, false);
    }
}
