package dev.tandem.store.raft.node;

import dev.tandem.store.raft.node.NodesStatus.State;
import io.netty.util.NetUtil;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One address where a node may be, and how it stands. Changed on the link's context alone; the status is read by any thread. */
final class Node {
    private final NodeAddress named;
    private final String ip;

    /** Whether its name still stands for it. */
    boolean isListed = true;

    /** Whether a first try has ended, one way or the other. */
    boolean wasTried;

    /** How many tries have failed one after the other. */
    int failures;

    /** Why the last link ended, or did not come about. */
    @Nullable
    ConnectFailure lastFailure;

    /** The connection, or the try to make one. */
    volatile @Nullable NodeLink link;

    private volatile State state = State.CONNECTING;
    private volatile @Nullable String why;

    /** @param ip the numeric address that is tried */
    Node(NodeAddress named, String ip) {
        this.named = named;
        this.ip = ip;
    }

    String ip() {
        return ip;
    }

    NodeAddress named() {
        return named;
    }

    /** What two nodes do not share. */
    String key() {
        return ip + " " + named.port();
    }

    /** @param serverName what the node's certificate has to say; null for the name in its address */
    SocketAddress socketAddress(@Nullable String serverName) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(ip);
        try {
            InetAddress address = InetAddress.getByAddress(serverName == null ? named.host() : serverName, bytes);
            return SocketAddress.inetSocketAddress(new InetSocketAddress(address, named.port()));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(ip + " is no numeric address", e);
        }
    }

    State state() {
        return state;
    }

    @Nullable
    String why() {
        return why;
    }

    void become(State next, @Nullable String reason) {
        state = next;
        why = reason;
        wasTried |= next != State.CONNECTING;
    }

    NodesStatus.Node status() {
        NodeLink now = link;
        NodeHello hello = now == null ? null : now.hello();
        UUID id = hello == null ? null : hello.nodeId();
        return new NodesStatus.Node(
                toString(),
                state,
                id,
                why,
                now == null ? List.of() : now.leads(),
                now == null ? Duration.ZERO : Duration.ofNanos(now.roundTripNanos()),
                now == null ? 0 : now.calls());
    }

    /** As it was named, and what the name stands for. */
    @Override
    public String toString() {
        return named.host().equals(ip) ? named.toString() : named + " (" + ip + ")";
    }
}
