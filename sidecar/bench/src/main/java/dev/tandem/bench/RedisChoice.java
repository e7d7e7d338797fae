package dev.tandem.bench;

import dev.tandem.store.redis.link.RedisAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which Redis a run measures.
 *
 * @param address a server that runs; null to start one
 * @param fsync of the one that is started
 * @param program that starts it; null to look for it on the search path
 * @param searchPath the folders that programs are in, as PATH has them; null for none
 */
record RedisChoice(
        @Nullable RedisAddress address,
        RedisProcess.Fsync fsync,
        @Nullable Path program,
        @Nullable String searchPath,
        RedisLogin login) {
    boolean isCluster() {
        return address != null && address.kind() == RedisAddress.Kind.CLUSTER;
    }
}
