package dev.tandem.store.raft.node;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a node listens for sidecars, whom it lets in, and what may be under way.
 *
 * @param host the address to listen on
 * @param port the port; 0 is any that is free
 * @param tls null for none: then only loopback addresses are listened on, unless {@code insecure}
 * @param insecure whether anybody who reaches the port may read and write all tasks
 * @param version the program's, told to the other side
 * @param linksMax the most sidecars that are served at once
 * @param callsMax the most calls of one sidecar that are under way; one more is OVERLOADED
 * @param callBytesMax the most bytes of such calls, and of answers to reads that wait to be sent; a single call may have more
 * @param messageBytesMax the longest message; a batch of commands is one
 * @param drainTimeout the most that {@link NodeServer#close} waits for what is under way
 */
public record NodeServerOptions(
        String host,
        int port,
        @Nullable NodeTls tls,
        boolean insecure,
        String version,
        int linksMax,
        int callsMax,
        long callBytesMax,
        int messageBytesMax,
        Duration drainTimeout) {
    /** Where nodes listen unless they are told otherwise. */
    public static final int DEFAULT_PORT = 7422;

    public NodeServerOptions {
        Bounds.atLeastOne("linksMax", linksMax);
        Bounds.atLeastOne("callsMax", callsMax);
        Bounds.atLeastOne("callBytesMax", callBytesMax);
        Bounds.messageBytes(messageBytesMax);
    }

    /** The defaults. */
    public static NodeServerOptions of(String host, int port) {
        return builder(host, port).build();
    }

    /** The defaults, to be changed. */
    public static Builder builder(String host, int port) {
        return new Builder(host, port);
    }

    /** Collects what differs from the defaults. */
    public static final class Builder {
        private final String host;
        private final int port;
        private @Nullable NodeTls tls;
        private boolean insecure;
        private String version = "unknown";
        private int linksMax = 5_000;
        private int callsMax = 20_000;
        private long callBytesMax = 64L * 1024 * 1024;
        private int messageBytesMax = Bounds.MESSAGE_BYTES_DEFAULT;
        private Duration drainTimeout = Duration.ofSeconds(5);

        private Builder(String host, int port) {
            this.host = host;
            this.port = port;
        }

        public Builder tls(@Nullable NodeTls tls) {
            this.tls = tls;
            return this;
        }

        public Builder insecure(boolean insecure) {
            this.insecure = insecure;
            return this;
        }

        public Builder version(String version) {
            this.version = version;
            return this;
        }

        public Builder linksMax(int linksMax) {
            this.linksMax = linksMax;
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

        public Builder drainTimeout(Duration drainTimeout) {
            this.drainTimeout = drainTimeout;
            return this;
        }

        public NodeServerOptions build() {
            return new NodeServerOptions(
                    host,
                    port,
                    tls,
                    insecure,
                    version,
                    linksMax,
                    callsMax,
                    callBytesMax,
                    messageBytesMax,
                    drainTimeout);
        }
    }
}
