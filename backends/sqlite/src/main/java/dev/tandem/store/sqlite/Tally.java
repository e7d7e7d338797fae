package dev.tandem.store.sqlite;

import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many tasks there are of each queue, kind and state: what a transaction changes about it, added to the file once
 * before the commit, so that counting does not walk the tasks.
 */
final class Tally {
    private record Key(long namespace, String queue, String kind, TaskState state) {}

    private final Map<Key, Long> changes = new HashMap<>();

    /** A task was {@code before} and is {@code after}; null for one that is not there. */
    void move(long namespace, @Nullable Task before, @Nullable Task after) {
        if (before != null
                && after != null
                && before.state() == after.state()
                && before.spec().queue().equals(after.spec().queue())
                && before.spec().kind().equals(after.spec().kind())) {
            return;
        }
        if (before != null) {
            changes.merge(key(namespace, before), -1L, Long::sum);
        }
        if (after != null) {
            changes.merge(key(namespace, after), 1L, Long::sum);
        }
    }

    /** A task went of which no more is known than this. */
    void drop(long namespace, String queue, String kind, long stateCode) {
        changes.merge(new Key(namespace, queue, kind, TaskState.ofCode((int) stateCode)), -1L, Long::sum);
    }

    private static Key key(long namespace, Task task) {
        return new Key(namespace, task.spec().queue(), task.spec().kind(), task.state());
    }

    void flush(Session session) {
        changes.forEach((key, change) -> {
            if (change != 0) {
                bind(session.statement(Sql.TALLY_ADD), key).bind(change).run();
            }
            if (change < 0) {
                bind(session.statement(Sql.TALLY_DROP), key).run();
            }
        });
        changes.clear();
    }

    private static Statement bind(Statement statement, Key key) {
        return statement
                .bind(key.namespace())
                .bind(key.queue())
                .bind(key.kind())
                .bind(key.state().code());
    }

    void rolledBack() {
        changes.clear();
    }
}
