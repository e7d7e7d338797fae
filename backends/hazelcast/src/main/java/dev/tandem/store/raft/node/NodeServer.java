package dev.tandem.store.raft.node;

import dev.tandem.store.raft.HostedGroups;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Serves a member's groups to sidecars. Each has one connection, with one stream of calls and answers.
 *
 * <p>Calls for a group that another member leads are served, too: the member takes them there.
 */
public final class NodeServer {
    private NodeServer() {}

    /**
     * Listens. The future fails, with a sentence, if that is not possible or not allowed.
     *
     * @param groups which the server does not close; it hears of their changes, instead of the listeners before it
     */
    public static Future<NodeServer> start(Vertx vertx, NodeServerOptions options, HostedGroups groups) {
        return Future.failedFuture(new IllegalStateException("the link to store nodes is still to come"));
    }

    /** The port that it listens on. */
    public int port() {
        return 0;
    }

    /** How many sidecars are connected. */
    public int links() {
        return 0;
    }

    /**
     * Tells the sidecars to go to other nodes, waits for what is under way, for the drain timeout at most, and lets go of the port.
     * To be called before the member is closed.
     */
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
