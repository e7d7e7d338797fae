package dev.tandem.store.raft.state;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.ListPosition;
import dev.tandem.store.Listeners;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Gate;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** A store of one table in this process, without Raft: what commands do to it, and what its views answer. */
final class ViewTaskStore implements TaskStore {
    private final Vertx vertx;
    private StateTable table;
    private final Listeners listeners = new Listeners();
    private final int viewEvery;
    private final UnaryOperator<StateTable> atView;
    private StateView view;
    private int commands;
    private boolean closed;

    /**
     * @param viewEvery after how many commands it goes on with new nodes
     * @param atView gives the table to go on with then
     */
    ViewTaskStore(Vertx vertx, int viewEvery, UnaryOperator<StateTable> atView) {
        this.atView = atView;
        this.vertx = vertx;
        this.viewEvery = viewEvery;
        this.table = new StateTable(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        this.view = table.view();
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        return answer(options, () -> {
            long before = table.nextVersion(command.namespace());
            Outcome outcome = StoreException.unlessFenced(TaskMachine.execute(table, command));
            if (++commands % viewEvery == 0) {
                table = atView.apply(table);
                view = table.view();
            }
            if (table.nextVersion(command.namespace()) != before || outcome instanceof Outcome.Gated) {
                listeners.changed(command.namespace());
            }
            return outcome;
        });
    }

    @Override
    @SuppressWarnings("unchecked") // Each query names the type of its own answer.
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        return answer(options, () -> {
            view = table.view();
            Gate gate = view.gate(query.namespace());
            if (options.epoch() != CallOptions.ANY_EPOCH && options.epoch() != gate.epoch()) {
                throw StoreException.fenced(gate);
            }
            return (R) ask(query);
        });
    }

    private Object ask(TaskQuery<?> query) {
        if (query instanceof TaskQuery.Get get) {
            return Optional.ofNullable(view.task(get.namespace(), get.taskId()));
        } else if (query instanceof TaskQuery.ListTasks list) {
            return page(list);
        } else if (query instanceof TaskQuery.Count count) {
            return whole(view.scan(count.namespace(), count.filter())).counts();
        } else if (query instanceof TaskQuery.GetLease get) {
            return Optional.ofNullable(view.lease(get.namespace(), get.scope()));
        } else if (query instanceof TaskQuery.Changes changes) {
            return changes(changes);
        } else if (query instanceof TaskQuery.Scan scan) {
            return view.scan(scan);
        } else if (query instanceof TaskQuery.Outbox outbox) {
            return view.outbox(outbox);
        } else if (query instanceof TaskQuery.GetGate get) {
            return view.gate(get.namespace());
        }
        return view.namespaces().stream().sorted().toList();
    }

    private static TaskScan whole(TaskScan scan) {
        boolean isDone;
        do {
            isDone = scan.step(3);
        } while (!isDone);
        return scan;
    }

    private TaskPage page(TaskQuery.ListTasks list) {
        List<Task> found = whole(view.list(list)).found();
        int size = 0;
        for (long bytes = 0; size < Math.min(list.limit(), found.size()) && bytes < Limits.PAGE_BYTES_MAX; size++) {
            bytes += found.get(size).contentBytes();
        }
        if (size == found.size()) {
            return new TaskPage(found, null);
        }
        Task last = found.get(size - 1);
        return new TaskPage(found.subList(0, size), new ListPosition(last.createdAtMillis(), last.id()));
    }

    private ChangePage changes(TaskQuery.Changes query) {
        Cursor after = query.after();
        if (after == null) {
            return new ChangePage(List.of(), new Cursor(List.of(view.lastVersion(query.namespace()))), false, false);
        }
        long from = after.versions().size() == 1 ? after.versions().get(0) : -1;
        StateView.Changes found = view.changes(query.namespace(), from, query.limit());
        return found.isExpired()
                ? new ChangePage(List.of(), after, false, true)
                : new ChangePage(found.changes(), new Cursor(List.of(found.next())), found.more(), false);
    }

    private <R> Future<R> answer(CallOptions options, Supplier<R> work) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        try {
            synchronized (this) {
                if (closed) {
                    throw new StoreException(FailureKind.NOT_APPLIED, "the store is closed");
                }
                if (options.isPast(System.nanoTime())) {
                    throw new StoreException(FailureKind.DEADLINE_PASSED, "the deadline of the call has passed");
                }
                return context.succeededFuture(work.get());
            }
        } catch (StoreException e) {
            return context.failedFuture(e);
        }
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        return listeners.add(namespace, (ContextInternal) vertx.getOrCreateContext(), listener);
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(Durability.MEMORY, true, 1);
    }

    @Override
    public Future<Void> close() {
        synchronized (this) {
            closed = true;
        }
        return ((ContextInternal) vertx.getOrCreateContext()).succeededFuture();
    }
}
