package dev.tandem.bench;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls and measures them, on one event loop that owns all of its state.
 *
 * <p>In a closed loop, a call is followed by the next as soon as it is answered, so that a fixed number is in flight. In
 * an open loop, calls have their times whatever became of those before, and latency counts from those times: a stall is
 * seen by every call that it delays.
 */
final class LoadGenerator {
    /** The longest latency that is told apart from longer ones. */
    private static final long LATENCY_MAX_NANOS = Duration.ofMinutes(2).toNanos();

    private static final int DIGITS = 3;

    /** The most calls under way in an open loop, where nobody says; later ones wait, and their latency grows. */
    static final int OUTSTANDING_MAX = 4096;

    /** How long the answers to the last calls are waited for. */
    static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

    /** How finely an open loop is paced. */
    private static final long PACE_NANOS = 100_000;

    /** Gives the next call, made when it is asked for; null if there are no more. */
    interface Calls extends Supplier<@Nullable Future<?>> {}

    /** The same for whoever wants to know when each call was due, as System.nanoTime() has it. */
    interface DueCalls {
        @Nullable
        Future<?> at(long dueNanos);
    }

    private final Context context;

    LoadGenerator(Context context) {
        this.context = context;
    }

    /** Keeps {@code inFlight} calls under way for a time, or until there are no more. */
    Future<Sample> closed(Calls calls, int inFlight, Duration time) {
        Promise<Sample> done = Promise.promise();
        context.runOnContext(start -> new Run(due -> calls.get(), inFlight, time.toNanos(), 0, done).begin());
        return done.future();
    }

    /** Makes {@code rate} calls a second for a time, or until there are no more. */
    Future<Sample> open(Calls calls, double rate, Duration time) {
        return open(due -> calls.get(), rate, time, OUTSTANDING_MAX);
    }

    /**
     * As {@link #open(Calls, double, Duration)}.
     *
     * @param outstandingMax the most calls under way; later ones wait, and their latency grows
     */
    Future<Sample> open(DueCalls calls, double rate, Duration time, int outstandingMax) {
        Promise<Sample> done = Promise.promise();
        context.runOnContext(start -> {
            Run run = new Run(calls, outstandingMax, time.toNanos(), 1e9 / rate, done);
            run.begin();
            Thread pace = new Thread(() -> run.pace(context), "tandem-bench-pace");
            pace.setDaemon(true);
            pace.start();
        });
        return done.future();
    }

    /** One phase. */
    private static final class Run {
        private final DueCalls calls;
        private final int inFlightMax;
        private final long timeNanos;
        private final double intervalNanos;
        private final Promise<Sample> done;
        private final Histogram latency = new Histogram(LATENCY_MAX_NANOS, DIGITS);
        private final @Nullable Histogram late;
        private long startNanos;
        private long lastAnswerNanos;
        private long begun;
        private int inFlight;
        private long errors;
        private @Nullable String firstError;
        private boolean noMore;
        private boolean pumping;
        private volatile boolean paceEnded;
        private volatile boolean wakeUnderWay;

        Run(DueCalls calls, int inFlightMax, long timeNanos, double intervalNanos, Promise<Sample> done) {
            this.calls = calls;
            this.inFlightMax = inFlightMax;
            this.timeNanos = timeNanos;
            this.intervalNanos = intervalNanos;
            this.done = done;
            this.late = intervalNanos == 0 ? null : new Histogram(LATENCY_MAX_NANOS, DIGITS);
        }

        void begin() {
            startNanos = System.nanoTime();
            lastAnswerNanos = startNanos;
            pump();
        }

        /** Wakes the loop often enough that calls are sent near their times; on a thread of its own. */
        void pace(Context context) {
            long step = Math.max(PACE_NANOS, (long) intervalNanos);
            while (!paceEnded) {
                LockSupport.parkNanos(step);
                // One at a time, or they would pile up while the loop is held up.
                if (!wakeUnderWay) {
                    wakeUnderWay = true;
                    try {
                        context.runOnContext(wake -> {
                            wakeUnderWay = false;
                            pump();
                        });
                    } catch (RejectedExecutionException e) {
                        return; // the event loop has ended, as the run was ended
                    }
                }
            }
        }

        /** Begins all calls that may begin now. A call that is answered on the spot comes back here; it is not nested. */
        private void pump() {
            if (pumping || paceEnded) {
                return;
            }
            pumping = true;
            while (inFlight < inFlightMax && !noMore) {
                long now = System.nanoTime();
                if (late == null) {
                    noMore = now - startNanos >= timeNanos;
                    if (!noMore) {
                        call(now);
                    }
                } else {
                    long due = startNanos + (long) (begun * intervalNanos);
                    noMore = due - startNanos >= timeNanos;
                    if (noMore || due > now) {
                        break;
                    }
                    late.recordValue(Math.min(now - due, LATENCY_MAX_NANOS));
                    call(due);
                }
            }
            pumping = false;
            if (noMore && inFlight == 0) {
                paceEnded = true;
                done.complete(Sample.of(latency, late, errors, firstError, lastAnswerNanos - startNanos));
            }
        }

        private void call(long fromNanos) {
            Future<?> call;
            try {
                call = calls.at(fromNanos);
            } catch (RuntimeException e) {
                call = Future.failedFuture(e);
            }
            if (call == null) {
                noMore = true;
                return;
            }
            begun++;
            inFlight++;
            call.onComplete(answer -> answered(answer, fromNanos));
        }

        private void answered(AsyncResult<?> answer, long fromNanos) {
            inFlight--;
            lastAnswerNanos = System.nanoTime();
            if (answer.succeeded()) {
                latency.recordValue(Math.min(lastAnswerNanos - fromNanos, LATENCY_MAX_NANOS));
            } else {
                errors++;
                if (firstError == null) {
                    firstError = answer.cause().getMessage();
                }
            }
            pump();
        }
    }

    /** Waits on the calling thread, which must not be an event loop, for a phase of at most {@code time}. */
    static Sample await(Future<Sample> phase, Duration time) {
        return Waiting.on(phase, time.plus(DRAIN_TIMEOUT), "the calls of a phase");
    }
}
