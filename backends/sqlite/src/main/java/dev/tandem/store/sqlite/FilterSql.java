package dev.tandem.store.sqlite;

import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.TaskState;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The statements of lists and counts, whose text follows from which conditions a filter has, and not from their values.
 *
 * <p>Each walks one index in the order of the list, and looks at every task that it passes until the page is full: a
 * label's tasks if the filter names one, else a node's, else those of each of the states. So a list by states, a label or a
 * node costs what it returns; one whose other conditions fit few tasks walks far. Counts by state, queue and kind are
 * read from the tally.
 *
 * @param text with parameters for what {@link #bindList} or {@link #bindCount} binds
 * @param state the one state that it is about, if the walk is by state
 */
record FilterSql(String text, Driver driver, TaskState state) {
    private static final String BETWEEN =
            " AND (%1$s.created_at, %1$s.id) > (?, ?) AND (%1$s.created_at, %1$s.id) < (?, ?)";

    /** What the walk goes along. */
    enum Driver {
        STATE,
        NODE,
        LABEL,
        TALLY
    }

    /** The statements whose results together, put in order, are the list's. */
    static List<FilterSql> lists(TaskFilter filter, boolean newestFirst) {
        String direction = newestFirst ? " DESC" : "";
        return walks(
                filter,
                "SELECT t.key, t.created_at, t.id",
                " ORDER BY %1$s.created_at" + direction + ", %1$s.id" + direction + " LIMIT ?");
    }

    /** The statements whose results together, added up, are the counts. */
    static List<FilterSql> counts(TaskFilter filter) {
        boolean inTally = filter.node().isEmpty()
                && filter.labels().isEmpty()
                && filter.createdFromMillis() == 0
                && filter.createdBeforeMillis() == Long.MAX_VALUE;
        if (inTally) {
            String text = "SELECT w.state, sum(w.tasks) FROM tally w WHERE w.ns = ?" + named(filter, "w")
                    + " AND (? >> w.state) & 1 GROUP BY w.state";
            return List.of(new FilterSql(text, Driver.TALLY, TaskState.ENQUEUED));
        }
        return walks(filter, "SELECT t.state, count(*)", " GROUP BY t.state");
    }

    private static List<FilterSql> walks(TaskFilter filter, String select, String end) {
        if (!filter.labels().isEmpty() || !filter.node().isEmpty()) {
            Driver driver = filter.labels().isEmpty() ? Driver.NODE : Driver.LABEL;
            String along = driver == Driver.LABEL
                    ? " FROM label w CROSS JOIN task t ON t.ns = w.ns AND t.id = w.id"
                            + " WHERE w.ns = ? AND w.name = ? AND w.value = ?"
                    : " FROM part w CROSS JOIN task t ON t.ns = w.ns AND t.id = w.id WHERE w.ns = ? AND w.node = ?";
            String text = select + along + BETWEEN.formatted("w") + " AND (? >> t.state) & 1"
                    + conditions(filter, driver) + end.formatted("w");
            return List.of(new FilterSql(text, driver, TaskState.ENQUEUED));
        }
        String text = select + " FROM task t INDEXED BY task_state WHERE t.ns = ? AND t.state = ?"
                + BETWEEN.formatted("t") + conditions(filter, Driver.STATE) + end.formatted("t");
        List<FilterSql> walks = new ArrayList<>();
        for (TaskState state : filter.states().isEmpty() ? EnumSet.allOf(TaskState.class) : filter.states()) {
            walks.add(new FilterSql(text, Driver.STATE, state));
        }
        return walks;
    }

    private static String named(TaskFilter filter, String alias) {
        return (filter.queues().isEmpty() ? "" : " AND " + alias + ".queue IN (SELECT value FROM json_each(?))")
                + (filter.kinds().isEmpty() ? "" : " AND " + alias + ".kind IN (SELECT value FROM json_each(?))");
    }

    private static String conditions(TaskFilter filter, Driver driver) {
        StringBuilder text = new StringBuilder(named(filter, "t"));
        if (!filter.node().isEmpty() && driver != Driver.NODE) {
            text.append(" AND EXISTS (SELECT 1 FROM part p WHERE p.ns = t.ns AND p.node = ?"
                    + " AND p.created_at = t.created_at AND p.id = t.id)");
        }
        int driven = driver == Driver.LABEL ? 1 : 0;
        text.append(" AND EXISTS (SELECT 1 FROM label l WHERE l.ns = t.ns AND l.name = ? AND l.value = ?"
                .concat(" AND l.created_at = t.created_at AND l.id = t.id)")
                .repeat(filter.labels().size() - driven));
        return text.toString();
    }

    Statement bindList(Statement statement, long namespace, TaskQuery.ListTasks list) {
        bindWalk(statement, namespace, list.filter());
        ListPosition low = new ListPosition(list.filter().createdFromMillis(), "");
        ListPosition high = new ListPosition(list.filter().createdBeforeMillis(), "");
        ListPosition after = list.after();
        if (after != null) {
            low = list.newestFirst() ? low : later(low, after);
            high = list.newestFirst() ? earlier(high, after) : high;
        }
        bindBetween(statement, low, high);
        bindConditions(statement, list.filter());
        return statement.bind(list.limit() + 1L);
    }

    Statement bindCount(Statement statement, long namespace, TaskFilter filter) {
        bindWalk(statement, namespace, filter);
        if (driver == Driver.TALLY) {
            bindNames(statement, filter);
            return statement.bind(mask(filter.states()));
        }
        bindBetween(
                statement,
                new ListPosition(filter.createdFromMillis(), ""),
                new ListPosition(filter.createdBeforeMillis(), ""));
        bindConditions(statement, filter);
        return statement;
    }

    private void bindWalk(Statement statement, long namespace, TaskFilter filter) {
        statement.bind(namespace);
        if (driver == Driver.STATE) {
            statement.bind(state.code());
        } else if (driver == Driver.NODE) {
            statement.bind(filter.node());
        } else if (driver == Driver.LABEL) {
            Map.Entry<String, String> first = sorted(filter).firstEntry();
            statement.bind(first.getKey()).bind(first.getValue());
        }
    }

    private static void bindBetween(Statement statement, ListPosition low, ListPosition high) {
        statement.bind(low.createdAtMillis()).bind(low.id());
        statement.bind(high.createdAtMillis()).bind(high.id());
    }

    private void bindConditions(Statement statement, TaskFilter filter) {
        if (driver != Driver.STATE) {
            statement.bind(mask(filter.states()));
        }
        bindNames(statement, filter);
        if (!filter.node().isEmpty() && driver != Driver.NODE) {
            statement.bind(filter.node());
        }
        TreeMap<String, String> rest = sorted(filter);
        if (driver == Driver.LABEL) {
            rest.pollFirstEntry();
        }
        rest.forEach((name, value) -> statement.bind(name).bind(value));
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

    private static TreeMap<String, String> sorted(TaskFilter filter) {
        return new TreeMap<>(filter.labels());
    }

    private static ListPosition later(ListPosition one, ListPosition other) {
        return compare(one, other) < 0 ? other : one;
    }

    private static ListPosition earlier(ListPosition one, ListPosition other) {
        return compare(one, other) < 0 ? one : other;
    }

    private static int compare(ListPosition one, ListPosition other) {
        int byTime = Long.compare(one.createdAtMillis(), other.createdAtMillis());
        return byTime != 0 ? byTime : one.id().compareTo(other.id());
    }
}
