package dev.tandem.testkit;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes down who asked what when, and what came back, for the {@link LinearizabilityChecker}.
 *
 * <p>In one process, wrap the store once for each client; elsewhere call {@link #begin} and {@link #end} around each
 * call. Safe for use by several threads.
 */
public final class HistoryRecorder {
    /** The most operations of one history. */
    public static final int OPERATIONS_MAX = 1_000_000;

    private final Map<Long, Operation> operations = new LinkedHashMap<>();
    private long now;

    /** Notes that a client has made a call; returns the ticket to {@link #end} it by. */
    public synchronized long begin(int client, Operation.Call call) {
        if (operations.size() == OPERATIONS_MAX) {
            throw new IllegalStateException("a history holds at most " + OPERATIONS_MAX + " operations");
        }
        long ticket = ++now;
        operations.put(ticket, new Operation(client, ticket, Operation.NEVER, call, new Operation.Unknown()));
        return ticket;
    }

    /** Notes that the call of this ticket was answered. What is never ended counts as unknown. */
    public synchronized void end(long ticket, Operation.Answer answer) {
        Operation begun = operations.get(ticket);
        if (begun == null || begun.returned() != Operation.NEVER) {
            throw new IllegalArgumentException("no call is under way with ticket " + ticket);
        }
        operations.put(ticket, new Operation(begun.client(), begun.invoked(), ++now, begun.call(), answer));
    }

    /** What was recorded so far, in the order in which calls began. */
    public synchronized List<Operation> operations() {
        return List.copyOf(operations.values());
    }

    /** A client's way to the store that is written down. Each task of a list counts as a read of its own. */
    public TaskStore client(int client, TaskStore store) {
        return new Recorded(client, store);
    }

    private final class Recorded implements TaskStore {
        private final int client;
        private final TaskStore store;

        Recorded(int client, TaskStore store) {
            this.client = client;
            this.store = store;
        }

        @Override
        public Future<Outcome> execute(TaskCommand command, CallOptions options) {
            long ticket = begin(client, new Operation.Command(command));
            return store.execute(command, options)
                    .onComplete(
                            outcome -> end(ticket, new Operation.Came(outcome)),
                            failure -> end(ticket, answerOf(failure)));
        }

        @Override
        public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
            Operation.@Nullable Call call = callOf(query);
            if (options.consistency() == Consistency.EVENTUAL) {
                return store.query(query, options);
            }
            if (call == null) {
                return query instanceof TaskQuery.ListTasks ? list(query, options) : store.query(query, options);
            }
            long ticket = begin(client, call);
            return store.query(query, options)
                    .onComplete(found -> end(ticket, found(call, found)), failure -> end(ticket, answerOf(failure)));
        }

        /** Which tasks are read is known only afterwards, so their reads are noted with the time before. */
        private <R> Future<R> list(TaskQuery<R> query, CallOptions options) {
            long invoked;
            synchronized (HistoryRecorder.this) {
                invoked = ++now;
                // A ticket for each task of the page.
                now += ((TaskQuery.ListTasks) query).limit();
            }
            return store.query(query, options).onSuccess(answer -> {
                List<Operation> reads = new ArrayList<>();
                for (Task task : ((TaskPage) answer).tasks()) {
                    long ticket = invoked + reads.size();
                    reads.add(new Operation(
                            client,
                            ticket,
                            Operation.NEVER,
                            new Operation.ReadTask(task.namespace(), task.id()),
                            new Operation.FoundTask(task)));
                }
                synchronized (HistoryRecorder.this) {
                    for (Operation read : reads) {
                        operations.put(
                                read.invoked(),
                                new Operation(client, read.invoked(), ++now, read.call(), read.answer()));
                    }
                }
            });
        }

        private static Operation.@Nullable Call callOf(TaskQuery<?> query) {
            if (query instanceof TaskQuery.Get get) {
                return new Operation.ReadTask(get.namespace(), get.taskId());
            }
            return query instanceof TaskQuery.GetLease get
                    ? new Operation.ReadLease(get.namespace(), get.scope())
                    : null;
        }

        private static Operation.Answer found(Operation.Call call, Object answer) {
            Object value = ((Optional<?>) answer).orElse(null);
            return call instanceof Operation.ReadTask
                    ? new Operation.FoundTask((Task) value)
                    : new Operation.FoundLease((LeaderLease) value);
        }

        private static Operation.Answer answerOf(Throwable failure) {
            boolean maybe = !(failure instanceof StoreException refused) || refused.kind() == FailureKind.MAYBE_APPLIED;
            return maybe ? new Operation.Unknown() : new Operation.Refused();
        }

        @Override
        public Subscription subscribe(String namespace, Runnable listener) {
            return store.subscribe(namespace, listener);
        }

        @Override
        public String newTaskId(String namespace, String requestId, Supplier<String> ids) {
            return store.newTaskId(namespace, requestId, ids);
        }

        @Override
        public Capabilities capabilities() {
            return store.capabilities();
        }

        @Override
        public Future<Void> close() {
            return store.close();
        }
    }
}
