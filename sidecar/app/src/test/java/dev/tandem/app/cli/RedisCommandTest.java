package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.StoreObserver;
import dev.tandem.store.redis.link.RedisAddress;
import dev.tandem.store.redis.link.RedisLinks;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.servers.RedisCluster;
import dev.tandem.store.redis.servers.RedisReplication;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem redis} against real servers, in this process. */
class RedisCommandTest {
    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = new TestClock();
    private final List<RedisTaskStore> stores = new ArrayList<>();

    /** Of this test's own on a server that tests share. */
    private final String namespace = "ns-" + UUID.randomUUID();

    @AfterEach
    void close() {
        stores.forEach(store -> StoreCalls.await(store.close()));
        StoreCalls.await(vertx.close());
    }

    /** A sidecar's store, which remembers what it was acknowledged. */
    private StoreCalls store(String url) {
        RedisTaskStore store = StoreCalls.await(RedisLinks.open(vertx, RedisOptions.of(RedisAddress.parse(url)))
                .map(link -> new RedisTaskStore(vertx, link, RedisTaskStore.Settings.DEFAULT, StoreObserver.NONE)));
        stores.add(store);
        return new StoreCalls(vertx, store, clock, namespace);
    }

    /** Writes, has {@code holder} forget all that was written, and writes again. */
    private StoreCalls loseWrites(String url, RedisServer holder) {
        StoreCalls calls = store(url);
        for (String id : List.of("a", "b", "c")) {
            calls.apply(Tasks.create(id));
        }
        String tag = "tandem:{" + namespace + "}:";
        holder.command("DEL", tag + "records", tag + "index", tag + "changes");
        assertRefused(calls);
        return calls;
    }

    private static void assertRefused(StoreCalls calls) {
        StoreException refused = StoreCalls.failureOf(calls.start(calls.command(Tasks.create("d"))));
        assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(refused).hasMessageContaining("lost writes").hasMessageContaining("accepted the loss");
    }

    private static Run run(String stdin, String url, String... arguments) {
        List<String> line = new ArrayList<>(List.of("redis"));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--store", url, "--redis-start-timeout", "0s"));
        return Run.of(Map.of(), stdin, line.toArray(String[]::new));
    }

    private static JsonObject lost(Run status) {
        JsonArray namespaces = status.json().getJsonArray("namespaces");
        assertThat(namespaces).hasSize(1);
        return namespaces.getJsonObject(0).getJsonObject("lost");
    }

    @Test
    void status_ofAServer_tellsWhatItLosesAndWhatItHolds() {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync everysec")) {
            store(server.url()).apply(Tasks.create("a"));

            JsonObject json = run("", server.url(), "status", "--json").json();

            JsonObject only = json.getJsonArray("servers").getJsonObject(0);
            assertThat(json.getJsonArray("servers")).hasSize(1);
            assertThat(only.getString("server")).isEqualTo("127.0.0.1:" + server.port());
            assertThat(only.getString("role")).isEqualTo("primary");
            assertThat(only.getString("version")).matches("\\d+\\.\\d+\\..*");
            assertThat(only.getString("power_cut_loses")).isEqualTo("seconds");
            assertThat(only.getString("failover_loses")).isEqualTo("no_replica");
            assertThat(only.getJsonArray("lacks")).isEmpty();
            assertThat(json.getJsonArray("namespaces").getJsonObject(0))
                    .isEqualTo(new JsonObject()
                            .put("namespace", namespace)
                            .put("last_version", 1)
                            .put("tasks", new JsonObject().put("ENQUEUED", 1))
                            .put("leases", 0)
                            .put("writes", "go on"));

            Run text = run("", server.url(), "status", "--redis-require", "fsync");
            assertThat(text.code()).isZero();
            assertThat(text.out())
                    .contains("at 127.0.0.1:" + server.port() + ", primary")
                    .contains("A power cut loses up to the last two seconds of writes (appendfsync everysec).")
                    .contains("There is no replica to take over.")
                    .contains("Less than redis.require asks for: it does not write to the disk")
                    .containsPattern(namespace + " +1 +1 +go on");
        }
    }

    @Test
    void acceptLoss_askedFirst_changesOnlyAfterYes() {
        RedisServer server = SharedServers.standalone();
        StoreCalls calls = loseWrites(server.url(), server);
        assertThat(run("", server.url(), "status", "-n", namespace).out())
                .containsPattern(
                        namespace + " +0 +0 +STOPPED: version 3 is missing, and it was at version 0, when that");

        for (String answer : List.of("", "no\n", "y\n")) {
            Run refused = run(answer, server.url(), "accept-loss", "-n", namespace);
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.out()).isEmpty();
            assertThat(refused.err())
                    .contains("lost writes of namespace " + namespace)
                    .contains("version 3 is missing")
                    .contains("type yes")
                    .contains("Nothing was changed.");
        }
        assertRefused(calls);

        Run accepted = run("yes\n", server.url(), "accept-loss", "-n", namespace);

        assertThat(accepted.code()).as(accepted.err()).isZero();
        assertThat(accepted.out()).contains("takes writes again, above version 1000000000003");
        assertThat(calls.apply(Tasks.create("d")).version()).isGreaterThan(1_000_000_000_003L);
        Run again = run("", server.url(), "accept-loss", "-n", namespace);
        assertThat(again.code()).isZero();
        assertThat(again.out()).contains("Nothing was changed").contains("no loss to accept");
        assertThat(run("", server.url(), "accept-loss", "-n", namespace, "--json")
                        .json()
                        .getBoolean("accepted"))
                .isFalse();
    }

    /** What docs/redis.md says can be done instead of accepting. */
    @Test
    void status_afterACopyWithTheLostWritesWasPutBack_tellsThatWritesGoOn() throws IOException {
        try (RedisServer server = RedisServer.start()) {
            StoreCalls calls = store(server.url());
            for (String id : List.of("a", "b", "c")) {
                calls.apply(Tasks.create(id));
            }
            server.command("SAVE");
            Path dump = server.folder().resolve("dump.rdb");
            byte[] copy = Files.readAllBytes(dump);
            server.command("FLUSHALL");
            assertRefused(calls);
            assertThat(lost(run("", server.url(), "status", "--json"))).isNotNull();
            server.kill();
            Files.write(dump, copy);
            server.restart();

            assertThat(lost(run("", server.url(), "status", "--json"))).isNull();
            awaitServer(calls);
            assertThat(calls.apply(Tasks.create("d")).version()).isEqualTo(4);
        }
    }

    private static void awaitServer(StoreCalls calls) {
        long until = System.nanoTime() + StoreCalls.WAIT_MAX.toNanos();
        while (true) {
            try {
                calls.find("a");
                return;
            } catch (StoreException e) {
                assertThat(System.nanoTime()).as(e.getMessage()).isLessThan(until);
            }
        }
    }

    @Test
    void acceptLoss_onSentinelAndCluster_findsThePrimary() {
        try (RedisReplication replication = RedisReplication.start(1)) {
            acceptsOn(replication.url(), replication.primary());
        }
        RedisCluster cluster = SharedServers.cluster();
        acceptsOn(cluster.url(), cluster.primaryOf("tandem:{" + namespace + "}:records"));
    }

    private void acceptsOn(String url, RedisServer holder) {
        StoreCalls calls = loseWrites(url, holder);
        assertThat(lost(run("", url, "status", "--json", "--namespace", namespace))
                        .getLong("missing_version"))
                .isEqualTo(3);

        JsonObject accepted =
                run("", url, "accept-loss", "--yes", "--json", "-n", namespace).json();

        assertThat(accepted.getBoolean("accepted")).isTrue();
        assertThat(accepted.getJsonObject("lost").getLong("found_version")).isZero();
        assertThat(accepted.getLong("last_version")).isEqualTo(1_000_000_000_003L);
        calls.apply(Tasks.create("d"));
        assertThat(lost(run("", url, "status", "--json", "-n", namespace))).isNull();
    }

    @Test
    void acceptLoss_ofAnUnknownNamespace_saysSoAndMakesNone() {
        RedisServer server = SharedServers.standalone();
        for (String command : List.of("status", "accept-loss")) {
            Run run = run("", server.url(), command, "-n", namespace);
            assertThat(run.code()).isEqualTo(4);
            assertThat(run.err()).isEqualTo("error: there is no namespace " + namespace + " in this Redis\n");
        }
        assertThat(server.command("KEYS", "tandem:{" + namespace + "}:*")).isEmpty();
    }

    @Test
    void acceptLoss_ofANewerLayout_isRefusedWithoutAChange() {
        RedisServer server = SharedServers.standalone();
        loseWrites(server.url(), server);
        String records = "tandem:{" + namespace + "}:records";
        server.command(
                "EVAL",
                "local m = redis.call('HGET', KEYS[1], 'm')"
                        + " return redis.call('HSET', KEYS[1], 'm', 'TM\\2' .. string.sub(m, 4))",
                "1",
                records);
        String before = server.command("HGETALL", records);

        Run run = run("", server.url(), "accept-loss", "--yes", "-n", namespace);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("layout 2")
                .contains("use the version that wrote them")
                .hasLineCount(1);
        assertThat(server.command("HGETALL", records)).isEqualTo(before);
        assertThat(run("", server.url(), "status", "-n", namespace).out()).contains("layout 2");
    }

    @Test
    void acceptLoss_withoutAnotherAnswer_needsTheNamespace() {
        Run run = run("", SharedServers.standalone().url(), "accept-loss", "--yes");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("--namespace");
    }

    @Test
    void commands_onAServerThatPromisesTooLittle_areRefusedButForStatus() {
        RedisServer server = SharedServers.standalone();
        loseWrites(server.url(), server);
        Run run = run("", server.url(), "accept-loss", "--yes", "-n", namespace, "--redis-require", "aof");

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.err()).contains("set appendonly yes").hasLineCount(1);
        assertThat(lost(run("", server.url(), "status", "--json", "-n", namespace, "--redis-require", "aof")))
                .isNotNull();
    }

    @Test
    void commands_thatCantReachTheServer_sayWhy(@TempDir Path folder) throws IOException {
        try (RedisServer server = RedisServer.startWithPassword("right")) {
            Path wrong = Files.writeString(folder.resolve("password"), "wrong\n");
            Run refused = run("", server.url(), "status", "--redis-password-file", wrong.toString());
            assertThat(refused.code()).isEqualTo(3);
            assertThat(refused.err())
                    .contains("does not know this user and password")
                    .doesNotContain("wrong")
                    .hasLineCount(1);
            Path right = Files.writeString(folder.resolve("password"), "right\n");
            assertThat(run("", server.url(), "status", "--redis-password-file", right.toString())
                            .code())
                    .isZero();
            server.kill();
            Run gone = run("", server.url(), "accept-loss", "--yes", "-n", "x");
            assertThat(gone.code()).isEqualTo(3);
            assertThat(gone.err()).contains("127.0.0.1:" + server.port()).hasLineCount(1);
        }
        Run sqlite = run("", "sqlite:some.db", "status");
        assertThat(sqlite.code()).isEqualTo(2);
        assertThat(sqlite.err()).contains("sqlite:some.db").contains("not in Redis");
    }

    /** Of the sidecar itself; one more is seen as a process in RedisProcessTest. */
    @Test
    void sidecar_whoseRedisWillNotDo_exitsWith2AndOneSentence() {
        RedisServer shared = SharedServers.standalone();
        try (RedisServer secured = RedisServer.startWithPassword("right");
                RedisServer evicting = RedisServer.start("maxmemory 64mb", "maxmemory-policy allkeys-lru");
                RedisServer replica = RedisServer.startReplicaOf(shared);
                RedisServer gone = RedisServer.start()) {
            gone.kill();
            assertRefuses(secured, "it asks for a password: set redis.password_file, or TANDEM_REDIS_PASSWORD");
            assertRefuses(
                    evicting,
                    "it would delete tasks when its memory is full (maxmemory-policy allkeys-lru): set"
                            + " maxmemory-policy noeviction");
            assertRefuses(replica, "it is a replica, not a primary: name the primary, or use its Sentinels");
            assertRefuses(
                    shared,
                    "it promises less than redis.require asks for: its append-only file is off (set appendonly yes),"
                            + " and it does not write",
                    "--redis-require",
                    "aof,fsync");
            // One that can't be reached is tried for redis.start_timeout, which is 0 here.
            assertRefuses(gone, "no connection could be made");
        }
    }

    private static void assertRefuses(RedisServer server, String why, String... flags) {
        List<String> line = new ArrayList<>(List.of(
                "sidecar",
                "--listen",
                "127.0.0.1:0",
                "--admin",
                "off",
                "--store",
                server.url(),
                "--log-level",
                "error"));
        line.addAll(List.of("--redis-start-timeout", "0s"));
        line.addAll(List.of(flags));
        Run run = Run.of(line.toArray(String[]::new));
        assertThat(run.err())
                .startsWith("tandem: Redis at 127.0.0.1:" + server.port() + " can't be used: " + why)
                .doesNotContain("Exception")
                .hasLineCount(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(2);
    }
}
