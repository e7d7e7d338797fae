package dev.tandem.grpc;

import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.tandem.store.CallOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The calls under way on one event loop, which owns this: their bounds, deadlines, and end. */
final class Calls {
    /** Deadlines further away than this are none: nobody waits so long, and timers need not last. */
    private static final long DEADLINE_NANOS_MAX = TimeUnit.DAYS.toNanos(1);

    /** Answers from this size on are counted until they have left; all smaller ones are few bytes. */
    static final int COUNTED_ANSWER_BYTES = 4 * 1024;

    private final Vertx vertx;
    private final CallListener listener;
    private final int callsMax;
    private final int streamsMax;
    private final long requestBytesMax;
    private final long answerBytesMax;
    private final Set<Call> endOnDrain = new LinkedHashSet<>();

    /** Changed by the loop alone; read by whoever measures. */
    private final AtomicInteger unary = new AtomicInteger();

    private final AtomicInteger streams = new AtomicInteger();
    private long requestBytes;
    private long answerBytes;
    private boolean isDraining;
    private @Nullable Promise<Void> idle;

    /** Bounds are of the whole server, of which this is one of {@code loops} loops. */
    Calls(Vertx vertx, ApiLimits limits, int loops, CallListener listener) {
        this.vertx = vertx;
        this.listener = listener;
        this.callsMax = Math.max(1, limits.callsMax() / loops);
        this.streamsMax = Math.max(1, limits.streamsMax() / loops);
        this.requestBytesMax = limits.requestBytesInFlightMax() / loops;
        this.answerBytesMax = limits.answerBytesInFlightMax() / loops;
    }

    /**
     * A call whose head has arrived. It may come back ended already, because it was refused.
     *
     * @param timeoutNanos how long the caller waits; {@link Timeouts#NONE} for ever, {@link Timeouts#MALFORMED} is
     *     refused
     */
    Call begin(ApiMethod<?, ?> method, Exchange exchange, boolean isJson, long timeoutNanos) {
        Call call = new Call(this, method, exchange, isJson, System.nanoTime());
        Status refusal = refusal(method);
        if (refusal != null) {
            call.refuse(refusal);
        } else if (timeoutNanos == Timeouts.MALFORMED) {
            call.refuse(StatusMap.invalid(
                    StatusMap.INVALID_ARGUMENT, isJson ? Timeouts.JSON_HEADER : "grpc-timeout", Timeouts.rule(isJson)));
        } else if (timeoutNanos < DEADLINE_NANOS_MAX) {
            call.deadlineNanos(call.beganNanos + timeoutNanos);
        }
        return call;
    }

    /** Why a call can't be taken on just now, or null. */
    private @Nullable Status refusal(ApiMethod<?, ?> method) {
        if (isDraining) {
            return StatusMap.draining();
        }
        if (answerBytes > answerBytesMax) {
            return tooManyAnswerBytes();
        }
        if (method.isStream()) {
            return streams.get() < streamsMax
                    ? null
                    : StatusMap.overloaded("the sidecar has " + streamsMax + " open streams, the most it takes");
        }
        return unary.get() < callsMax
                ? null
                : StatusMap.overloaded("the sidecar has " + callsMax + " calls under way, the most it takes");
    }

    private AtomicInteger countOf(ApiMethod<?, ?> method) {
        return method.isStream() ? streams : unary;
    }

    /**
     * Counts bytes of a request that arrived; they are held until {@link #release}, or until the call ends that says it has
     * them.
     *
     * @param own how many its request has by now; one request alone is taken whatever its size
     * @return false if they are too many: then the call is to be refused
     */
    boolean hold(int bytes, int own) {
        requestBytes += bytes;
        return requestBytes <= requestBytesMax || requestBytes == own;
    }

    void release(int bytes) {
        requestBytes -= bytes;
    }

    Status tooManyBytes() {
        return StatusMap.overloaded("the sidecar holds as many bytes of requests as it takes");
    }

    /** Counts bytes of an answer that its caller has not taken yet. */
    void holdAnswer(int bytes) {
        answerBytes += bytes;
    }

    void releaseAnswer(int bytes) {
        answerBytes -= bytes;
    }

    private static Status tooManyAnswerBytes() {
        return StatusMap.overloaded("the sidecar holds as many bytes of answers as it keeps: read those first");
    }

    /** Runs a call whose request has arrived whole; only from here on it counts among those under way. */
    @SuppressWarnings("unchecked") // The fronts parse requests by the method that they are for.
    <Q extends Message> void run(Call call, Q request) {
        if (call.hasEnded()) {
            return;
        }
        Status refusal = refusal(call.method);
        if (refusal != null) {
            call.refuse(refusal);
            return;
        }
        call.underWay();
        countOf(call.method).incrementAndGet();
        long deadline = call.deadlineNanos();
        if (deadline != CallOptions.NEVER && deadline - System.nanoTime() <= 0) {
            call.refuse(StatusMap.deadlinePassed());
            return;
        }
        ApiMethod<Q, ?> method = (ApiMethod<Q, ?>) call.method;
        try {
            if (method.unary() != null) {
                answer(call, method.unary().handle(request, call));
            } else if (method.stream() != null) {
                call.endOnDrain();
                method.stream().open(request, call);
            }
        } catch (RuntimeException e) {
            call.refuse(StatusMap.of(e, method.isWrite()));
        }
        if (!call.hasEnded() && deadline != CallOptions.NEVER) {
            startTimer(call, deadline);
        }
    }

    private void answer(Call call, Future<? extends Message> answer) {
        answer.onComplete((message, failure) -> {
            if (call.hasEnded()) {
                return;
            }
            if (failure != null) {
                call.refuse(StatusMap.of(failure, call.method.isWrite()));
            } else if (answerBytes > 0 && answerBytes + message.getSerializedSize() > answerBytesMax) {
                call.refuse(call.method.isWrite() ? StatusMap.answerDropped() : tooManyAnswerBytes());
            } else {
                call.reply(message);
            }
        });
    }

    private void startTimer(Call call, long deadline) {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()) + 1;
        call.timer(vertx.setTimer(Math.max(1, millis), id -> {
            call.timer(Call.NO_TIMER);
            call.refuse(StatusMap.deadlineReached(call.method.isWrite()));
        }));
    }

    void endOnDrain(Call call) {
        if (isDraining) {
            call.refuse(StatusMap.draining());
        } else {
            endOnDrain.add(call);
        }
    }

    /** Told by each call, once. */
    void ended(Call call, int code) {
        if (call.timer() != Call.NO_TIMER) {
            vertx.cancelTimer(call.timer());
            call.timer(Call.NO_TIMER);
        }
        if (call.endsOnDrain()) {
            endOnDrain.remove(call);
        }
        release(call.requestBytes());
        if (call.isUnderWay()) {
            countOf(call.method).decrementAndGet();
        }
        if (listener != CallListener.NONE) {
            listener.ended(call.method.fullName(), code, System.nanoTime() - call.beganNanos, call.isJson);
        }
        if (idle != null && unary.get() + streams.get() == 0) {
            idle.tryComplete();
        }
    }

    int unary() {
        return unary.get();
    }

    int streams() {
        return streams.get();
    }

    /** Ends what waits or streams, as calls that can be made again elsewhere. */
    void endWaiting() {
        Status status = StatusMap.draining();
        for (Call call : new ArrayList<>(endOnDrain)) {
            call.refuse(status);
        }
    }

    /** Refuses new calls from now on; completes when those under way have ended. */
    Future<Void> drain() {
        isDraining = true;
        endWaiting();
        if (idle == null) {
            idle = Promise.promise();
        }
        if (unary.get() + streams.get() == 0) {
            idle.tryComplete();
        }
        return idle.future();
    }
}
