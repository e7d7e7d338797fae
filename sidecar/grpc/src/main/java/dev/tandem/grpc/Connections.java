package dev.tandem.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The connections of one event loop, which owns this, and how they are told that the server is leaving.
 *
 * <p>The farewell is HTTP/2's graceful shutdown (RFC 9113, 6.8): a GOAWAY that names no last stream, so that calls which cross
 * it on the way are still answered, and pings to learn when it has been heard. Were the connections closed at once, whoever
 * sent those calls could not know whether they were applied.
 */
final class Connections {
    private static final int PING_BYTES = 8;

    /** The highest id that a stream can have. */
    private static final int ANY_STREAM = Integer.MAX_VALUE;

    private final Set<HttpConnection> open = new LinkedHashSet<>();

    /** What listens for the open connections, and those that have been. */
    private final Set<Channel> listening = new HashSet<>();

    private final Promise<Void> allHeard = Promise.promise();
    private boolean isLeaving;
    private int unheard;

    /** Called for each connection, before its first stream. */
    void opened(HttpConnection connection) {
        WireRepairs.on(connection);
        open.add(connection);
        listening.add(((HttpServerConnection) connection)
                .channelHandlerContext()
                .channel()
                .parent());
        connection.closeHandler(closed -> open.remove(connection));
        if (isLeaving) {
            sayFarewell(connection);
        }
    }

    /**
     * Takes no more connections, and tells callers to make no more calls on those that there are.
     *
     * @return completes when all have heard it
     */
    Future<Void> sayFarewell() {
        if (!isLeaving) {
            isLeaving = true;
            for (Channel channel : listening) {
                ChannelFuture unused = channel.close(); // nothing waits for it: the server is closed in the end
            }
            unheard = 1; // until it has been said to all
            List.copyOf(open).forEach(this::sayFarewell);
            heard();
        }
        return allHeard.future();
    }

    private void sayFarewell(HttpConnection connection) {
        Future<Buffer> heard;
        try {
            connection.goAway(0, ANY_STREAM);
            // The first is answered when the other side has read the farewell, and so after all that it sent before;
            // the second after what it had in hand just then.
            heard = ping(connection).compose(answer -> ping(connection));
        } catch (UnsupportedOperationException http1) {
            return; // its answers say whether the connection goes on
        }
        unheard++;
        heard.onComplete(ended -> heard());
    }

    private void heard() {
        unheard--;
        if (unheard == 0) {
            allHeard.tryComplete();
        }
    }

    private static Future<Buffer> ping(HttpConnection connection) {
        return connection.ping(Buffer.buffer(new byte[PING_BYTES]));
    }
}
