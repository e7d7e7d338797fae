package dev.tandem.store.redis.servers;

import java.nio.file.Path;

/**
 * Servers for all test classes of this JVM, each started when it is first asked for. Tests that use them have namespaces
 * of their own, and neither stop nor flush them.
 */
public final class SharedServers {
    private SharedServers() {}

    private static final class Standalone {
        static final RedisServer SERVER = RedisServer.start();
    }

    private static final class Sharded {
        static final RedisCluster CLUSTER = RedisCluster.start(3, 0);
    }

    /** The program that all of them run, for those who start one themselves. */
    public static Path program() {
        return Workshop.INSTANCE.program();
    }

    /** One server without a password. */
    public static RedisServer standalone() {
        return Standalone.SERVER;
    }

    /** Three primaries without replicas. */
    public static RedisCluster cluster() {
        return Sharded.CLUSTER;
    }
}
