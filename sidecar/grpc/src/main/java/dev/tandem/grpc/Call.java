package dev.tandem.grpc;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.tandem.routing.Cancellation;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * One call under way. It is answered once: by its handler, its deadline, its caller's going away or the server's
 * draining, whichever comes first; what comes after that is dropped. Owned by the event loop that it came in on.
 */
final class Call {
    static final long NO_TIMER = -1;

    /** The header that marks the answer of a read that may be a moment behind; part of the API. */
    static final String CONSISTENCY_HEADER = "tandem-consistency";

    /** How many bytes of a stream may wait to be sent before it is full. */
    private static final int UNSENT_BYTES_MAX = 64 * 1024;

    final ApiMethod<?, ?> method;
    final boolean isJson;
    final long beganNanos;

    private final Calls calls;
    private final Exchange exchange;
    private long deadlineNanos = CallOptions.NEVER;
    private long timer = NO_TIMER;
    private int requestBytes;
    private int unsentBytes;
    private boolean isUnderWay;
    private boolean hasEnded;
    private boolean endsOnDrain;
    private boolean isEventual;
    private @Nullable Cancellation cancellation;
    private @Nullable Runnable onEnd;
    private @Nullable Runnable onDrain;

    Call(Calls calls, ApiMethod<?, ?> method, Exchange exchange, boolean isJson, long beganNanos) {
        this.calls = calls;
        this.method = method;
        this.exchange = exchange;
        this.isJson = isJson;
        this.beganNanos = beganNanos;
    }

    /** What the store is told of this call; of a read that may be a moment behind, its caller is told, too. */
    CallOptions options(Consistency consistency) {
        isEventual = consistency == Consistency.EVENTUAL;
        return deadlineNanos == CallOptions.NEVER && consistency == Consistency.LINEARIZABLE
                ? CallOptions.DEFAULT
                : new CallOptions(deadlineNanos, consistency);
    }

    CallOptions options() {
        return options(Consistency.LINEARIZABLE);
    }

    /** Is cancelled when the caller goes away, or the call ends otherwise before it was answered. */
    Cancellation cancellation() {
        if (cancellation == null) {
            cancellation = new Cancellation();
        }
        return cancellation;
    }

    /** Has draining end this call as one that can be made again. */
    void endOnDrain() {
        if (!hasEnded) {
            endsOnDrain = true;
            calls.endOnDrain(this);
        }
    }

    /** What to let go of when the call ends, however it does; at once if it has. */
    void onEnd(Runnable action) {
        if (hasEnded) {
            action.run();
        } else {
            onEnd = action;
        }
    }

    boolean hasEnded() {
        return hasEnded;
    }

    boolean endsOnDrain() {
        return endsOnDrain;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    void deadlineNanos(long deadlineNanos) {
        this.deadlineNanos = deadlineNanos;
    }

    long timer() {
        return timer;
    }

    void timer(long timer) {
        this.timer = timer;
    }

    int requestBytes() {
        return requestBytes;
    }

    /** It has these bytes of its request until it ends; they were counted. */
    void addRequestBytes(int bytes) {
        requestBytes += bytes;
    }

    /** Whether its request has arrived whole, and it was begun. */
    boolean isUnderWay() {
        return isUnderWay;
    }

    void underWay() {
        isUnderWay = true;
    }

    void reply(Message message) {
        if (end(Code.OK_VALUE, false)) {
            mark();
            int bytes = message.getSerializedSize();
            Future<Void> sent = exchange.reply(message);
            if (bytes >= Calls.COUNTED_ANSWER_BYTES) {
                calls.holdAnswer(bytes);
                sent.onComplete(left -> calls.releaseAnswer(bytes));
            }
        }
    }

    void refuse(Status status) {
        if (end(status.getCode(), true)) {
            mark();
            exchange.refuse(status);
        }
    }

    private void mark() {
        if (isEventual) {
            // That there is no such task may be a moment old, too.
            exchange.header(CONSISTENCY_HEADER, "eventual");
        }
    }

    /** The caller went away: nobody is there to be answered. */
    void callerGone() {
        end(Code.CANCELLED_VALUE, true);
    }

    void write(Message message) {
        if (!hasEnded) {
            int bytes = message.getSerializedSize();
            unsentBytes += bytes;
            calls.holdAnswer(bytes);
            exchange.write(message).onComplete(left -> sent(bytes));
        }
    }

    private void sent(int bytes) {
        unsentBytes -= bytes;
        calls.releaseAnswer(bytes);
        if (onDrain != null && unsentBytes <= UNSENT_BYTES_MAX / 2 && !hasEnded) {
            onDrain.run();
        }
    }

    /** Whether more of the stream waits to be sent than should. */
    boolean isFull() {
        return unsentBytes >= UNSENT_BYTES_MAX;
    }

    /** What to call when the stream has room again; also when it was not full. */
    void onDrain(Runnable action) {
        onDrain = action;
    }

    private boolean end(int code, boolean cancel) {
        if (hasEnded) {
            return false;
        }
        hasEnded = true;
        calls.ended(this, code);
        if (cancel && cancellation != null) {
            cancellation.cancel();
        }
        if (onEnd != null) {
            onEnd.run();
        }
        return true;
    }
}
