package dev.tandem.store.redis.link;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/** Something that listens like a server and answers what a test wants: what no real server can be brought to say. */
final class FakeServer implements AutoCloseable {
    private final NetServer server;

    /** @param answer the bytes to send back for those received; empty for silence */
    FakeServer(Vertx vertx, UnaryOperator<String> answer) {
        server = Links.await(vertx.createNetServer()
                .connectHandler(socket -> socket.handler(bytes -> {
                    String said = answer.apply(bytes.toString(StandardCharsets.ISO_8859_1));
                    if (!said.isEmpty()) {
                        socket.write(said);
                    }
                }))
                .listen(0, "127.0.0.1"));
    }

    String url() {
        return "redis://127.0.0.1:" + server.actualPort();
    }

    @Override
    public void close() {
        Links.await(server.close());
    }
}
