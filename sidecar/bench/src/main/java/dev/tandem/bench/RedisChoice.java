package dev.tandem.bench;

import dev.tandem.store.redis.link.RedisAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which Redis a run measures.
 *
 * @param address a server that runs; null to start one
 * @param fsync of the one that is started
 * @param program that starts it; null to look for it on the PATH
 */
record RedisChoice(
        @Nullable RedisAddress address,
        RedisProcess.Fsync fsync,
        @Nullable Path program,
        RedisLogin login) {
    boolean isCluster() {
        return address != null && address.kind() == RedisAddress.Kind.CLUSTER;
    }
}
