package dev.tandem.bench;

import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run of the benchmark is asked to do.
 *
 * @param address a running sidecar; null to start one
 * @param redis which Redis to measure; null for another store
 * @param raft whether the nodes of a Raft cluster wait for their disks; null for another store. SQLite if neither is given
 * @param starts how often the sidecar is started
 * @param memoryRate calls a second under which memory is measured; 0 not to
 * @param memoryTime how long
 * @param memoryTasks how many tasks a store is filled with to weigh them, one number after the other
 * @param warmUp how long each operation runs before anything is measured
 */
record BenchOptions(
        @Nullable SocketAddress address,
        String namespace,
        @Nullable RedisChoice redis,
        RaftPlace.@Nullable Durability raft,
        int connections,
        int starts,
        double memoryRate,
        Duration memoryTime,
        List<Integer> memoryTasks,
        Duration warmUp,
        Plan plan,
        List<String> commandLine) {}
