package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads that wait until a task has come to a state.
 *
 * <p>All that wait in a namespace share one reader of its changes. Called on the context that it was made on, and
 * nowhere else; the futures complete on the caller's.
 */
public final class TaskWaiters {
    /** The most reads that wait at a time; more are refused as OVERLOADED. */
    public static final int WAITERS_MAX = 10_000;

    /** The states that a task is awaited in unless the caller names others. */
    public static final Set<TaskState> FINAL_STATES =
            Set.copyOf(EnumSet.of(TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELED));

    private final Owner owner = Owner.current();
    private final Timers timers;
    private final TaskStore store;
    private final ChangeFeed feed;
    private final Map<String, Desk> desks = new HashMap<>();
    private final Set<Waiter> waiters = new LinkedHashSet<>();
    private volatile int size;
    private @Nullable Promise<Void> closed;

    /**
     * Belongs to the calling context.
     *
     * @param feed made on the same context
     */
    public TaskWaiters(Vertx vertx, TaskStore store, ChangeFeed feed) {
        this(Timers.of(vertx), store, feed);
    }

    TaskWaiters(Timers timers, TaskStore store, ChangeFeed feed) {
        this.timers = timers;
        this.store = store;
        this.feed = feed;
    }

    /** As the other, for a caller that never goes away. */
    public Future<Optional<Task>> await(
            String namespace,
            String taskId,
            Set<TaskState> until,
            long beyondVersion,
            Duration wait,
            CallOptions options) {
        return await(namespace, taskId, until, beyondVersion, wait, options, new Cancellation());
    }

    /**
     * Reads a task as soon as it is in one of the states {@code until} and its version is higher than
     * {@code beyondVersion}.
     *
     * <p>The future succeeds with the task as it is then, or as it is when the wait is over, shortly before the
     * deadline, or on {@link #close}: look at its state. It is empty if there is no such task, or as soon as it is
     * deleted. A state that the task was in for a moment only may be missed.
     *
     * @param until see {@link #FINAL_STATES}
     * @param beyondVersion 0 for any
     * @param wait zero or less to read only once
     */
    public Future<Optional<Task>> await(
            String namespace,
            String taskId,
            Set<TaskState> until,
            long beyondVersion,
            Duration wait,
            CallOptions options,
            Cancellation cancellation) {
        owner.check();
        TaskQuery.Get get = new TaskQuery.Get(namespace, taskId);
        long waitMillis = Waits.boundedMillis(wait, options);
        if (waitMillis <= 0 || closed != null) {
            return store.query(get, options);
        }
        if (waiters.size() >= WAITERS_MAX) {
            return owner.failedForCaller(new StoreException(
                    FailureKind.OVERLOADED, WAITERS_MAX + " reads wait already, as many as may; try again later"));
        }
        Waiter waiter = new Waiter(get, until, beyondVersion, options, cancellation, owner.promiseForCaller());
        waiters.add(waiter);
        size = waiters.size();
        owner.run(() -> {
            waiter.timer = timers.set(waitMillis, () -> {
                waiter.timer = Waiter.NO_TIMER;
                over(waiter);
            });
            cancellation.onCancel(() -> owner.run(() -> answer(waiter, Optional.empty())));
            look(waiter);
        });
        return waiter.answer.future();
    }

    /** How many reads wait now. May be asked from any thread. */
    public int size() {
        return size;
    }

    /**
     * Answers all that wait with the tasks as they are; reads made from now on do not wait.
     *
     * @return succeeds when every answer is given
     */
    public Future<Void> close() {
        Promise<Void> done = owner.promiseForCaller();
        owner.run(() -> {
            if (closed == null) {
                closed = done;
                List.copyOf(waiters).forEach(this::over);
                finishClose();
            } else {
                closed.future().onComplete(done);
            }
        });
        return done.future();
    }

    private void look(Waiter waiter) {
        waiter.isLooking = true;
        store.query(waiter.get, waiter.options).onComplete((found, failure) -> {
            waiter.isLooking = false;
            if (failure != null) {
                fail(waiter, failure);
                return;
            }
            Task task = found.orElse(null);
            if (task == null || waiter.isOver || waiter.isServedBy(task)) {
                answer(waiter, found);
                return;
            }
            waiter.seenVersion = Math.max(waiter.seenVersion, task.version());
            if (waiter.desk == null && waiters.contains(waiter)) {
                desks.computeIfAbsent(waiter.get.namespace(), Desk::new).add(waiter);
            }
        });
    }

    private void over(Waiter waiter) {
        waiter.isOver = true;
        if (!waiter.isLooking && waiters.contains(waiter)) {
            look(waiter);
        }
    }

    private void fail(Waiter waiter, Throwable failure) {
        if (leave(waiter)) {
            waiter.answer.fail(failure);
            finishClose();
        }
    }

    private void answer(Waiter waiter, Optional<Task> found) {
        if (leave(waiter)) {
            waiter.answer.complete(found);
            finishClose();
        }
    }

    private boolean leave(Waiter waiter) {
        if (!waiters.remove(waiter)) {
            return false;
        }
        size = waiters.size();
        waiter.cancellation.onCancel(null);
        if (waiter.timer != Waiter.NO_TIMER) {
            timers.cancel(waiter.timer);
        }
        if (waiter.desk != null) {
            waiter.desk.remove(waiter);
        }
        return true;
    }

    private void finishClose() {
        if (closed != null && waiters.isEmpty()) {
            closed.tryComplete();
        }
    }

    /** Those that wait in one namespace, and their place at its tail. */
    private final class Desk implements ChangeTail.Member {
        private final String namespace;
        private final Map<String, List<Waiter>> byTask = new HashMap<>();
        private final ChangeTail tail;
        private boolean isJoined;

        Desk(String namespace) {
            this.namespace = namespace;
            this.tail = feed.tail(namespace);
        }

        void add(Waiter waiter) {
            waiter.desk = this;
            byTask.computeIfAbsent(waiter.get.taskId(), id -> new ArrayList<>(1))
                    .add(waiter);
            if (!isJoined) {
                isJoined = true;
                tail.join(this);
            }
            // What changed between the look before and the place where the tail stands is seen by another look, made
            // when the tail stands. If it does not yet, onReady looks.
            if (tail.cursor() != null && !waiter.isLooking && waiters.contains(waiter)) {
                look(waiter);
            }
        }

        void remove(Waiter waiter) {
            waiter.desk = null;
            List<Waiter> same = byTask.get(waiter.get.taskId());
            if (same != null && same.remove(waiter) && same.isEmpty()) {
                byTask.remove(waiter.get.taskId());
            }
            if (byTask.isEmpty()) {
                desks.remove(namespace);
                tail.leave(this);
            }
        }

        @Override
        public void onReady(Cursor at) {
            for (List<Waiter> same : List.copyOf(byTask.values())) {
                for (Waiter waiter : List.copyOf(same)) {
                    if (!waiter.isLooking) {
                        look(waiter);
                    }
                }
            }
        }

        @Override
        public void onPage(ChangePage page) {
            for (Change change : page.changes()) {
                List<Waiter> same = byTask.get(change.taskId());
                if (same != null) {
                    List.copyOf(same).forEach(waiter -> consider(waiter, change));
                }
            }
        }

        private void consider(Waiter waiter, Change change) {
            Task task = change.task();
            if (change.version() <= waiter.seenVersion) {
                return;
            }
            waiter.seenVersion = change.version();
            if (task == null) {
                answer(waiter, Optional.empty());
            } else if (waiter.isServedBy(task)) {
                answer(waiter, Optional.of(task));
            }
        }

        @Override
        public void onExpired() {
            // onReady follows, and looks.
        }

        @Override
        public void onFailure(StoreException failure) {
            // They wait on; when their time is over they ask the store, and hear it themselves.
        }
    }

    /** One read that waits. */
    private static final class Waiter {
        static final long NO_TIMER = -1;

        final TaskQuery.Get get;
        final Set<TaskState> until;
        final long beyondVersion;
        final CallOptions options;
        final Cancellation cancellation;
        final Promise<Optional<Task>> answer;
        long timer = NO_TIMER;
        long seenVersion;
        boolean isLooking;
        boolean isOver;

        @Nullable
        Desk desk;

        Waiter(
                TaskQuery.Get get,
                Set<TaskState> until,
                long beyondVersion,
                CallOptions options,
                Cancellation cancellation,
                Promise<Optional<Task>> answer) {
            this.get = get;
            this.until = until;
            this.beyondVersion = beyondVersion;
            this.options = options;
            this.cancellation = cancellation;
            this.answer = answer;
        }

        boolean isServedBy(Task task) {
            return task.version() > beyondVersion && until.contains(task.state());
        }
    }
}
