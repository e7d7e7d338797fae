package dev.tandem.store.sqlite;

import dev.tandem.store.TaskFilter;
import dev.tandem.store.sqlite.FilterSql.Range;
import dev.tandem.task.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a list or count walks along: an index by one condition of its filter, in the order of the list.
 *
 * @param label the name of the label; empty for another kind
 */
record Lead(Kind kind, String label) {
    enum Kind {
        STATE,
        NODE,
        LABEL
    }

    static final Lead BY_STATE = new Lead(Kind.STATE, "");
    static final Lead BY_NODE = new Lead(Kind.NODE, "");

    /** How many entries of each index are looked at to find the shortest; eight times as many in each round. */
    private static final int PEEK_MIN = 64;

    private static final int PEEK_MAX = 4_096;

    static Lead byLabel(String name) {
        return new Lead(Kind.LABEL, name);
    }

    /** All that would do, the likely ones first. A filter without states is led by them only if there is no other way. */
    static List<Lead> candidates(TaskFilter filter) {
        List<Lead> leads = new ArrayList<>();
        new TreeSet<>(filter.labels().keySet()).forEach(name -> leads.add(byLabel(name)));
        if (!filter.node().isEmpty()) {
            leads.add(BY_NODE);
        }
        if (leads.isEmpty() || !filter.states().isEmpty()) {
            leads.add(BY_STATE);
        }
        return leads;
    }

    /**
     * The one with the fewest entries in the range, as far as a short look tells: it costs in proportion to the smallest,
     * and no more than {@link #PEEK_MAX} entries of each.
     */
    static Lead choose(Session session, long namespace, TaskFilter filter, Range range) {
        List<Lead> leads = candidates(filter);
        if (leads.size() == 1) {
            return leads.get(0);
        }
        for (int peek = PEEK_MIN; peek <= PEEK_MAX; peek *= 8) {
            Lead best = leads.get(0);
            long fewest = peek;
            for (Lead lead : leads) {
                long entries = lead.peek(session, namespace, filter, range, fewest);
                if (entries < fewest) {
                    best = lead;
                    fewest = entries;
                }
            }
            if (fewest < peek) {
                return best;
            }
        }
        return leads.get(0);
    }

    private long peek(Session session, long namespace, TaskFilter filter, Range range, long atMost) {
        long entries = 0;
        for (TaskState state : kind == Kind.STATE ? filter.states() : Set.of(TaskState.ENQUEUED)) {
            Statement statement = session.statement(
                    switch (kind) {
                        case STATE -> Sql.PEEK_STATE;
                        case NODE -> Sql.PEEK_NODE;
                        case LABEL -> Sql.PEEK_LABEL;
                    });
            entries += range.bind(bind(statement.bind(namespace), filter, state))
                    .bind(Math.max(0, atMost - entries))
                    .number(0);
        }
        return entries;
    }

    /** Binds the condition that leads. */
    Statement bind(Statement statement, TaskFilter filter, TaskState state) {
        return switch (kind) {
            case STATE -> statement.bind(state.code());
            case NODE -> statement.bind(filter.node());
            case LABEL ->
                statement.bind(label).bind(String.valueOf(filter.labels().get(label)));
        };
    }
}
