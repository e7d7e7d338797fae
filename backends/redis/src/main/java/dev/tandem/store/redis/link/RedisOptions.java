package dev.tandem.store.redis.link;

import java.time.Duration;

/**
 * Where a Redis is, who we are to it, what it has to promise, and what may be under way.
 *
 * @param address which servers
 * @param credentials for the servers
 * @param sentinelCredentials for the Sentinels, which have users of their own
 * @param tls for {@code rediss} addresses
 * @param require what the server has to promise of an acknowledged write
 * @param connectionsMax the most connections to one server that calls share; an event loop beyond that uses another's
 * @param blockingConnectionsMax the most connections for requests that wait on the server
 * @param callsMax the most calls of one connection that wait or are under way; one more is OVERLOADED
 * @param callBytesMax the most bytes of such calls
 * @param callTimeout the most that a call takes, whatever its deadline; a server that is silent for so long with calls
 *     under way counts as gone
 * @param connectTimeout the most that making a connection takes, with all that is asked on it before its first call
 * @param startTimeout how long {@link RedisLinks#open} goes on trying to reach a server
 * @param reconnectDelayMin how long after a connection could not be made the next try begins, give or take a half; it
 *     doubles from try to try
 * @param reconnectDelayMax the most that it grows to
 * @param waitTimeout the most that WAIT or WAITAOF wait, if they are required
 */
public record RedisOptions(
        RedisAddress address,
        Credentials credentials,
        Credentials sentinelCredentials,
        RedisTls tls,
        RedisRequirement require,
        int connectionsMax,
        int blockingConnectionsMax,
        int callsMax,
        long callBytesMax,
        Duration callTimeout,
        Duration connectTimeout,
        Duration startTimeout,
        Duration reconnectDelayMin,
        Duration reconnectDelayMax,
        Duration waitTimeout) {

    public RedisOptions {
        atLeastOne("connectionsMax", connectionsMax);
        atLeastOne("blockingConnectionsMax", blockingConnectionsMax);
        atLeastOne("callsMax", callsMax);
        atLeastOne("callBytesMax", callBytesMax);
        atLeastOne("callTimeout in milliseconds", callTimeout.toMillis());
        atLeastOne("connectTimeout in milliseconds", connectTimeout.toMillis());
        atLeastOne("reconnectDelayMin in milliseconds", reconnectDelayMin.toMillis());
        atLeastOne("reconnectDelayMax in milliseconds", reconnectDelayMax.toMillis());
        atLeastOne("waitTimeout in milliseconds", waitTimeout.toMillis());
        if (require.waits() && waitTimeout.compareTo(callTimeout) >= 0) {
            throw new IllegalArgumentException("redis.wait_timeout has to be shorter than redis.call_timeout");
        }
    }

    /** The defaults, for this address. */
    public static RedisOptions of(RedisAddress address) {
        return builder(address).build();
    }

    /** The defaults, to be changed. */
    public static Builder builder(RedisAddress address) {
        return new Builder(address);
    }

    /** The same, but for what the server has to promise. */
    public RedisOptions requiring(RedisRequirement other) {
        return new RedisOptions(
                address,
                credentials,
                sentinelCredentials,
                tls,
                other,
                connectionsMax,
                blockingConnectionsMax,
                callsMax,
                callBytesMax,
                callTimeout,
                connectTimeout,
                startTimeout,
                reconnectDelayMin,
                reconnectDelayMax,
                waitTimeout);
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }

    /** Collects what differs from the defaults. */
    public static final class Builder {
        private final RedisAddress address;
        private Credentials credentials = Credentials.NONE;
        private Credentials sentinelCredentials = Credentials.NONE;
        private RedisTls tls = RedisTls.DEFAULT;
        private RedisRequirement require = RedisRequirement.NONE;
        private int connectionsMax = 4;
        private int blockingConnectionsMax = 64;
        private int callsMax = 8_192;
        private long callBytesMax = 16L * 1024 * 1024;
        private Duration callTimeout = Duration.ofSeconds(3);
        private Duration connectTimeout = Duration.ofSeconds(2);
        private Duration startTimeout = Duration.ofSeconds(10);
        private Duration reconnectDelayMin = Duration.ofMillis(20);
        private Duration reconnectDelayMax = Duration.ofSeconds(1);
        private Duration waitTimeout = Duration.ofSeconds(1);

        private Builder(RedisAddress address) {
            this.address = address;
        }

        public Builder credentials(Credentials credentials) {
            this.credentials = credentials;
            return this;
        }

        public Builder sentinelCredentials(Credentials sentinelCredentials) {
            this.sentinelCredentials = sentinelCredentials;
            return this;
        }

        public Builder tls(RedisTls tls) {
            this.tls = tls;
            return this;
        }

        public Builder require(RedisRequirement require) {
            this.require = require;
            return this;
        }

        public Builder connections(int connectionsMax, int blockingConnectionsMax) {
            this.connectionsMax = connectionsMax;
            this.blockingConnectionsMax = blockingConnectionsMax;
            return this;
        }

        public Builder calls(int callsMax, long callBytesMax) {
            this.callsMax = callsMax;
            this.callBytesMax = callBytesMax;
            return this;
        }

        public Builder callTimeout(Duration callTimeout) {
            this.callTimeout = callTimeout;
            return this;
        }

        public Builder connectTimeout(Duration connectTimeout) {
            this.connectTimeout = connectTimeout;
            return this;
        }

        public Builder startTimeout(Duration startTimeout) {
            this.startTimeout = startTimeout;
            return this;
        }

        public Builder reconnectDelay(Duration min, Duration max) {
            this.reconnectDelayMin = min;
            this.reconnectDelayMax = max;
            return this;
        }

        public Builder waitTimeout(Duration waitTimeout) {
            this.waitTimeout = waitTimeout;
            return this;
        }

        public RedisOptions build() {
            return new RedisOptions(
                    address,
                    credentials,
                    sentinelCredentials,
                    tls,
                    require,
                    connectionsMax,
                    blockingConnectionsMax,
                    callsMax,
                    callBytesMax,
                    callTimeout,
                    connectTimeout,
                    startTimeout,
                    reconnectDelayMin,
                    reconnectDelayMax,
                    waitTimeout);
        }
    }
}
