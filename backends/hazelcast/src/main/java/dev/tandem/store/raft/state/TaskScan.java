package dev.tandem.store.raft.state;

import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.task.Limits;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes over the tasks of a view that fit a filter, by creation time and id, in steps as long as the caller has time for.
 * Looks at the fewest that one of the indexes allows. Used by one thread at a time.
 */
public final class TaskScan {
    /** Ids of one index, and the one that is next. */
    private static final class Source {
        private final OrderedNames.Walk walk;
        private @Nullable String id;

        Source(OrderedNames ids, ListPosition begin, boolean isBackwards) {
            walk = isBackwards
                    ? ids.before(begin.createdAtMillis(), begin.id())
                    : ids.from(begin.createdAtMillis(), begin.id());
            id = walk.next();
        }

        int compareTo(Source other, String one, String two) {
            int byTime = Long.compare(walk.number(), other.walk.number());
            return byTime != 0 ? byTime : one.compareTo(two);
        }
    }

    private final @Nullable Space space;
    private final TaskFilter filter;
    private final boolean isBackwards;
    private final int limit;
    private final List<Source> sources = new ArrayList<>();
    private final List<Task> found = new ArrayList<>();
    private final Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);
    private long bytes;
    private boolean isDone;

    /** @param limit how many tasks are gathered at most; 0 to count them only */
    TaskScan(@Nullable Space space, TaskFilter filter, boolean isBackwards, @Nullable ListPosition after, int limit) {
        this.space = space;
        this.filter = filter;
        this.isBackwards = isBackwards;
        this.limit = limit;
        this.isDone = space == null;
        if (space != null) {
            ListPosition begin = begin(after);
            for (OrderedNames ids : fewest(space)) {
                sources.add(new Source(ids, begin, isBackwards));
            }
        }
    }

    /** Whether a filter asks for nothing but states, so that a count of it needs no scan. */
    static boolean isByStateOnly(TaskFilter filter) {
        return filter.equals(new TaskFilter(filter.states(), Set.of(), Set.of(), "", Map.of(), 0, Long.MAX_VALUE));
    }

    private ListPosition begin(@Nullable ListPosition after) {
        if (isBackwards) {
            return after != null && after.createdAtMillis() < filter.createdBeforeMillis()
                    ? after
                    : new ListPosition(filter.createdBeforeMillis(), "");
        }
        // The least id that comes behind another is that one and the least letter.
        return after != null && after.createdAtMillis() >= filter.createdFromMillis()
                ? new ListPosition(after.createdAtMillis(), after.id() + '\0')
                : new ListPosition(filter.createdFromMillis(), "");
    }

    private List<OrderedNames> fewest(Space space) {
        List<OrderedNames> best = new ArrayList<>();
        long size = 0;
        for (TaskState state : TaskState.values()) {
            if (filter.states().isEmpty() || filter.states().contains(state)) {
                best.add(space.byState[state.code()]);
                size += space.byState[state.code()].size();
            }
        }
        List<@Nullable Index> indexes = new ArrayList<>();
        if (!filter.node().isEmpty()) {
            indexes.add(space.nodes.get(filter.node()));
        }
        filter.labels().forEach((key, value) -> {
            String label = Space.label(key, value);
            indexes.add(space.labels.get(label));
        });
        for (Index index : indexes) {
            if (index == null) {
                return List.of();
            } else if (index.ids().size() < size) {
                best = List.of(index.ids());
                size = index.ids().size();
            }
        }
        return best;
    }

    /**
     * Goes on.
     *
     * @param looks how many tasks may be looked at
     * @return whether it is done
     */
    public boolean step(int looks) {
        Space all = space;
        for (int looked = 0; looked < looks && !isDone && all != null; looked++) {
            Source source = first();
            String id = source == null ? null : source.id;
            if (source == null || id == null || isBehind(source.walk.number())) {
                isDone = true;
                break;
            }
            Task task = all.task(id);
            source.id = source.walk.next();
            if (task != null && filter.matches(task)) {
                add(task);
            }
        }
        return isDone;
    }

    private boolean isBehind(long createdAtMillis) {
        return isBackwards
                ? createdAtMillis < filter.createdFromMillis()
                : createdAtMillis >= filter.createdBeforeMillis();
    }

    private void add(Task task) {
        if (limit == 0) {
            counts.merge(task.state(), 1L, Long::sum);
            return;
        }
        // The one that goes beyond the bytes is still on the page; one more tells that there are more.
        isDone = bytes >= Limits.PAGE_BYTES_MAX;
        found.add(task);
        bytes += task.contentBytes();
        isDone |= found.size() == limit;
    }

    private @Nullable Source first() {
        Source first = null;
        String firstId = null;
        for (Source source : sources) {
            String id = source.id;
            if (id == null) {
                continue;
            }
            if (first == null || firstId == null) {
                first = source;
                firstId = id;
            } else {
                int order = source.compareTo(first, id, firstId);
                if (isBackwards ? order > 0 : order < 0) {
                    first = source;
                    firstId = id;
                }
            }
        }
        return first;
    }

    /** What it has come across. */
    public List<Task> found() {
        return found;
    }

    /** How many it has come across, when it only counts. */
    public TaskCounts counts() {
        return new TaskCounts(counts);
    }
}
