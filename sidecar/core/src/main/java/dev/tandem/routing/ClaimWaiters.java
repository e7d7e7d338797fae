package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims that wait until there is something to claim.
 *
 * <p>Those that wait for the same queues of a namespace form a line. When something may have become claimable, the
 * first of the line asks the store; only if it gets something do others ask. So a new task costs one or two claims,
 * however many workers wait for it.
 *
 * <p>Called on the context that it was made on, and nowhere else; the futures complete on the caller's.
 */
public final class ClaimWaiters {
    /** The most claims that wait at a time; more are refused as OVERLOADED. */
    public static final int WAITERS_MAX = 10_000;

    private static final Logger log = LoggerFactory.getLogger(ClaimWaiters.class);
    private static final Claimed NOTHING = new Claimed(List.of(), Long.MAX_VALUE);

    private final Owner owner = Owner.current();
    private final Timers timers;
    private final TaskStore store;
    private final InstantSource clock;

    /** By namespace; only those in which somebody waits. */
    private final Map<String, ClaimRoom> rooms = new HashMap<>();

    private final Set<Waiter> waiters = new LinkedHashSet<>();
    private @Nullable Promise<Void> closed;
    private volatile int size;
    private long arrivals;

    /** Belongs to the calling context. */
    public ClaimWaiters(Vertx vertx, TaskStore store, InstantSource clock) {
        this(Timers.of(vertx), store, clock);
    }

    ClaimWaiters(Timers timers, TaskStore store, InstantSource clock) {
        this.timers = timers;
        this.store = store;
        this.clock = clock;
    }

    /** As {@link #claim(TaskCommand, Duration, CallOptions, Cancellation)}, for a caller that never goes away. */
    public Future<Outcome> claim(TaskCommand claim, Duration wait, CallOptions options) {
        return claim(claim, wait, options, new Cancellation());
    }

    /**
     * Claims now, or as soon as there is something to claim.
     *
     * <p>The future succeeds with an empty {@link Claimed} when the wait is over, shortly before the deadline, or on
     * {@link #close}. It fails if the first try does; later failures are waited out, except those that leave open
     * whether something was claimed.
     *
     * <p>What is claimed for a caller that is found to have gone is released, unless the command has a request id: the
     * caller may come back under it and gets the same tasks then.
     *
     * @param claim a command whose verb is {@link Verb.Claim}; later tries carry the time at which they are made
     * @param wait zero or less to ask only once
     */
    public Future<Outcome> claim(TaskCommand claim, Duration wait, CallOptions options, Cancellation cancellation) {
        owner.check();
        if (!(claim.verb() instanceof Verb.Claim verb)) {
            throw new IllegalArgumentException("not a claim: " + claim.verb());
        }
        long waitMillis = Waits.boundedMillis(wait, options);
        if (waitMillis <= 0 || closed != null) {
            return store.execute(claim, options).onSuccess(outcome -> {
                if (cancellation.isCancelled()) {
                    giveBack(claim, outcome);
                }
            });
        }
        if (waiters.size() >= WAITERS_MAX) {
            return owner.failedForCaller(new StoreException(
                    FailureKind.OVERLOADED, WAITERS_MAX + " claims wait already, as many as may; try again later"));
        }
        Waiter waiter = new Waiter(++arrivals, claim, verb.queues(), options, cancellation, owner.promiseForCaller());
        waiters.add(waiter);
        size = waiters.size();
        owner.run(() -> enter(waiter, waitMillis));
        return waiter.answer.future();
    }

    /** How many claims wait now. May be asked from any thread. */
    public int size() {
        return size;
    }

    /** How many namespaces are listened to now. */
    int rooms() {
        return rooms.size();
    }

    /**
     * Answers all that wait with an empty {@link Claimed}; claims made from now on ask only once.
     *
     * @return succeeds when every answer is given: a claim that the store is working on waits for it
     */
    public Future<Void> close() {
        Promise<Void> done = owner.promiseForCaller();
        owner.run(() -> {
            if (closed == null) {
                closed = done;
                List.copyOf(waiters).forEach(this::over);
                if (waiters.isEmpty()) {
                    done.tryComplete();
                }
            } else {
                closed.future().onComplete(done);
            }
        });
        return done.future();
    }

    private void enter(Waiter waiter, long waitMillis) {
        waiter.endTimer = timers.set(waitMillis, () -> {
            waiter.endTimer = Waiter.NO_TIMER;
            over(waiter);
        });
        waiter.cancellation.onCancel(() -> owner.run(() -> {
            waiter.isGone = true;
            over(waiter);
        }));
        ClaimRoom room = rooms.get(waiter.claim.namespace());
        if (room != null && waiter.claim.request() == null && room.hasLine(waiter.queues)) {
            // Somebody waits for the same queues, so they are as good as known to be empty. Not so for a repeated
            // request: it may have its tasks already.
            room.line(waiter.queues).add(waiter);
            return;
        }
        ask(waiter, waiter.claim, room, room == null ? 0 : room.notices());
    }

    private void ask(Waiter waiter, TaskCommand claim, @Nullable ClaimRoom roomThen, long noticesThen) {
        waiter.isAsking = true;
        store.execute(claim, waiter.options).onComplete((outcome, failure) -> {
            waiter.isAsking = false;
            if (failure != null) {
                fail(waiter, failure);
            } else if (isFinal(waiter, outcome)) {
                answer(waiter, outcome);
            } else {
                ClaimRoom room = rooms.computeIfAbsent(
                        waiter.claim.namespace(), name -> new ClaimRoom(this, timers, clock, name));
                ClaimLine line = room.line(waiter.queues);
                line.add(waiter);
                if (room != roomThen || room.notices() != noticesThen) {
                    line.stir();
                } else {
                    line.rest(((Claimed) outcome).nextDueAtMillis());
                }
            }
        });
    }

    /** Asks again for one that waits in a line, and tells the line what came of it. */
    void askAgain(Waiter waiter, ClaimLine line, long stirsThen) {
        waiter.isAsking = true;
        TaskCommand claim = waiter.claim.withAtMillis(clock.millis());
        store.execute(claim, waiter.options).onComplete((outcome, failure) -> {
            waiter.isAsking = false;
            if (failure != null) {
                StoreException known = Router.asStoreException(failure);
                boolean isOpen = known.kind() == FailureKind.MAYBE_APPLIED || known.kind() == FailureKind.CORRUPT;
                if (isOpen) {
                    fail(waiter, known);
                } else if (waiter.isOver || known.kind() == FailureKind.DEADLINE_PASSED) {
                    answer(waiter, NOTHING);
                }
                line.onFailure(waiter);
            } else {
                boolean gotNothing = isEmpty(outcome);
                if (isFinal(waiter, outcome)) {
                    answer(waiter, outcome);
                }
                if (gotNothing && !isSpent(outcome)) {
                    line.onNothing(waiter, stirsThen, ((Claimed) outcome).nextDueAtMillis());
                } else {
                    line.onGot();
                }
            }
        });
    }

    /** Whether this is what the caller gets, so that it need not wait any longer. */
    private static boolean isFinal(Waiter waiter, Outcome outcome) {
        return waiter.isOver || !isEmpty(outcome) || isSpent(outcome);
    }

    private static boolean isEmpty(Outcome outcome) {
        return outcome instanceof Claimed claimed && claimed.tasks().isEmpty();
    }

    /** Whether it repeats a request whose tasks are held no more: asking again will not get anything, ever. */
    private static boolean isSpent(Outcome outcome) {
        return outcome instanceof Claimed claimed && claimed.nextDueAtMillis() == Claimed.NEVER_AGAIN;
    }

    private void over(Waiter waiter) {
        waiter.isOver = true;
        if (!waiter.isAsking) {
            answer(waiter, NOTHING);
        }
    }

    private void fail(Waiter waiter, Throwable failure) {
        if (leave(waiter)) {
            waiter.answer.fail(failure);
            finishClose();
        }
    }

    private void answer(Waiter waiter, Outcome outcome) {
        if (leave(waiter)) {
            if (waiter.isGone) {
                giveBack(waiter.claim, outcome);
            }
            waiter.answer.complete(outcome);
            finishClose();
        }
    }

    private boolean leave(Waiter waiter) {
        if (!waiters.remove(waiter)) {
            return false;
        }
        size = waiters.size();
        waiter.cancellation.onCancel(null);
        if (waiter.endTimer != Waiter.NO_TIMER) {
            timers.cancel(waiter.endTimer);
        }
        if (waiter.line != null) {
            waiter.line.remove(waiter);
        }
        return true;
    }

    private void finishClose() {
        if (closed != null && waiters.isEmpty()) {
            closed.tryComplete();
        }
    }

    private void giveBack(TaskCommand claim, Outcome outcome) {
        if (claim.request() != null || !(outcome instanceof Claimed claimed)) {
            return;
        }
        for (Task task : claimed.tasks()) {
            TaskLease lease = task.lease();
            if (lease != null) {
                Verb release = new Verb.Release(task.id(), lease.token(), 0);
                store.execute(TaskCommand.of(claim.namespace(), clock.millis(), release), CallOptions.DEFAULT)
                        .onFailure(failure -> log.debug(
                                "a task that was claimed for a caller that had gone stays"
                                        + " claimed until its lease runs out: {}",
                                failure.toString()));
            }
        }
    }

    TaskStore store() {
        return store;
    }

    void remove(ClaimRoom room) {
        rooms.remove(room.namespace());
    }

    /** One claim that waits. */
    static final class Waiter {
        static final long NO_TIMER = -1;

        /** Its place in the line: who came first asks first. */
        final long arrival;

        final TaskCommand claim;
        final List<String> queues;
        final CallOptions options;
        final Cancellation cancellation;
        final Promise<Outcome> answer;
        long endTimer = NO_TIMER;

        /** The line that it waits in; also while it asks. */
        @Nullable
        ClaimLine line;

        /** The store works on it, and what comes of that is its answer if it {@link #isOver}. */
        boolean isAsking;

        boolean isOver;
        boolean isGone;

        Waiter(
                long arrival,
                TaskCommand claim,
                List<String> queues,
                CallOptions options,
                Cancellation cancellation,
                Promise<Outcome> answer) {
            this.arrival = arrival;
            this.claim = claim;
            this.queues = queues;
            this.options = options;
            this.cancellation = cancellation;
            this.answer = answer;
        }
    }
}
