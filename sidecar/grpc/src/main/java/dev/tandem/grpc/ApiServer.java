package dev.tandem.grpc;

import dev.tandem.store.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/**
 * The running API: gRPC, gRPC-Web and JSON on one port and, if asked for, on a unix socket.
 *
 * <p>Every call is served on the event loop that its connection belongs to, without a hop, and reaches tasks only
 * through the given store.
 */
public final class ApiServer {
    private final int port;

    ApiServer(int port) {
        this.port = port;
    }

    /**
     * Starts to listen. The future completes on the caller's context, when calls are served.
     *
     * <p>It fails with a sentence for people if the port is in use or the unix socket belongs to a live process.
     *
     * @param router through which every call reaches its store
     * @param clock stamps commands
     */
    public static Future<ApiServer> start(
            Vertx vertx, ServerOptions options, TaskStore router, InstantSource clock, CallListener listener) {
        return Future.failedFuture(new UnsupportedOperationException("not built yet"));
    }

    /** The TCP port that it listens on. */
    public int port() {
        return port;
    }

    /**
     * Tells health checks and their watchers whether this server wants calls; it serves calls regardless. True from the
     * start, false for good once draining has begun.
     */
    public void setServing(boolean isServing) {}

    /**
     * Ends the server in good order: health says NOT_SERVING, streams and waits end with what their callers can go on
     * from, after a grace new calls are refused as DRAINING, calls under way are finished, then everything is closed.
     * Takes at most the drain timeout. Draining twice gives the same future.
     */
    public Future<Void> drain() {
        return Future.succeededFuture();
    }
}
