package dev.tandem.store.redis.link;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one connection over which an event loop's calls go to one server, and those calls.
 *
 * <p>Calls are written together at the end of the loop's turn. While a connection is being made they wait; once that
 * has failed they are refused at once, until a further try succeeds, and the tries go on by themselves. Belongs to its
 * event loop, and is touched only there.
 */
final class ServerLink {
    /** The most bytes that are copied into one buffer. */
    private static final int FLUSH_BYTES_MAX = 256 * 1024;
    /** How often a read that lost its connection is sent again. */
    private static final int READ_REPEATS_MAX = 1;

    private static final long NO_TIMER = -1;
    private static final long NO_CHECK = Long.MAX_VALUE;
    private static final Request ASKING = Request.cmd(Command.ASKING);

    /** What happens to calls and servers elsewhere. */
    interface Events {
        /** Whether the error was the topology's, and the call goes on to another server. */
        boolean redirected(ServerLink from, Call call, ErrorType error);

        /** A connection is lost or could not be made. */
        void unreachable(ServerLink link);
    }

    private enum State {
        CONNECTING,
        UP,
        /** The last try failed: calls are refused. */
        DOWN,
        CLOSED
    }

    private final ContextInternal context;
    private final RedisOptions options;
    private final Connector connector;
    private final Supplier<Future<Endpoint>> whereabouts;
    private final Events events;
    private final LinkCounters counters;

    private final ArrayDeque<Call> unsent = new ArrayDeque<>();
    private State state = State.CONNECTING;
    private String downBecause = "";
    private @Nullable Connection connection;
    private @Nullable Endpoint endpoint;
    /** Where the last try to connect went. */
    private @Nullable Endpoint tried;
    /** Whether the server was reached at that try, and will not do. */
    private boolean unfit;

    private int failedTries;
    private long retryTimer = NO_TIMER;
    /** Those that wait, and those that the server owes a reply. */
    private int calls;

    private long bytes;
    private boolean flushScheduled;
    private @Nullable WaitGroup waiting;
    private long checkNanos = NO_CHECK;
    private long checkTimer = NO_TIMER;

    /** @param whereabouts asked before each try to connect */
    ServerLink(
            ContextInternal context,
            RedisOptions options,
            Connector connector,
            Supplier<Future<Endpoint>> whereabouts,
            Events events,
            LinkCounters counters) {
        this.context = context;
        this.options = options;
        this.connector = connector;
        this.whereabouts = whereabouts;
        this.events = events;
        this.counters = counters;
    }

    /** Begins to connect. */
    void start() {
        context.emit(start -> connect());
    }

    /** Of the connection, or the last one; null before the first. */
    @Nullable
    Endpoint endpoint() {
        return endpoint;
    }

    boolean isUp() {
        return state == State.UP;
    }

    /** How many calls wait or are under way. */
    int calls() {
        return calls;
    }

    /** How it stands now. */
    LinkStatus.Server status() {
        boolean isDown = state == State.DOWN;
        return new LinkStatus.Server(
                tried == null ? options.address().servers() : tried.toString(),
                state == State.UP ? 1 : 0,
                state == State.CONNECTING ? 1 : 0,
                isDown ? 1 : 0,
                isDown && unfit ? 1 : 0,
                calls,
                bytes,
                null);
    }

    /** Sends the call, or fails it. */
    void accept(Call call) {
        assert context.nettyEventLoop().inEventLoop();
        if (call.isDone()) {
            return;
        }
        if (state == State.DOWN || state == State.CLOSED) {
            call.fail(FailureKind.NOT_APPLIED, downBecause);
            return;
        }
        if (calls >= options.callsMax() || bytes + call.bytes() > options.callBytesMax()) {
            counters.overloaded.increment();
            call.fail(
                    FailureKind.OVERLOADED,
                    calls + " calls of " + bytes + " bytes wait for Redis at " + endpointName()
                            + " already: try again after a pause");
            return;
        }
        call.at(this);
        calls++;
        bytes += call.bytes();
        unsent.add(call);
        checkBy(call.deadlineNanos());
        if (state == State.UP) {
            scheduleFlush();
        }
    }

    private String endpointName() {
        return endpoint == null ? options.address().servers() : endpoint.toString();
    }

    // ---- writing

    private void scheduleFlush() {
        if (!flushScheduled && waiting == null) {
            flushScheduled = true;
            // Behind all that this turn of the loop has read: what it leads to goes out in one write.
            context.nettyEventLoop().execute(this::flush);
        }
    }

    private void flush() {
        flushScheduled = false;
        Connection to = connection;
        if (state != State.UP || to == null || waiting != null || unsent.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        List<Call> batch = new ArrayList<>(unsent.size());
        int size = nextBatch(to, now, batch);
        if (!batch.isEmpty()) {
            write(to, now, batch, size);
        }
        if (!unsent.isEmpty()) {
            scheduleFlush();
        }
    }

    private int nextBatch(Connection to, long now, List<Call> batch) {
        int size = 0;
        while (size < FLUSH_BYTES_MAX) {
            Call call = unsent.poll();
            if (call == null) {
                break;
            }
            if (call.isPast(now)) {
                release(call);
                counters.timedOut.increment();
                call.failLate(false, endpointName());
            } else if (!call.isFor(to)) {
                release(call);
                call.fail(new NewerConnection());
            } else {
                size += call.bytes() + (call.isAsking() ? Wire.size(ASKING) : 0);
                batch.add(call);
            }
        }
        return size;
    }

    private void write(Connection to, long now, List<Call> batch, int size) {
        WaitGroup group = null;
        if (options.require().waits() && batch.stream().anyMatch(Call::isWrite)) {
            group = new WaitGroup(options.require(), now, counters, this::waited);
        }
        Request wait =
                WaitGroup.request(options.require(), options.waitTimeout().toMillis());
        ByteBuf buffer = to.newBuffer(size + (group == null ? 0 : Wire.size(wait)));
        for (Call call : batch) {
            if (call.isAsking()) {
                Wire.write(ASKING, buffer);
                to.await(Reply.IGNORED);
            }
            Wire.write(call.request(), buffer);
            call.sent(now, call.isWrite() ? group : null);
            to.await(call);
        }
        if (group != null) {
            Wire.write(wait, buffer);
            to.await(group);
            waiting = group;
        }
        to.write(buffer);
        checkBy(now + options.callTimeout().toNanos());
    }

    private void waited() {
        waiting = null;
        if (state == State.UP && !unsent.isEmpty()) {
            scheduleFlush();
        }
    }

    private void release(Call call) {
        calls--;
        bytes -= call.bytes();
    }

    // ---- answers

    void replied(Call call, @Nullable Response response) {
        release(call);
        if (call.isDone()) {
            return;
        }
        if (response instanceof ErrorType error) {
            refused(call, error);
        } else if (call.group() != null) {
            call.group().add(call, response);
        } else {
            call.succeed(response);
        }
    }

    private void refused(Call call, ErrorType error) {
        if (events.redirected(this, call, error)) {
            return;
        }
        StoreException failure = ReplyFailures.of(error, call.isWrite(), currentEndpoint());
        call.fail(failure == null ? error : failure);
        if (ReplyFailures.saysReplica(error) && connection != null) {
            connection.close("it has become a replica");
        }
    }

    private Endpoint currentEndpoint() {
        if (endpoint == null) {
            throw new IllegalStateException("A reply without a connection");
        }
        return endpoint;
    }

    void lost(Call call, String why) {
        release(call);
        if (call.isDone()) {
            return;
        }
        if (call.isWrite()) {
            call.fail(
                    FailureKind.MAYBE_APPLIED,
                    "The connection to Redis at " + endpointName() + " was lost before it answered: " + why);
        } else if (state != State.CLOSED && call.countRepeat() <= READ_REPEATS_MAX) {
            // After the connection has been told to be gone, so that it waits for the next one.
            context.nettyEventLoop().execute(() -> accept(call));
        } else {
            call.fail(FailureKind.NOT_APPLIED, "The connection to Redis at " + endpointName() + " was lost: " + why);
        }
    }

    // ---- time

    private void checkBy(long nanos) {
        if (checkNanos != NO_CHECK) {
            if (nanos - checkNanos >= 0) {
                return;
            }
            context.owner().cancelTimer(checkTimer);
        }
        checkNanos = nanos;
        long millis = Math.max(1, (nanos - System.nanoTime() + 999_999) / 1_000_000);
        checkTimer = context.setTimer(millis, id -> check());
    }

    /** Fails what is late, and gives the server up if it has been silent for too long. */
    private void check() {
        checkNanos = NO_CHECK;
        long now = System.nanoTime();
        // First all that is late, then their callers, who may call again at once.
        List<Call> lateUnsent = late(unsent, now);
        List<Call> lateSent = new ArrayList<>();
        Connection current = connection;
        if (current != null) {
            lateSent.addAll(late(current.awaited(), now));
        }
        if (waiting != null) {
            lateSent.addAll(late(waiting.calls(), now));
        }
        unsent.removeAll(lateUnsent);
        lateUnsent.forEach(this::release);
        if (current != null) {
            checkSilence(current, now);
        }
        counters.timedOut.add(lateUnsent.size() + lateSent.size());
        lateUnsent.forEach(call -> call.failLate(false, endpointName()));
        lateSent.forEach(call -> call.failLate(true, endpointName()));
    }

    /** Those whose time has passed; the others are looked at again when theirs has. */
    private List<Call> late(Iterable<? extends Reply> replies, long now) {
        List<Call> late = new ArrayList<>();
        for (Reply reply : replies) {
            if (reply instanceof Call call && !call.isDone()) {
                if (call.isPast(now)) {
                    late.add(call);
                } else {
                    checkBy(call.deadlineNanos());
                }
            }
        }
        return late;
    }

    private void checkSilence(Connection current, long now) {
        long sent = current.oldestSentNanos();
        if (sent == Reply.NOT_SENT) {
            return;
        }
        long heard = current.receivedNanos() - sent > 0 ? current.receivedNanos() : sent;
        long timeout = options.callTimeout().toNanos();
        if (now - heard < timeout) {
            checkBy(heard + timeout);
            return;
        }
        // Whoever calls now should not wait for the next try, which is likely to meet the same silence.
        String silent = "it has not answered for " + options.callTimeout().toMillis() + " ms";
        state = State.DOWN;
        unfit = false;
        downBecause = "Redis at " + endpointName() + " is not available: " + silent;
        current.close(silent);
    }

    // ---- connecting

    private void connect() {
        if (state == State.CLOSED) {
            return;
        }
        Future<Endpoint> found;
        try {
            found = whereabouts.get();
        } catch (RuntimeException e) {
            found = context.failedFuture(e);
        }
        found.onSuccess(there -> tried = there).compose(connector::toPrimary).onComplete(made -> {
            if (made.succeeded()) {
                up(made.result());
            } else {
                unfit = made.cause() instanceof ConnectFailure why && why.isLasting();
                down(String.valueOf(made.cause().getMessage()));
            }
        });
    }

    private void up(Connection made) {
        if (state == State.CLOSED) {
            made.close("this sidecar closes");
            return;
        }
        if (!made.isOpen()) {
            down("Redis at " + made.endpoint() + " is not available: the connection ended at once");
            return;
        }
        connection = made;
        endpoint = made.endpoint();
        failedTries = 0;
        state = State.UP;
        made.onClose(this::ended);
        if (!unsent.isEmpty()) {
            scheduleFlush();
        }
    }

    private void ended(String why) {
        connection = null;
        waiting = null;
        if (state == State.CLOSED) {
            return;
        }
        counters.connectionsLost.increment();
        events.unreachable(this);
        if (state == State.UP) {
            state = State.CONNECTING;
        } else {
            refuseWaiting();
        }
        connect();
    }

    private void down(String why) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.DOWN;
        downBecause = why;
        refuseWaiting();
        events.unreachable(this);
        retryTimer = context.setTimer(delayMillis(), id -> connect());
        failedTries++;
    }

    private long delayMillis() {
        Duration min = options.reconnectDelayMin();
        long doubled = min.toMillis() << Math.min(failedTries, 20);
        long mean = Math.min(doubled, options.reconnectDelayMax().toMillis());
        return Math.max(1, mean / 2 + ThreadLocalRandom.current().nextLong(mean + 1));
    }

    private void refuseWaiting() {
        for (Call call = unsent.poll(); call != null; call = unsent.poll()) {
            release(call);
            call.fail(FailureKind.NOT_APPLIED, downBecause);
        }
    }

    /** Ends the connection, as the server is no longer the one to speak to, and looks for the next one at once. */
    void leave(String why) {
        if (connection != null) {
            connection.close(why);
        } else if (state == State.DOWN && context.owner().cancelTimer(retryTimer)) {
            failedTries = 0;
            connect();
        }
    }

    void close() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        downBecause = "The Redis store is closed";
        refuseWaiting();
        if (connection != null) {
            connection.close("this sidecar closes");
        }
        context.owner().cancelTimer(retryTimer);
        context.owner().cancelTimer(checkTimer);
    }
}
