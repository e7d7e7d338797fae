package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.store.redis.link.Credentials;
import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisTls;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a server tells about itself, and that it is read rightly. */
class ServerCostsTest {
    private static final String BEFORE = """
            # Memory\r
            used_memory:1000\r
            used_memory_human:1.00K\r
            lazyfree_pending_objects:3\r
            # CPU\r
            used_cpu_sys:1.5\r
            used_cpu_user:2.25\r
            # Commandstats\r
            cmdstat_hget:calls=10,usec=20,usec_per_call=2.00,rejected_calls=0,failed_calls=0\r
            cmdstat_info:calls=1,usec=90,usec_per_call=90.00,rejected_calls=0,failed_calls=0\r
            """;
    private static final String AFTER = """
            used_memory:5000\r
            used_cpu_sys:1.6\r
            used_cpu_user:2.5\r
            cmdstat_hget:calls=14,usec=28,usec_per_call=2.00,rejected_calls=0,failed_calls=0\r
            cmdstat_info:calls=2,usec=190,usec_per_call=95.00,rejected_calls=0,failed_calls=0\r
            cmdstat_ping:calls=3,usec=3,usec_per_call=1.00,rejected_calls=0,failed_calls=0\r
            """;

    private final Vertx vertx = Vertx.vertx();
    private final Closings closings = new Closings();

    @AfterEach
    void close() {
        assertThat(closings.closeAll()).isNull();
        Waiting.on(vertx.close(), Duration.ofSeconds(30), "the end of the event loops");
    }

    @Test
    void stats_ofTwoTimes_tellWhatWasCalledBetweenThem() {
        ServerStats before = ServerStats.parse(BEFORE);
        ServerStats spent = ServerStats.parse(AFTER).since(before);

        assertThat(before.usedBytes()).isEqualTo(1000);
        assertThat(before.toBeFreed()).isEqualTo(3);
        assertThat(spent.cpuMicros()).isCloseTo(350_000, within(1e-3));
        assertThat(spent.commands())
                .as("our own question does not count")
                .isEqualTo(Map.of("hget", new ServerStats.Calls(4, 8), "ping", new ServerStats.Calls(3, 3)));
        assertThat(spent.requestMicros()).isEqualTo(11);
    }

    @Test
    void requestMicros_ofScripts_doNotCountWhatTheyCalledTwice() {
        ServerStats spent = new ServerStats(
                Map.of("evalsha", new ServerStats.Calls(2, 50), "hset", new ServerStats.Calls(2, 10)), 0, 0, 0);

        assertThat(spent.requestMicros()).isEqualTo(50);
    }

    @Test
    void monitor_requestsAndScripts_countsEachRequestOnce() {
        RedisServer server = SharedServers.standalone();
        PlainRedis redis = open(server, RedisLogin.NONE);
        RedisMonitor monitor = RedisMonitor.open(vertx, server.port(), redis);
        long before = monitor.requests();

        redis.ask(Request.cmd(Command.EVAL)
                .arg("redis.call('GET', 'a') return redis.call('GET', 'b')")
                .arg("0"));
        redis.ask(Request.cmd(Command.GET).arg("] \"odd"));

        assertThat(monitor.requests() - before).isEqualTo(2);
        assertThat(monitor.requests() - before).isEqualTo(2);
        monitor.close();
    }

    @Test
    void run_userMayNotAsk_tellsWhyAndMeasuresNothing() {
        RedisServer server = SharedServers.standalone();
        server.command("ACL", "SETUSER", "shy", "on", ">secret", "~*", "+@all", "-@dangerous", "-info");
        PlainRedis redis = open(server, new RedisLogin(new Credentials("shy", "secret"), RedisTls.DEFAULT));
        LoadGenerator load = new LoadGenerator(vertx.getOrCreateContext());
        ClientCalls calls = new ClientCalls(redis, () -> "unused", Map.of());
        Plan plan = new Plan(List.of(1), List.of(0), Set.of(Operation.CREATE), 1, Duration.ofMillis(1), 0, false);

        ServerCosts costs =
                new CostMeasurement(load, calls, () -> -1, redis, new RedisNamespaces(redis, "bench"), null).run(plan);

        assertThat(costs.lines()).isEmpty();
        assertThat(costs.untold()).contains("NOPERM");
        assertThat(Target.ofServer(costs, null)).isEmpty();
        server.command("ACL", "DELUSER", "shy");
    }

    private PlainRedis open(RedisServer server, RedisLogin login) {
        return PlainRedis.open(vertx, RedisAddress.parse(server.url()), login, closings);
    }
}
