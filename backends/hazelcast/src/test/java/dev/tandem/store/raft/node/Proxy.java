package dev.tandem.store.raft.node;

import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A way to a port that can be stopped up, so that what is behind it is silent without being gone. */
final class Proxy implements AutoCloseable {
    /** A port that nobody listens on. */
    static final int NOBODY = 1;

    private final NetClient client;
    private final NetServer server;
    private volatile int target;
    private final List<NetSocket> sockets = new CopyOnWriteArrayList<>();
    private volatile boolean stalled;

    Proxy(Vertx vertx, int target) {
        this.target = target;
        this.client = vertx.createNetClient();
        this.server = vertx.createNetServer().connectHandler(this::connect);
        StoreCalls.await(server.listen(0, NodeCluster.HOST));
    }

    int port() {
        return server.actualPort();
    }

    /** New connections lead to this port. */
    void leadTo(int port) {
        target = port;
    }

    String address() {
        return NodeCluster.HOST + ":" + port();
    }

    private void connect(NetSocket near) {
        sockets.add(near);
        near.pause();
        client.connect(target, NodeCluster.HOST)
                .onSuccess(far -> {
                    sockets.add(far);
                    join(near, far);
                    join(far, near);
                    if (!stalled) {
                        near.resume();
                    }
                })
                .onFailure(failure -> near.close());
    }

    private static void join(NetSocket from, NetSocket to) {
        from.handler(to::write);
        from.closeHandler(closed -> to.close());
    }

    /** Nothing goes through any more; connections are taken on, and stay. */
    void stall() {
        stalled = true;
        sockets.forEach(NetSocket::pause);
    }

    /** All that was held back goes through. */
    void resume() {
        stalled = false;
        sockets.forEach(NetSocket::resume);
    }

    @Override
    public void close() {
        sockets.forEach(NetSocket::close);
        StoreCalls.await(server.close());
    }
}
