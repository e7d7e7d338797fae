package dev.tandem.grpc;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where and how the API is served.
 *
 * @param port 0 for one that the system picks
 * @param unixSocket where to listen beside the port; null for nowhere. Only the owner may connect
 * @param eventLoops on how many event loops connections are served, each on one; 1 or more
 * @param reflection whether the services can be listed and described over gRPC
 * @param drainGrace how long new calls are still served once draining has begun, so that health checks can steer them
 *     elsewhere first
 * @param drainTimeout how long draining may take in all; what is still under way then is cut off
 */
public record ServerOptions(
        String host,
        int port,
        @Nullable Path unixSocket,
        int eventLoops,
        ApiLimits limits,
        boolean reflection,
        Duration drainGrace,
        Duration drainTimeout) {
    /** 127.0.0.1:7420, no unix socket, one event loop. */
    public static final ServerOptions DEFAULT = new ServerOptions(
            "127.0.0.1", 7420, null, 1, ApiLimits.DEFAULT, true, Duration.ofMillis(200), Duration.ofSeconds(20));

    public ServerOptions withHost(String host) {
        return new ServerOptions(host, port, unixSocket, eventLoops, limits, reflection, drainGrace, drainTimeout);
    }

    public ServerOptions withPort(int port) {
        return new ServerOptions(host, port, unixSocket, eventLoops, limits, reflection, drainGrace, drainTimeout);
    }

    public ServerOptions withUnixSocket(@Nullable Path unixSocket) {
        return new ServerOptions(host, port, unixSocket, eventLoops, limits, reflection, drainGrace, drainTimeout);
    }

    public ServerOptions withEventLoops(int eventLoops) {
        return new ServerOptions(host, port, unixSocket, eventLoops, limits, reflection, drainGrace, drainTimeout);
    }

    public ServerOptions withLimits(ApiLimits limits) {
        return new ServerOptions(host, port, unixSocket, eventLoops, limits, reflection, drainGrace, drainTimeout);
    }

    public ServerOptions withReflection(boolean reflection) {
        return new ServerOptions(host, port, unixSocket, eventLoops, limits, reflection, drainGrace, drainTimeout);
    }

    public ServerOptions withDrain(Duration drainGrace, Duration drainTimeout) {
        return new ServerOptions(host, port, unixSocket, eventLoops, limits, reflection, drainGrace, drainTimeout);
    }
}
