package dev.tandem.store.sqlite;

import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.TaskState;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * The statements of lists and counts, whose text follows from which conditions a filter has, and not from their values.
 *
 * <p>Each walks one index in the order of the list, and looks at every entry that it passes until the page is full: a
 * label's tasks, a node's, or those of each of the states, as the {@link Lead} says. What else the filter asks for is
 * looked up in indexes too, queue and kind in that of the states, so that passing by a task costs no look at it. Counts by
 * state, queue and kind are read from the tally.
 *
 * @param text with parameters for what {@link #bindList} or {@link #bindCount} binds
 * @param state the one state that it is about, if the walk is by state
 */
record FilterSql(String text, Lead lead, TaskState state) {
    private static final String BETWEEN =
            " AND (%1$s.created_at, %1$s.id) > (?, ?) AND (%1$s.created_at, %1$s.id) < (?, ?)";

    /** The statements whose results together, put in order, are the list's. */
    static List<FilterSql> lists(TaskFilter filter, boolean newestFirst, Lead lead) {
        String direction = newestFirst ? " DESC" : "";
        return walks(
                filter,
                lead,
                "SELECT t.key, t.created_at, t.id",
                " ORDER BY %1$s.created_at" + direction + ", %1$s.id" + direction + " LIMIT ?");
    }

    /** The statements whose results together, added up, are the counts. */
    static List<FilterSql> counts(TaskFilter filter, Lead lead) {
        return walks(filter, lead, "SELECT t.state, count(*)", " GROUP BY t.state");
    }

    /** The statement that counts by state, queue and kind alone. */
    static FilterSql tally(TaskFilter filter) {
        String text = "SELECT w.state, sum(w.tasks) FROM tally w WHERE w.ns = ?" + named(filter, "w")
                + " AND (? >> w.state) & 1 GROUP BY w.state";
        return new FilterSql(text, Lead.BY_STATE, TaskState.ENQUEUED);
    }

    /** Whether {@link #tally} has the answer. */
    static boolean isInTally(TaskFilter filter) {
        return filter.node().isEmpty()
                && filter.labels().isEmpty()
                && filter.createdFromMillis() == 0
                && filter.createdBeforeMillis() == Long.MAX_VALUE;
    }

    private static List<FilterSql> walks(TaskFilter filter, Lead lead, String select, String end) {
        if (lead.kind() != Lead.Kind.STATE) {
            String along = lead.kind() == Lead.Kind.LABEL
                    ? " FROM label w CROSS JOIN task t ON t.ns = w.ns AND t.id = w.id"
                            + " WHERE w.ns = ? AND w.name = ? AND w.value = ?"
                    : " FROM part w CROSS JOIN task t ON t.ns = w.ns AND t.id = w.id WHERE w.ns = ? AND w.node = ?";
            String text = select + along + BETWEEN.formatted("w") + " AND (? >> t.state) & 1"
                    + conditions(filter, lead, "w") + end.formatted("w");
            return List.of(new FilterSql(text, lead, TaskState.ENQUEUED));
        }
        String text = select + " FROM task t INDEXED BY task_state WHERE t.ns = ? AND t.state = ?"
                + BETWEEN.formatted("t") + conditions(filter, lead, "t") + end.formatted("t");
        List<FilterSql> walks = new ArrayList<>();
        for (TaskState state : filter.states().isEmpty() ? EnumSet.allOf(TaskState.class) : filter.states()) {
            walks.add(new FilterSql(text, lead, state));
        }
        return walks;
    }

    private static String named(TaskFilter filter, String alias) {
        return (filter.queues().isEmpty() ? "" : " AND " + alias + ".queue IN (SELECT value FROM json_each(?))")
                + (filter.kinds().isEmpty() ? "" : " AND " + alias + ".kind IN (SELECT value FROM json_each(?))");
    }

    /** The conditions that the walk does not fulfil by itself; {@code walked} is what it goes along. */
    private static String conditions(TaskFilter filter, Lead lead, String walked) {
        StringBuilder text = new StringBuilder(named(filter, "t"));
        String same = " AND %1$s.created_at = " + walked + ".created_at AND %1$s.id = " + walked + ".id)";
        if (!filter.node().isEmpty() && lead.kind() != Lead.Kind.NODE) {
            text.append(" AND EXISTS (SELECT 1 FROM part p WHERE p.ns = " + walked + ".ns AND p.node = ?")
                    .append(same.formatted("p"));
        }
        String label = " AND EXISTS (SELECT 1 FROM label l WHERE l.ns = " + walked
                + ".ns AND l.name = ? AND l.value = ?" + same.formatted("l");
        int led = lead.kind() == Lead.Kind.LABEL ? 1 : 0;
        return text.append(label.repeat(filter.labels().size() - led)).toString();
    }

    /** The times and ids between which a walk goes, both exclusive. */
    record Range(ListPosition low, ListPosition high) {
        static Range of(TaskFilter filter) {
            return new Range(
                    new ListPosition(filter.createdFromMillis(), ""),
                    new ListPosition(filter.createdBeforeMillis(), ""));
        }

        static Range of(TaskQuery.ListTasks list) {
            Range whole = of(list.filter());
            ListPosition after = list.after();
            if (after == null) {
                return whole;
            }
            return list.newestFirst()
                    ? new Range(whole.low, compare(after, whole.high) < 0 ? after : whole.high)
                    : new Range(compare(after, whole.low) > 0 ? after : whole.low, whole.high);
        }

        Statement bind(Statement statement) {
            return statement
                    .bind(low.createdAtMillis())
                    .bind(low.id())
                    .bind(high.createdAtMillis())
                    .bind(high.id());
        }

        private static int compare(ListPosition one, ListPosition other) {
            int byTime = Long.compare(one.createdAtMillis(), other.createdAtMillis());
            return byTime != 0 ? byTime : one.id().compareTo(other.id());
        }
    }

    /** @param rows the most that are wanted */
    Statement bindList(Statement statement, long namespace, TaskQuery.ListTasks list, long rows) {
        bindWalk(statement, namespace, list.filter(), Range.of(list));
        return statement.bind(rows);
    }

    Statement bindCount(Statement statement, long namespace, TaskFilter filter) {
        return bindWalk(statement, namespace, filter, Range.of(filter));
    }

    Statement bindTally(Statement statement, long namespace, TaskFilter filter) {
        bindNames(statement.bind(namespace), filter);
        return statement.bind(mask(filter.states()));
    }

    private Statement bindWalk(Statement statement, long namespace, TaskFilter filter, Range range) {
        range.bind(lead.bind(statement.bind(namespace), filter, state));
        if (lead.kind() != Lead.Kind.STATE) {
            statement.bind(mask(filter.states()));
        }
        bindNames(statement, filter);
        if (!filter.node().isEmpty() && lead.kind() != Lead.Kind.NODE) {
            statement.bind(filter.node());
        }
        new TreeMap<>(filter.labels()).forEach((name, value) -> {
            if (!name.equals(lead.label())) {
                statement.bind(name).bind(value);
            }
        });
        return statement;
    }

    private static void bindNames(Statement statement, TaskFilter filter) {
        if (!filter.queues().isEmpty()) {
            statement.bind(json(filter.queues()));
        }
        if (!filter.kinds().isEmpty()) {
            statement.bind(json(filter.kinds()));
        }
    }

    private static String json(Set<String> names) {
        JsonArray array = new JsonArray();
        names.forEach(array::add);
        return array.encode();
    }

    private static long mask(Set<TaskState> states) {
        long mask = 0;
        for (TaskState state : states.isEmpty() ? EnumSet.allOf(TaskState.class) : states) {
            mask |= 1L << state.code();
        }
        return mask;
    }
}
