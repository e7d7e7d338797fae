package dev.tandem.store.sqlite;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Finds what a claim is to get: by priority downwards, due time, id, across queues.
 *
 * <p>The index has a queue's waiting tasks by priority and then due time, those of the future among them. So a claim
 * walks down the priorities that there are, and looks in each of them only at what is due: its cost grows with the
 * number of priorities in use, not with the number of tasks, and nothing has to move when a task's time comes.
 */
final class DueTasks {
    private static final long NONE = Long.MIN_VALUE;
    private static final long ABOVE_ALL = Long.MAX_VALUE;

    private final Session session;

    DueTasks(Session session) {
        this.session = session;
    }

    /** One queue, and the highest of its priorities that has not been looked at. */
    private final class Walk {
        private final long namespace;
        private final String queue;
        private long priority;

        private Walk(long namespace, String queue) {
            this.namespace = namespace;
            this.queue = queue;
            this.priority = below(ABOVE_ALL);
        }

        private long below(long above) {
            return session.statement(Sql.DUE_PRIORITY)
                    .bind(namespace)
                    .bind(queue)
                    .bind(above)
                    .number(NONE);
        }

        private Statement at(Sql sql, long atMillis) {
            return session.statement(sql)
                    .bind(namespace)
                    .bind(queue)
                    .bind(priority)
                    .bind(atMillis);
        }

        private void goOn() {
            priority = below(priority);
        }
    }

    List<Entry> due(long namespace, List<String> queues, long atMillis, int limit) {
        List<Walk> walks = walks(namespace, queues);
        List<Entry> due = new ArrayList<>();
        while (due.size() < limit) {
            long priority = highest(walks);
            if (priority == NONE) {
                break;
            }
            int wanted = limit - due.size();
            List<Entry> found = new ArrayList<>();
            for (Walk walk : walks) {
                if (walk.priority == priority) {
                    Entry.read(walk.at(Sql.DUE, atMillis).bind(wanted), found);
                }
            }
            due.addAll(Entry.first(found, wanted));
            if (due.size() < limit) {
                walks.stream().filter(walk -> walk.priority == priority).forEach(Walk::goOn);
            }
        }
        return due;
    }

    long nextDueMillis(long namespace, List<String> queues, long atMillis) {
        long next = Long.MAX_VALUE;
        for (Walk walk : walks(namespace, queues)) {
            while (walk.priority != NONE) {
                next = Math.min(next, walk.at(Sql.DUE_LATER, atMillis).number(Long.MAX_VALUE));
                walk.goOn();
            }
        }
        return next;
    }

    private List<Walk> walks(long namespace, List<String> queues) {
        List<Walk> walks = new ArrayList<>(queues.size());
        for (String queue : queues.size() > 1 ? new HashSet<>(queues) : queues) {
            walks.add(new Walk(namespace, queue));
        }
        return walks;
    }

    private static long highest(List<Walk> walks) {
        long highest = NONE;
        for (Walk walk : walks) {
            highest = Math.max(highest, walk.priority);
        }
        return highest;
    }
}
