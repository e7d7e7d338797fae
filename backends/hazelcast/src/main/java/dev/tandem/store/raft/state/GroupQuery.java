package dev.tandem.store.raft.state;

import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Gate;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One question to one group, as a value. Cursors in it, and in its answer, have one version: the group's. */
public sealed interface GroupQuery {
    /** What is asked of a store, of the group's own records. Namespaces are answered in no order. */
    record Ask(TaskQuery<?> query) implements GroupQuery {}

    /** What is asked of a namespace whose gate is of this epoch in the view; of any other gate, it is answered with an {@link Outcome.Fenced}. */
    record AtEpoch(long epoch, Ask ask) implements GroupQuery {}

    /** Whether the group would recognise a request in a command of this time; answered with a Boolean. */
    record HasRequest(String namespace, String requestId, long atMillis) implements GroupQuery {}

    /**
     * Several questions that are short, answered from one view with a list of their answers, in their order. It ends early, but
     * not without any, when it has more than {@link #ANSWERS_BYTES_MAX}.
     */
    record Each(List<GroupQuery> queries) implements GroupQuery {
        /** Fails with IllegalArgumentException if one of them is not short, or is several itself. */
        public Each {
            queries = List.copyOf(queries);
            for (GroupQuery query : queries) {
                if (query instanceof Each || !query.isShort()) {
                    throw new IllegalArgumentException("can't be asked together with others: " + query);
                }
            }
        }
    }

    /** How many bytes of tasks there are in one answer to several questions, but for its last. */
    int ANSWERS_BYTES_MAX = 1024 * 1024;

    /** Whether it is answered at once, rather than by looking at many tasks. */
    default boolean isShort() {
        if (this instanceof AtEpoch at) {
            return at.ask().isShort();
        }
        return !(this instanceof Ask ask)
                || ask.query() instanceof TaskQuery.Get
                || ask.query() instanceof TaskQuery.GetLease
                || ask.query() instanceof TaskQuery.GetGate;
    }

    /** The answer that a view has. It may take long if there are many tasks to look at. */
    default Object answer(StateView view) {
        if (this instanceof HasRequest has) {
            return view.hasRequest(has.namespace(), has.requestId(), has.atMillis());
        } else if (this instanceof Each each) {
            return answers(view, each);
        } else if (this instanceof AtEpoch at) {
            Gate gate = view.gate(at.ask().query().namespace());
            return gate.epoch() == at.epoch() ? at.ask().answer(view) : new Outcome.Fenced(gate);
        }
        TaskQuery<?> query = ((Ask) this).query();
        if (query instanceof TaskQuery.Get get) {
            return Optional.ofNullable(view.task(get.namespace(), get.taskId()));
        } else if (query instanceof TaskQuery.ListTasks list) {
            return page(view, list);
        } else if (query instanceof TaskQuery.Count count) {
            return TaskScan.isByStateOnly(count.filter())
                    ? view.countByState(count.namespace(), count.filter())
                    : whole(view.scan(count.namespace(), count.filter())).counts();
        } else if (query instanceof TaskQuery.GetLease get) {
            return Optional.ofNullable(view.lease(get.namespace(), get.scope()));
        } else if (query instanceof TaskQuery.Changes changes) {
            return changes(view, changes);
        } else if (query instanceof TaskQuery.Scan scan) {
            return view.scan(scan);
        } else if (query instanceof TaskQuery.Outbox outbox) {
            return view.outbox(outbox);
        } else if (query instanceof TaskQuery.GetGate get) {
            return view.gate(get.namespace());
        }
        return view.namespaces();
    }

    private static List<Object> answers(StateView view, Each each) {
        List<Object> answers = new ArrayList<>(each.queries().size());
        long bytes = 0;
        for (GroupQuery query : each.queries()) {
            Object answer = query.answer(view);
            answers.add(answer);
            if (answer instanceof Optional<?> found && found.orElse(null) instanceof Task task) {
                bytes += task.contentBytes();
            }
            if (bytes > ANSWERS_BYTES_MAX) {
                break;
            }
        }
        return answers;
    }

    private static TaskScan whole(TaskScan scan) {
        boolean isDone;
        do {
            isDone = scan.step(Integer.MAX_VALUE);
        } while (!isDone);
        return scan;
    }

    private static TaskPage page(StateView view, TaskQuery.ListTasks list) {
        List<Task> found = whole(view.list(list)).found();
        int size = 0;
        for (long bytes = 0; size < Math.min(list.limit(), found.size()) && bytes < Limits.PAGE_BYTES_MAX; size++) {
            bytes += found.get(size).contentBytes();
        }
        if (size == found.size()) {
            return new TaskPage(List.copyOf(found), null);
        }
        Task last = found.get(size - 1);
        return new TaskPage(List.copyOf(found.subList(0, size)), new ListPosition(last.createdAtMillis(), last.id()));
    }

    private static ChangePage changes(StateView view, TaskQuery.Changes query) {
        Cursor after = query.after();
        if (after == null) {
            return new ChangePage(List.of(), new Cursor(List.of(view.lastVersion(query.namespace()))), false, false);
        }
        StateView.Changes found =
                view.changes(query.namespace(), after.versions().get(0), query.limit());
        return found.isExpired()
                ? new ChangePage(List.of(), after, false, true)
                : new ChangePage(found.changes(), new Cursor(List.of(found.next())), found.more(), false);
    }
}
