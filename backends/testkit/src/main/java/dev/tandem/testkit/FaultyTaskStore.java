package dev.tandem.testkit;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store in front of another that fails calls as a test has planned.
 *
 * <p>Faults meet the commands, or queries, in the order in which they were planned, one each: {@code
 * wrap(store).pass(2).applyThenLoseAck(1)} spoils the third command. What no fault is left for passes. Nothing here is
 * left to chance or to time. Safe for use by several threads.
 */
public final class FaultyTaskStore implements TaskStore {
    /** The most calls that wait at a closed gate. */
    public static final int HELD_MAX = 10_000;

    private enum Fault {
        PASS,
        REFUSE,
        OVERLOAD,
        LOSE_COMMAND,
        LOSE_ACK
    }

    private final TaskStore store;
    private final Deque<Fault> forCommands = new ArrayDeque<>();
    private final Deque<Fault> forQueries = new ArrayDeque<>();
    private @Nullable Gate beforeCalls;
    private @Nullable Gate beforeCommands;
    private Predicate<TaskCommand> held = command -> false;
    private @Nullable Gate beforeAnswers;

    private FaultyTaskStore(TaskStore store) {
        this.store = store;
    }

    public static FaultyTaskStore wrap(TaskStore store) {
        return new FaultyTaskStore(store);
    }

    /** Lets the next commands pass. */
    public FaultyTaskStore pass(int commands) {
        return plan(forCommands, Fault.PASS, commands);
    }

    /** Applies the next commands and fails them as MAYBE_APPLIED: the answer got lost. */
    public FaultyTaskStore applyThenLoseAck(int commands) {
        return plan(forCommands, Fault.LOSE_ACK, commands);
    }

    /** Fails the next commands as MAYBE_APPLIED without applying them: the command got lost. */
    public FaultyTaskStore loseCommand(int commands) {
        return plan(forCommands, Fault.LOSE_COMMAND, commands);
    }

    /** Fails the next commands as NOT_APPLIED. */
    public FaultyTaskStore refuse(int commands) {
        return plan(forCommands, Fault.REFUSE, commands);
    }

    /** Fails the next commands as OVERLOADED. */
    public FaultyTaskStore overload(int commands) {
        return plan(forCommands, Fault.OVERLOAD, commands);
    }

    /** Fails the next queries as NOT_APPLIED. */
    public FaultyTaskStore refuseQueries(int queries) {
        return plan(forQueries, Fault.REFUSE, queries);
    }

    private synchronized FaultyTaskStore plan(Deque<Fault> plan, Fault fault, int times) {
        for (int i = 0; i < times; i++) {
            plan.add(fault);
        }
        return this;
    }

    /** Makes every call from now on wait before it is made, until the gate is opened. */
    public synchronized Gate holdCalls() {
        beforeCalls = new Gate();
        return beforeCalls;
    }

    /** Makes these commands from now on wait before they are made, until the gate is opened; all else passes. */
    public synchronized Gate holdCommands(Predicate<TaskCommand> which) {
        beforeCommands = new Gate();
        held = which;
        return beforeCommands;
    }

    /** Makes every call from now on wait after it was made and before it is answered, until the gate is opened. */
    public synchronized Gate holdAnswers() {
        beforeAnswers = new Gate();
        return beforeAnswers;
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        Supplier<Future<Outcome>> call = () -> spoil(forCommands, () -> store.execute(command, options));
        Gate gate = gateOf(command);
        return through(gate == null ? call : () -> gate.pass(call));
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        return through(() -> spoil(forQueries, () -> store.query(query, options)));
    }

    private synchronized @Nullable Gate gateOf(TaskCommand command) {
        return held.test(command) ? beforeCommands : null;
    }

    private <T> Future<T> through(Supplier<Future<T>> call) {
        Gate first;
        Gate last;
        synchronized (this) {
            first = beforeCalls;
            last = beforeAnswers;
        }
        Future<T> answer = first == null ? call.get() : first.pass(call);
        return last == null ? answer : answer.transform(done -> last.pass(() -> answer));
    }

    private <T> Future<T> spoil(Deque<Fault> plan, Supplier<Future<T>> call) {
        Fault fault;
        synchronized (this) {
            fault = plan.isEmpty() ? Fault.PASS : plan.remove();
        }
        return switch (fault) {
            case PASS -> call.get();
            case REFUSE -> fail(FailureKind.NOT_APPLIED, "refused by the test");
            case OVERLOAD -> fail(FailureKind.OVERLOADED, "overloaded by the test");
            case LOSE_COMMAND -> fail(FailureKind.MAYBE_APPLIED, "the command was lost by the test");
            case LOSE_ACK ->
                call.get().compose(done -> fail(FailureKind.MAYBE_APPLIED, "the answer was lost by the test"));
        };
    }

    private static <T> Future<T> fail(FailureKind kind, String message) {
        StoreException failure = new StoreException(kind, message);
        ContextInternal context = ContextInternal.current();
        return context == null ? Future.failedFuture(failure) : context.failedFuture(failure);
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

    /** Holds calls until it is opened; then they go on in the order in which they came, each on its own context. */
    public static final class Gate {
        private final List<Runnable> held = new ArrayList<>();
        private boolean opened;

        /** How many calls wait here. */
        public synchronized int held() {
            return held.size();
        }

        /** Lets everything through that waits, and everything that comes. */
        public void open() {
            List<Runnable> waiting;
            synchronized (this) {
                opened = true;
                waiting = List.copyOf(held);
                held.clear();
            }
            waiting.forEach(Runnable::run);
        }

        private <T> Future<T> pass(Supplier<Future<T>> call) {
            ContextInternal context = ContextInternal.current();
            synchronized (this) {
                if (!opened) {
                    if (held.size() == HELD_MAX) {
                        throw new IllegalStateException("more than " + HELD_MAX + " calls wait at a gate");
                    }
                    Promise<T> promise = context == null ? Promise.promise() : context.promise();
                    Runnable go = () -> call.get().onComplete(promise);
                    held.add(context == null ? go : () -> context.runOnContext(nothing -> go.run()));
                    return promise.future();
                }
            }
            return call.get();
        }
    }
}
