package dev.tandem.store.redis.servers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A primary, its replicas, and the Sentinels that watch them.
 *
 * <p>A Sentinel takes a primary for dead after {@link #DOWN_AFTER_MILLIS}, the others some time later.
 */
public final class RedisReplication implements AutoCloseable {
    /** What the Sentinels call the primary. */
    public static final String NAME = "tandem";

    /**
     * Above the second that a Sentinel lets pass between two tries to connect: with less, it takes the new primary for dead right
     * after it has made it one, and goes on and on.
     */
    public static final int DOWN_AFTER_MILLIS = 1_300;

    private static final int QUORUM = 2;
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final List<RedisServer> servers;
    private final List<RedisServer> sentinels;

    private RedisReplication(List<RedisServer> servers, List<RedisServer> sentinels) {
        this.servers = servers;
        this.sentinels = sentinels;
    }

    /** Starts one primary, {@code replicas} in step with it, and three Sentinels that know of each other. */
    public static RedisReplication start(int replicas, String... config) {
        List<RedisServer> servers = new ArrayList<>();
        RedisServer primary = RedisServer.start(config);
        servers.add(primary);
        List<String> lines = new ArrayList<>(Arrays.asList(config));
        lines.addAll(List.of("replicaof 127.0.0.1 " + primary.port(), "repl-diskless-sync-delay 0"));
        for (int i = 0; i < replicas; i++) {
            servers.add(RedisServer.begin("replica", Workshop.freePort(), lines, false));
        }
        for (RedisServer replica : servers.subList(1, servers.size())) {
            replica.awaitInfo("replication", "master_link_status:up");
        }
        primary.awaitReplicas(replicas);
        return new RedisReplication(servers, startSentinels(servers));
    }

    /**
     * They are told of each other and of the replicas at once: finding out would take seconds. The first is the quickest
     * to decide, and alone: three that stand for election in the same moment often split the votes, and try again after
     * many seconds.
     */
    private static List<RedisServer> startSentinels(List<RedisServer> servers) {
        int[] ports = {Workshop.freePort(), Workshop.freePort(), Workshop.freePort()};
        List<RedisServer> sentinels = new ArrayList<>();
        for (int own : ports) {
            boolean first = own == ports[0];
            List<String> lines = new ArrayList<>(List.of(
                    "sentinel myid " + id(own),
                    "sentinel monitor " + NAME + " 127.0.0.1 " + servers.get(0).port() + " " + (first ? 1 : QUORUM),
                    "sentinel down-after-milliseconds " + NAME + " "
                            + (first ? DOWN_AFTER_MILLIS : 5 * DOWN_AFTER_MILLIS),
                    "sentinel failover-timeout " + NAME + " 3000"));
            for (RedisServer replica : servers.subList(1, servers.size())) {
                lines.add("sentinel known-replica " + NAME + " 127.0.0.1 " + replica.port());
            }
            for (int other : ports) {
                if (other != own) {
                    lines.add("sentinel known-sentinel " + NAME + " 127.0.0.1 " + other + " " + id(other));
                }
            }
            sentinels.add(RedisServer.begin("sentinel", own, lines, true));
        }
        for (RedisServer sentinel : sentinels) {
            sentinel.awaitReady();
            sentinel.awaitReply("OK 3 usable Sentinels", "SENTINEL", "CKQUORUM", NAME);
        }
        return sentinels;
    }

    private static String id(int port) {
        return "%040x".formatted(port);
    }

    /** Such as {@code redis+sentinel://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3/tandem}. */
    public String url() {
        return sentinels.stream()
                .map(sentinel -> "127.0.0.1:" + sentinel.port())
                .collect(Collectors.joining(",", "redis+sentinel://", "/" + NAME));
    }

    public List<RedisServer> servers() {
        return servers;
    }

    public List<RedisServer> sentinels() {
        return sentinels;
    }

    /** The server that most Sentinels take for the primary now. */
    public RedisServer primary() {
        List<String> named = new ArrayList<>();
        for (RedisServer sentinel : sentinels) {
            if (sentinel.isRunning()) {
                named.add(sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
                        .lines()
                        .reduce((host, port) -> port)
                        .orElseThrow());
            }
        }
        return servers.stream()
                .filter(server -> named.stream()
                                .filter(String.valueOf(server.port())::equals)
                                .count()
                        >= QUORUM)
                .findFirst()
                .orElseThrow(() -> new AssertionError("The Sentinels name different primaries: " + named));
    }

    /** Asks a Sentinel for a failover, and waits until another server is the primary. */
    public void failOver() {
        RedisServer before = primary();
        sentinels.get(0).command("SENTINEL", "FAILOVER", NAME);
        awaitOtherPrimary(before);
    }

    /** Waits until the Sentinels have made another server than {@code before} the primary. */
    public RedisServer awaitOtherPrimary(RedisServer before) {
        Workshop.await("another primary than " + before.port(), BOUND, () -> {
            try {
                return primary() != before;
            } catch (AssertionError e) {
                return false;
            }
        });
        RedisServer primary = primary();
        primary.awaitInfo("replication", "role:master");
        return primary;
    }

    @Override
    public void close() {
        sentinels.forEach(RedisServer::close);
        servers.forEach(RedisServer::close);
    }
}
