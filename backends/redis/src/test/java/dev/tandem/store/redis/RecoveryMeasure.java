package dev.tandem.store.redis;

import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.link.RedisRequirement;
import dev.tandem.store.redis.servers.RedisCluster;
import dev.tandem.store.redis.servers.RedisReplication;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Measures for how long no command is answered while a server is killed, stopped, replaced or rearranged: not a test, but a
 * program. Eight clients, two stores, one namespace. What it prints is the longest time between two answers, of which the
 * servers' own part is: {@link RedisReplication#DOWN_AFTER_MILLIS} until a Sentinel takes a primary for dead, {@link
 * RedisCluster#NODE_TIMEOUT_MILLIS} until the nodes of a cluster do.
 *
 * <p>Arguments: how often each is done.
 */
final class RecoveryMeasure {
    private static final int CLIENTS = 8;
    private static final int CALLS = 300;
    private static final String NAMESPACE = "n0";
    private static final String KEY = "{n0}";

    private RecoveryMeasure() {}

    public static void main(String[] arguments) {
        int times = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
        measure("kill and restart", times, RecoveryMeasure::killAndRestart);
        measure("SIGSTOP for 0.5 s", times, RecoveryMeasure::stop);
        measure("Sentinel failover asked for", times, () -> sentinel(false));
        measure("Sentinel failover by kill", times, () -> sentinel(true));
        measure("cluster failover by kill", times, RecoveryMeasure::cluster);
        measure("move of a slot", times, RecoveryMeasure::moveSlot);
        System.exit(0);
    }

    private static void measure(String what, int times, LongSupplier once) {
        List<Long> millis = IntStream.range(0, times)
                .mapToObj(i -> once.getAsLong())
                .sorted()
                .toList();
        System.out.printf(
                "%-30s median %5d ms   least %5d ms   most %5d ms%n",
                what, millis.get(times / 2), millis.get(0), millis.get(times - 1));
    }

    /** The longest time without an answer while {@code fault} is done, and until work goes on. */
    private static long pauseMillis(RedisOptions options, Runnable fault) {
        Vertx vertx = Vertx.vertx();
        List<RedisTaskStore> stores = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            stores.add(new RedisTaskStore(
                    vertx, Stores.link(vertx, options), RedisTaskStore.Settings.DEFAULT, StoreObserver.NONE));
        }
        Work work =
                new Work(vertx, stores, CLIENTS, new Work.Plan(List.of(NAMESPACE), 100, true), Duration.ofSeconds(5));
        work.progress().awaitAcknowledged(CALLS);
        work.progress().measureAnew();
        fault.run();
        work.progress().awaitAcknowledged(CALLS);
        long pause = work.progress().longestPauseMillis();
        work.finish();
        stores.forEach(store -> StoreCalls.await(store.close()));
        StoreCalls.await(vertx.close());
        return pause;
    }

    private static long killAndRestart() {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync always")) {
            return pauseMillis(Stores.options(server.url()).build(), () -> {
                server.kill();
                server.restart();
            });
        }
    }

    private static long stop() {
        try (RedisServer server = RedisServer.start()) {
            return pauseMillis(Stores.options(server.url()).build(), () -> {
                long until = System.nanoTime() + 500_000_000;
                server.pause();
                while (System.nanoTime() < until) {
                    LockSupport.parkNanos(until - System.nanoTime());
                }
                server.resume();
            });
        }
    }

    private static long sentinel(boolean kill) {
        // Two replicas, so that one is left to be waited for.
        try (RedisReplication replication = RedisReplication.start(2)) {
            return pauseMillis(waiting(replication.url()), () -> {
                RedisServer first = replication.primary();
                if (kill) {
                    first.kill();
                    replication.awaitOtherPrimary(first);
                } else {
                    replication.failOver();
                }
            });
        }
    }

    private static long cluster() {
        try (RedisCluster cluster = RedisCluster.start(3, 2)) {
            return pauseMillis(waiting(cluster.url()), () -> {
                RedisServer first = cluster.primaryOf(KEY);
                first.kill();
                StoreTest.waitUntil("another primary", () -> {
                    try {
                        return cluster.primaryOf(KEY) != first;
                    } catch (AssertionError e) {
                        return false;
                    }
                });
            });
        }
    }

    private static long moveSlot() {
        try (RedisCluster cluster = RedisCluster.start(3, 0)) {
            return pauseMillis(Stores.options(cluster.url()).build(), () -> {
                int from = cluster.nodes().indexOf(cluster.primaryOf(KEY));
                cluster.moveSlot(KEY, cluster.nodes().get((from + 1) % 3));
            });
        }
    }

    private static RedisOptions waiting(String url) {
        return Stores.options(url)
                .require(RedisRequirement.parse("wait=1"))
                .waitTimeout(Duration.ofMillis(500))
                .build();
    }
}
