package dev.tandem.store.redis.link;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import io.vertx.redis.client.impl.ParserHandler;
import io.vertx.redis.client.impl.RESPParser;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One socket to one server: bytes go out, replies come back in the order of the requests.
 *
 * <p>Belongs to the event loop it was made on, and is touched only there. It has no bounds and no time-outs of its own:
 * those are its user's.
 */
final class Connection implements ParserHandler {
    private static final int NESTING_MAX = 32;

    private final ContextInternal context;
    private final NetSocketInternal socket;
    private final Endpoint endpoint;
    private final RESPParser parser = new RESPParser(this, NESTING_MAX);
    private final ArrayDeque<Reply> awaited = new ArrayDeque<>();
    private Handler<String> closeHandler = why -> {};
    private Handler<Response> pushHandler = push -> {};
    private long receivedNanos = System.nanoTime();
    private long generation;
    private @Nullable String closedBecause;

    Connection(ContextInternal context, NetSocket socket, Endpoint endpoint) {
        this.context = context;
        this.socket = (NetSocketInternal) socket;
        this.endpoint = endpoint;
        socket.handler(this::received);
        socket.closeHandler(closed -> ended("the server ended the connection"));
        socket.exceptionHandler(failure -> close("the connection broke: " + failure.getMessage()));
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** Its number among all connections to primaries; see {@link RedisLink#generation}. */
    long generation() {
        return generation;
    }

    void numbered(long number) {
        this.generation = number;
    }

    /** Called once, with the reason, after all who waited for replies were told. */
    void onClose(Handler<String> handler) {
        this.closeHandler = handler;
    }

    /** Called for what the server sends unasked. */
    void onPush(Handler<Response> handler) {
        this.pushHandler = handler;
    }

    boolean isOpen() {
        return closedBecause == null;
    }

    /** When bytes last came, by {@link System#nanoTime}. */
    long receivedNanos() {
        return receivedNanos;
    }

    ByteBuf newBuffer(int size) {
        return socket.channelHandlerContext().alloc().ioBuffer(size);
    }

    /** Adds whom the next reply belongs to; the bytes of the request are in what {@link #write} gets next. */
    void await(Reply reply) {
        awaited.add(reply);
    }

    Iterable<Reply> awaited() {
        return awaited;
    }

    /** When the oldest request was sent that the server owes a reply; {@link Reply#NOT_SENT} if there is none. */
    long oldestSentNanos() {
        for (Reply reply : awaited) {
            if (reply.sentNanos() != Reply.NOT_SENT) {
                return reply.sentNanos();
            }
        }
        return Reply.NOT_SENT;
    }

    void write(ByteBuf bytes) {
        socket.writeMessage(bytes).onFailure(failure -> close("the connection broke: " + failure.getMessage()));
    }

    /** Sends one request of our own; fails with the error reply, or a {@link ConnectFailure}. */
    Future<Response> request(Request request) {
        Promise<Response> promise = context.promise();
        if (closedBecause != null) {
            promise.fail(new ConnectFailure(closedBecause, false));
            return promise.future();
        }
        await(new Reply() {
            @Override
            public void reply(@Nullable Response response) {
                if (response instanceof ErrorType error) {
                    promise.tryFail(error);
                } else {
                    promise.tryComplete(response);
                }
            }

            @Override
            public void lost(String why) {
                promise.tryFail(new ConnectFailure(why, false));
            }
        });
        push(request);
        return promise.future();
    }

    /** Sends one request that is answered by {@link #onPush}, or not at all. */
    void push(Request request) {
        ByteBuf bytes = newBuffer(Wire.size(request));
        Wire.write(request, bytes);
        write(bytes);
    }

    /** Ends it; all who wait are told before this returns. */
    void close(String why) {
        socket.close();
        ended(why);
    }

    private void ended(String why) {
        if (closedBecause != null) {
            return;
        }
        closedBecause = why;
        for (Reply reply = awaited.poll(); reply != null; reply = awaited.poll()) {
            reply.lost(why);
        }
        closeHandler.handle(why);
    }

    private void received(Buffer bytes) {
        if (closedBecause != null) {
            return;
        }
        receivedNanos = System.nanoTime();
        try {
            parser.handle(bytes);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    @Override
    public void handle(@Nullable Response response) {
        if (response != null && response.type() == ResponseType.PUSH) {
            pushHandler.handle(response);
            return;
        }
        Reply reply = awaited.poll();
        if (reply != null) {
            reply.reply(response);
        } else if (closedBecause == null) {
            // A server over its limit of clients says so unasked.
            close("the server said: " + response);
        }
    }

    @Override
    public void fail(Throwable failure) {
        close("what it answers is not Redis's protocol (" + failure.getMessage() + ")");
    }
}
