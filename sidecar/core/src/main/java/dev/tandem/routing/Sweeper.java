package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sweeps what has run out, in each namespace and again and again: leases, retentions, remembered requests, tombstones.
 *
 * <p>One bounded command at a time, so that it never holds a store for long. A store that fails is tried again after
 * pauses that grow while it does; namespaces that fail for good, as those whose writes were stopped, keep none of the
 * others waiting for longer than some rounds. Called on the context that it was made on.
 */
public final class Sweeper {
    /** The most that one command sweeps. */
    static final int STEP_MAX = 256;

    /** The most commands on one namespace before the others have their turn. */
    static final int STEPS_MAX = 100;

    /** After how many namespaces that fail one after the other a round is given up; the next one goes on behind them. */
    static final int FAILURES_MAX = 3;

    /** The longest pause after a round in which nothing could be swept. */
    static final long PAUSE_MILLIS_MAX = 60_000;

    /** Of several stores, one that is away must not keep those in others from being swept. */
    private static final CallOptions THOSE_THAT_ANSWER = new CallOptions(CallOptions.NEVER, Consistency.EVENTUAL);

    private static final long NO_TIMER = -1;
    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);

    private final Owner owner = Owner.current();
    private final Timers timers;
    private final TaskStore store;
    private final InstantSource clock;
    private final long intervalMillis;
    private final DoubleSupplier random;
    private final ArrayDeque<String> namespaces = new ArrayDeque<>();
    private long timer = NO_TIMER;
    private boolean isSweeping;
    private boolean isFailing;
    private boolean hasSwept;
    private boolean hasFailed;
    private String last = "";
    private int failedInARow;
    private int roundsFailed;
    private @Nullable Promise<Void> closed;

    /**
     * Belongs to the calling context; does nothing before {@link #start}.
     *
     * @param interval from the end of one round to the beginning of the next, give or take a tenth, so that many
     *     sidecars do not sweep in step; at least a millisecond
     */
    public Sweeper(Vertx vertx, TaskStore store, InstantSource clock, Duration interval) {
        this(
                Timers.of(vertx),
                store,
                clock,
                interval,
                () -> ThreadLocalRandom.current().nextDouble());
    }

    Sweeper(Timers timers, TaskStore store, InstantSource clock, Duration interval, DoubleSupplier random) {
        this.timers = timers;
        this.store = store;
        this.clock = clock;
        this.intervalMillis = Math.max(1, interval.toMillis());
        this.random = random;
    }

    /** Begins; the first round comes after the interval. Doing so twice does nothing. */
    public void start() {
        owner.run(() -> {
            if (timer == NO_TIMER && !isSweeping && closed == null) {
                pause(intervalMillis);
            }
        });
    }

    /**
     * Begins nothing more.
     *
     * @return succeeds when the command that is under way is answered
     */
    public Future<Void> close() {
        Promise<Void> done = owner.promiseForCaller();
        owner.run(() -> {
            if (closed != null) {
                closed.future().onComplete(done);
                return;
            }
            closed = done;
            if (timer != NO_TIMER) {
                timers.cancel(timer);
                timer = NO_TIMER;
            }
            if (!isSweeping) {
                done.complete();
            }
        });
        return done.future();
    }

    private void pause(long millis) {
        double tenth = millis * 0.1;
        long jittered = Math.max(1, Math.round(millis - tenth + 2 * tenth * random.getAsDouble()));
        timer = timers.set(jittered, () -> {
            timer = NO_TIMER;
            isSweeping = true;
            store.query(new TaskQuery.Namespaces(), THOSE_THAT_ANSWER).onComplete((found, failure) -> {
                boolean wasGivenUp = failedInARow >= FAILURES_MAX;
                failedInARow = 0;
                hasSwept = false;
                hasFailed = false;
                namespaces.clear();
                if (failure != null) {
                    onFailure("anything", failure);
                } else {
                    // From the one at which the last round was given up: those behind it have not had their turn.
                    int begin = wasGivenUp ? found.indexOf(last) + 1 : 0;
                    namespaces.addAll(found.subList(begin, found.size()));
                    namespaces.addAll(found.subList(0, begin));
                }
                next();
            });
        });
    }

    private void next() {
        String namespace = closed == null && failedInARow < FAILURES_MAX ? namespaces.poll() : null;
        if (namespace != null) {
            last = namespace;
            step(namespace, STEPS_MAX);
        } else if (failedInARow > 0 && !hasSwept && closed == null) {
            putOff();
        } else {
            roundsFailed = 0;
            if (!hasFailed) {
                onSuccess();
            }
            finish(intervalMillis);
        }
    }

    private void step(String namespace, int stepsLeft) {
        TaskCommand sweep = TaskCommand.of(namespace, clock.millis(), new Verb.Sweep(STEP_MAX));
        store.execute(sweep, CallOptions.DEFAULT).onComplete((outcome, failure) -> {
            if (failure != null) {
                // It may be this namespace alone, so the others are tried.
                onFailure("namespace " + namespace, failure);
                next();
                return;
            }
            failedInARow = 0;
            hasSwept = true;
            if (outcome instanceof Outcome.Swept swept && swept.more() && stepsLeft > 1 && closed == null) {
                step(namespace, stepsLeft - 1);
            } else {
                next();
            }
        });
    }

    private void onFailure(String what, Throwable failure) {
        failedInARow++;
        hasFailed = true;
        if (!isFailing) {
            isFailing = true;
            log.warn("can't sweep {}, and will try again: {}", what, failure.getMessage());
        }
    }

    private void onSuccess() {
        if (isFailing) {
            isFailing = false;
            log.info("sweeping works again");
        }
    }

    private void putOff() {
        long longest = Math.max(PAUSE_MILLIS_MAX, intervalMillis);
        finish(Math.min(longest, intervalMillis << Math.min(++roundsFailed, 10)));
    }

    private void finish(long pauseMillis) {
        isSweeping = false;
        if (closed == null) {
            pause(pauseMillis);
        } else {
            closed.complete();
        }
    }
}
