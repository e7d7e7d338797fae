package dev.tandem.store.redis.link;

import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where one server listens: a host and a port, or a unix socket.
 *
 * @param port 0 for a unix socket
 * @param unixSocket a path, or null
 */
record Endpoint(String host, int port, @Nullable String unixSocket) {
    static Endpoint of(String host, int port) {
        return new Endpoint(host, port, null);
    }

    static Endpoint ofUnixSocket(String path) {
        return new Endpoint("localhost", 0, path);
    }

    SocketAddress socketAddress() {
        return unixSocket == null
                ? SocketAddress.inetSocketAddress(port, host)
                : SocketAddress.domainSocketAddress(unixSocket);
    }

    @Override
    public String toString() {
        if (unixSocket != null) {
            return unixSocket;
        }
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
