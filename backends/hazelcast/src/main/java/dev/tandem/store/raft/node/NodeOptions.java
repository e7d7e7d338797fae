package dev.tandem.store.raft.node;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the store nodes are, who we are to them, and what may be under way.
 *
 * @param addresses {@code host:port} of nodes; a host's name may stand for many of them. It is looked up again and again
 * @param tls null for none
 * @param serverName the name that has to be in the nodes' certificates; null is the host in the address
 * @param cluster the name of the cluster that it has to be; null is the one that answers, if it is one only
 * @param name who we are, told to the nodes for their logs
 * @param version the program's, told to the other side
 * @param callsMax the most calls under way; one more is OVERLOADED
 * @param callBytesMax the most bytes of such calls; a single call may have more
 * @param messageBytesMax the longest message
 * @param startTimeout how long {@link NodeGroups#connect} goes on trying to reach a node
 * @param startGrace how long it waits for the others when one node is there, so that two clusters in one list are noticed at once
 * @param connectTimeout the most that making a connection takes, with the hello
 * @param reconnectDelay how long after a connection could not be made the next try begins; a lost one is made anew at once
 * @param resolvePeriod how often names are looked up again
 * @param silenceMax after how long without a sign a node with calls under way counts as gone; longer than its pauses for garbage
 * @param resolver how names are looked up; null is the system's way
 */
public record NodeOptions(
        List<String> addresses,
        @Nullable NodeTls tls,
        @Nullable String serverName,
        @Nullable String cluster,
        String name,
        String version,
        int callsMax,
        long callBytesMax,
        int messageBytesMax,
        Duration startTimeout,
        Duration startGrace,
        Duration connectTimeout,
        Duration reconnectDelay,
        Duration resolvePeriod,
        Duration silenceMax,
        @Nullable NodeResolver resolver) {

    public NodeOptions {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("no node is named: give host:port of one at least");
        }
        addresses.forEach(NodeAddress::parse);
        Bounds.atLeastOne("callsMax", callsMax);
        Bounds.atLeastOne("callBytesMax", callBytesMax);
        Bounds.messageBytes(messageBytesMax);
        Bounds.atLeastOne("startGrace in milliseconds", startGrace.toMillis());
        Bounds.atLeastOne("connectTimeout in milliseconds", connectTimeout.toMillis());
        Bounds.atLeastOne("reconnectDelay in milliseconds", reconnectDelay.toMillis());
        Bounds.atLeastOne("resolvePeriod in milliseconds", resolvePeriod.toMillis());
        Bounds.atLeastOne("silenceMax in milliseconds", silenceMax.toMillis());
    }

    /** The defaults. */
    public static NodeOptions of(List<String> addresses) {
        return builder(addresses).build();
    }

    /** The defaults, to be changed. */
    public static Builder builder(List<String> addresses) {
        return new Builder(addresses);
    }

    /** Collects what differs from the defaults. */
    public static final class Builder {
        private final List<String> addresses;
        private @Nullable NodeTls tls;
        private @Nullable String serverName;
        private @Nullable String cluster;
        private String name = "sidecar";
        private String version = "unknown";
        private int callsMax = 20_000;
        private long callBytesMax = 64L * 1024 * 1024;
        private int messageBytesMax = Bounds.MESSAGE_BYTES_DEFAULT;
        private Duration startTimeout = Duration.ofSeconds(10);
        private Duration startGrace = Duration.ofMillis(500);
        private Duration connectTimeout = Duration.ofSeconds(2);
        private Duration reconnectDelay = Duration.ofMillis(250);
        private Duration resolvePeriod = Duration.ofSeconds(5);
        private Duration silenceMax = Duration.ofMillis(500);
        private @Nullable NodeResolver resolver;

        private Builder(List<String> addresses) {
            this.addresses = addresses;
        }

        public Builder tls(@Nullable NodeTls tls) {
            this.tls = tls;
            return this;
        }

        public Builder serverName(@Nullable String serverName) {
            this.serverName = serverName;
            return this;
        }

        public Builder cluster(@Nullable String cluster) {
            this.cluster = cluster;
            return this;
        }

        public Builder client(String name, String version) {
            this.name = name;
            this.version = version;
            return this;
        }

        public Builder calls(int callsMax, long callBytesMax) {
            this.callsMax = callsMax;
            this.callBytesMax = callBytesMax;
            return this;
        }

        public Builder messageBytesMax(int messageBytesMax) {
            this.messageBytesMax = messageBytesMax;
            return this;
        }

        public Builder startTimeout(Duration startTimeout) {
            this.startTimeout = startTimeout;
            return this;
        }

        public Builder startGrace(Duration startGrace) {
            this.startGrace = startGrace;
            return this;
        }

        public Builder connectTimeout(Duration connectTimeout) {
            this.connectTimeout = connectTimeout;
            return this;
        }

        public Builder reconnectDelay(Duration reconnectDelay) {
            this.reconnectDelay = reconnectDelay;
            return this;
        }

        public Builder resolve(Duration period, @Nullable NodeResolver resolver) {
            this.resolvePeriod = period;
            this.resolver = resolver;
            return this;
        }

        public Builder silenceMax(Duration silenceMax) {
            this.silenceMax = silenceMax;
            return this;
        }

        public NodeOptions build() {
            return new NodeOptions(
                    addresses,
                    tls,
                    serverName,
                    cluster,
                    name,
                    version,
                    callsMax,
                    callBytesMax,
                    messageBytesMax,
                    startTimeout,
                    startGrace,
                    connectTimeout,
                    reconnectDelay,
                    resolvePeriod,
                    silenceMax,
                    resolver);
        }
    }
}
