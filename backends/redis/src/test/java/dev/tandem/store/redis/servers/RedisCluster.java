package dev.tandem.store.redis.servers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.MigrateParams;

/**
 * A cluster of some shards, each a primary and its replicas.
 *
 * <p>Its nodes take another for dead after {@link #NODE_TIMEOUT_MILLIS}.
 */
public final class RedisCluster implements AutoCloseable {
    public static final int SLOTS = 16_384;
    public static final int NODE_TIMEOUT_MILLIS = 1_000;
    private static final int MIGRATE_TIMEOUT_MILLIS = 5_000;
    private static final int KEYS_AT_ONCE = 100;
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final int shards;
    private final List<RedisServer> nodes;

    private RedisCluster(int shards, List<RedisServer> nodes) {
        this.shards = shards;
        this.nodes = nodes;
    }

    /** Starts it, and waits until every node says that all slots are served. Takes two to three seconds. */
    public static RedisCluster start(int shards, int replicasPerShard, String... config) {
        List<String> lines = lines(config);
        return start(
                shards,
                IntStream.range(0, shards * (1 + replicasPerShard))
                        .mapToObj(i -> RedisServer.begin("node", Workshop.freePort(), lines, false))
                        .toList());
    }

    /** As {@link #start}, with TLS everywhere but on the connections of {@link RedisServer#command}; without replicas. */
    public static RedisCluster startWithTls(TestCertificate own, int shards) {
        List<String> lines = lines("tls-cluster yes");
        return start(
                shards,
                IntStream.range(0, shards)
                        .mapToObj(i -> RedisServer.beginWithTls("node", own, null, lines, false))
                        .toList());
    }

    private static List<String> lines(String... config) {
        List<String> lines = new ArrayList<>(List.of(
                "cluster-enabled yes",
                "cluster-node-timeout " + NODE_TIMEOUT_MILLIS,
                "cluster-replica-validity-factor 0",
                "repl-diskless-sync-delay 0"));
        lines.addAll(Arrays.asList(config));
        return lines;
    }

    private static RedisCluster start(int shards, List<RedisServer> nodes) {
        nodes.forEach(RedisServer::awaitReady);
        RedisCluster cluster = new RedisCluster(shards, nodes);
        cluster.form();
        return cluster;
    }

    /** The port by which a node is known to others. */
    private static int nodePort(RedisServer node) {
        return node.tlsPort() > 0 ? node.tlsPort() : node.port();
    }

    private void form() {
        for (int shard = 0; shard < shards; shard++) {
            int first = shard * SLOTS / shards;
            int end = (shard + 1) * SLOTS / shards;
            nodes.get(shard)
                    .command(Stream.concat(
                                    Stream.of("CLUSTER", "ADDSLOTS"),
                                    IntStream.range(first, end).mapToObj(String::valueOf))
                            .toArray(String[]::new));
        }
        RedisServer first = nodes.get(0);
        for (int i = 0; i < nodes.size(); i++) {
            // Epochs of their own, or they would argue about them for a while.
            nodes.get(i).command("CLUSTER", "SET-CONFIG-EPOCH", String.valueOf(i + 1));
            first.command("CLUSTER", "MEET", "127.0.0.1", String.valueOf(nodePort(nodes.get(i))));
        }
        for (int i = shards; i < nodes.size(); i++) {
            RedisServer replica = nodes.get(i);
            String primaryId = id(nodes.get(i % shards));
            Workshop.await("node " + i + " becomes a replica", BOUND, () -> {
                try {
                    replica.command("CLUSTER", "REPLICATE", primaryId);
                    return true;
                } catch (JedisException e) {
                    return false; // it has not heard of its primary yet
                }
            });
        }
        awaitOk();
        nodes.subList(shards, nodes.size())
                .forEach(replica -> replica.awaitInfo("replication", "master_link_status:up"));
        nodes.subList(0, shards).forEach(primary -> primary.awaitReplicas(nodes.size() / shards - 1));
    }

    /** Waits until every running node knows every other, and says that all slots are served. */
    public void awaitOk() {
        for (RedisServer node : running()) {
            node.awaitReply("cluster_known_nodes:" + nodes.size(), "CLUSTER", "INFO");
            node.awaitReply("cluster_state:ok", "CLUSTER", "INFO");
        }
    }

    /** Such as {@code redis+cluster://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3}. */
    public String url() {
        String scheme = nodes.get(0).tlsPort() > 0 ? "rediss" : "redis";
        return nodes.stream()
                .map(node -> "127.0.0.1:" + nodePort(node))
                .collect(Collectors.joining(",", scheme + "+cluster://", ""));
    }

    public List<RedisServer> nodes() {
        return nodes;
    }

    public int slot(String key) {
        return Integer.parseInt(running().get(0).command("CLUSTER", "KEYSLOT", key));
    }

    /** The primary that has the slot of {@code key}, as the nodes see it now. */
    public RedisServer primaryOf(String key) {
        int slot = slot(key);
        for (String line : running().get(0).command("CLUSTER", "NODES").lines().toList()) {
            // id ip:port@bus flags primary ping pong epoch link slots...
            String[] fields = line.split(" ", -1);
            if (fields[2].contains("master") && !fields[2].contains("fail")) {
                for (int i = 8; i < fields.length; i++) {
                    if (!fields[i].startsWith("[") && holds(fields[i], slot)) {
                        int port = Integer.parseInt(
                                fields[1].substring(fields[1].indexOf(':') + 1, fields[1].indexOf('@')));
                        return nodes.stream()
                                .filter(node -> node.port() == port)
                                .findFirst()
                                .orElseThrow();
                    }
                }
            }
        }
        throw new AssertionError("No primary has slot " + slot);
    }

    /** The replicas of {@code primary} that run. */
    public List<RedisServer> replicasOf(RedisServer primary) {
        String id = id(primary);
        return running().stream()
                .filter(node -> node != primary)
                .filter(node ->
                        node.command("CLUSTER", "NODES").lines().anyMatch(line -> line.contains("myself,slave " + id)))
                .toList();
    }

    /** Moves the slot of {@code key} to another node, key by key, as redis-cli does it. */
    public void moveSlot(String key, RedisServer target) {
        beginMove(key, target);
        moveKeys(key, target);
        endMove(key, target);
    }

    /** Marks the slot of {@code key} as moving; the keys stay where they are. */
    public void beginMove(String key, RedisServer target) {
        awaitSameEpoch();
        RedisServer source = primaryOf(key);
        String slot = String.valueOf(slot(key));
        target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", id(source));
        source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", id(target));
    }

    /**
     * The target's claim to a slot is newer than what all others know only if it knows what they know. Otherwise an old word of
     * the source, on its way since before the move, can win, and then the target deletes the keys.
     */
    private void awaitSameEpoch() {
        Map<RedisServer, Long> epochs = epochs();
        long newest = Collections.max(epochs.values());
        epochs.forEach((node, epoch) -> {
            if (epoch < newest) {
                epochs.forEach((other, its) -> {
                    if (its == newest) {
                        // So that they speak at once, not within half a second.
                        other.command("CLUSTER", "MEET", "127.0.0.1", String.valueOf(nodePort(node)));
                    }
                });
            }
        });
        Workshop.await("all nodes know of the same epoch", BOUND, () -> new HashSet<>(epochs().values()).size() == 1);
    }

    private Map<RedisServer, Long> epochs() {
        Map<RedisServer, Long> epochs = new HashMap<>();
        for (RedisServer node : running()) {
            String said = node.command("CLUSTER", "INFO")
                    .lines()
                    .filter(line -> line.startsWith("cluster_current_epoch:"))
                    .findFirst()
                    .orElseThrow();
            epochs.put(node, Long.valueOf(said.substring(said.indexOf(':') + 1)));
        }
        return epochs;
    }

    /** Moves one key of a slot that is marked as moving. */
    public void moveKey(String key, RedisServer target) {
        try (Jedis jedis = primaryOf(key).jedis()) {
            jedis.migrate("127.0.0.1", target.port(), 0, MIGRATE_TIMEOUT_MILLIS, new MigrateParams(), key);
        }
    }

    /** Moves the keys of a slot that is marked as moving. */
    public void moveKeys(String key, RedisServer target) {
        RedisServer source = primaryOf(key);
        int slot = slot(key);
        try (Jedis jedis = source.jedis()) {
            while (true) {
                List<String> keys = jedis.clusterGetKeysInSlot(slot, KEYS_AT_ONCE);
                if (keys.isEmpty()) {
                    return;
                }
                jedis.migrate(
                        "127.0.0.1",
                        target.port(),
                        0,
                        MIGRATE_TIMEOUT_MILLIS,
                        new MigrateParams(),
                        keys.toArray(String[]::new));
            }
        }
    }

    /** Tells the nodes who has the slot now. */
    public void endMove(String key, RedisServer target) {
        RedisServer source = primaryOf(key);
        String slot = String.valueOf(slot(key));
        String id = id(target);
        target.command("CLUSTER", "SETSLOT", slot, "NODE", id);
        source.command("CLUSTER", "SETSLOT", slot, "NODE", id);
        for (RedisServer other : running()) {
            // It would hear of it later.
            if (other != target && other != source && other.command("ROLE").startsWith("master")) {
                other.command("CLUSTER", "SETSLOT", slot, "NODE", id);
            }
        }
    }

    private List<RedisServer> running() {
        return nodes.stream().filter(RedisServer::isRunning).toList();
    }

    private static String id(RedisServer node) {
        return node.command("CLUSTER", "MYID");
    }

    private static boolean holds(String range, int slot) {
        int dash = range.indexOf('-');
        return dash < 0
                ? Integer.parseInt(range) == slot
                : Integer.parseInt(range.substring(0, dash)) <= slot
                        && slot <= Integer.parseInt(range.substring(dash + 1));
    }

    @Override
    public void close() {
        nodes.forEach(RedisServer::close);
    }
}
