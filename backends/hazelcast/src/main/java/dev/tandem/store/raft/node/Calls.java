package dev.tandem.store.raft.node;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.netty.buffer.ByteBufInputStream;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The calls that have no answer yet. Each is at one node, or waits for one; it goes on to another when its node is lost, or
 * another one leads its group. All but {@link #start} happens on the link's context.
 */
final class Calls {
    private static final String CLOSED = "the connection to the store nodes is closed";

    private final ContextInternal context;
    private final NodeOptions options;
    private final Routes routes;
    private final Runnable onFirst;
    private final LongObjectMap<Call> open = new LongObjectHashMap<>();
    private long nextId = 1;

    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean closed;

    // Written on the context, or by few; read for the status.
    private final AtomicLong resent = new AtomicLong();
    private final AtomicLong overloaded = new AtomicLong();
    private final AtomicLong timedOut = new AtomicLong();

    /** @param onFirst called when there is a call after there was none */
    Calls(ContextInternal context, NodeOptions options, Routes routes, Runnable onFirst) {
        this.context = context;
        this.options = options;
        this.routes = routes;
        this.onFirst = onFirst;
    }

    /** Begins a call. From any thread. */
    void start(Call call) {
        int calls = count.incrementAndGet();
        long held = bytes.addAndGet(call.bytes);
        if (calls > options.callsMax() || (calls > 1 && held > options.callBytesMax())) {
            release(call);
            overloaded.incrementAndGet();
            call.fail(new StoreException(
                    FailureKind.OVERLOADED,
                    (calls - 1) + " calls with " + (held - call.bytes)
                            + " bytes are on their way to the store nodes already: try again after a pause"));
            return;
        }
        context.execute(() -> begin(call));
    }

    private void release(Call call) {
        count.decrementAndGet();
        bytes.addAndGet(-call.bytes);
    }

    private void begin(Call call) {
        if (closed) {
            release(call);
            call.failUnanswered(CLOSED);
            return;
        }
        call.id = nextId++;
        if (open.isEmpty()) {
            onFirst.run();
        }
        open.put(call.id, call);
        dispatch(call);
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /** Sends it, if it waits to be sent and there is a node for it. */
    private void dispatch(Call call) {
        NodeLink to = call.at != null || open.get(call.id) != call ? null : routes.route(call);
        if (to == null) {
            return;
        }
        if (call.bytes > to.messageBytesMax()) {
            end(call);
            call.fail(new StoreException(
                    FailureKind.NOT_APPLIED,
                    "the command has " + call.bytes + " bytes, and the store node " + to.node() + " takes messages of "
                            + to.messageBytesMax() + " at most"));
            return;
        }
        if (call.attempts++ > 0) {
            resent.incrementAndGet();
        }
        call.at = to;
        to.send(call);
    }

    /** Takes a call off the list, and off its node. */
    private void end(Call call) {
        open.remove(call.id);
        release(call);
        NodeLink at = call.at;
        if (at != null) {
            at.callEnded();
        }
    }

    // ---- what nodes say

    /** A node has answered, or said a part of its answer. */
    void answered(NodeLink from, ByteBufInputStream body) throws IOException {
        Call call = open.get(body.readLong());
        if (call == null || call.at != from) {
            return;
        }
        boolean whole;
        try {
            whole = call.take(body);
        } catch (IOException | RuntimeException e) {
            end(call);
            call.fail(new IllegalStateException(from.node() + " gave an answer that can't be read", e));
            return;
        }
        if (whole) {
            end(call);
            call.succeed();
        }
    }

    /** A node has no answer. */
    void failed(NodeLink from, long id, @Nullable FailureKind kind, String sentence) {
        Call call = open.get(id);
        if (call == null || call.at != from) {
            return;
        }
        if (kind == FailureKind.MAYBE_APPLIED) {
            call.doubt();
        }
        boolean isOver = kind != FailureKind.NOT_APPLIED
                && kind != FailureKind.MAYBE_APPLIED
                && (kind != FailureKind.OVERLOADED || !call.wasInDoubt());
        if (!isOver) {
            // With a pause, until the next look: the node may say the same again at once.
            call.leave(from.node() + ": " + sentence);
            from.callEnded();
            return;
        }
        end(call);
        call.fail(
                kind == null
                        ? new IllegalStateException(from.node() + ": " + sentence)
                        : new StoreException(kind, from.node() + ": " + sentence));
    }

    // ---- what becomes of nodes

    /** The calls at a node have to go elsewhere. */
    void lost(NodeLink link, String problem) {
        resend(call -> call.at == link, problem);
    }

    /** Groups have leaders that are not where their calls went. */
    void led(long groups) {
        resend(
                call -> (groups & Wire.bit(call.group)) != 0
                        && call.at != null
                        && !call.isAnsweredAnywhere()
                        && call.at != routes.leader(call.group),
                "another node leads the group now");
    }

    private void resend(Predicate<Call> which, String problem) {
        for (Call call : those(which)) {
            NodeLink at = call.at;
            if (at != null) {
                call.lost(at.node() + ": " + problem);
                at.callEnded();
            }
            dispatch(call);
        }
    }

    private List<Call> those(Predicate<Call> which) {
        List<Call> found = new ArrayList<>();
        for (Call call : open.values()) {
            if (which.test(call)) {
                found.add(call);
            }
        }
        return found;
    }

    /** There may be nodes now for calls that wait for one. */
    void sendWaiting() {
        those(call -> call.at == null).forEach(this::dispatch);
    }

    /** Ends calls whose time is up, and sends those that wait. */
    void check() {
        long now = System.nanoTime();
        for (Call call : those(call -> now - call.deadlineNanos >= 0)) {
            timedOut.incrementAndGet();
            end(call);
            call.failUnanswered("no store node answered in time: " + call.lastProblem());
        }
        sendWaiting();
    }

    /** Fails all that is under way, and what is yet to come. */
    void close() {
        closed = true;
        for (Call call : those(call -> true)) {
            end(call);
            call.failUnanswered(CLOSED);
        }
    }

    NodesStatus.Counts counts(long connectionsMade, long connectionsLost) {
        return new NodesStatus.Counts(connectionsMade, connectionsLost, resent.get(), overloaded.get(), timedOut.get());
    }
}
