package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.client.TandemClient;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.store.redis.servers.TestCertificate;
import dev.tandem.v1.WatchTasksRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole sidecars over real Redis servers, in this process. */
class RedisSidecarTest {
    @TempDir
    private Path folder;

    /** Of this test's own on a server that tests share. */
    private final String namespace = "ns-" + UUID.randomUUID();

    private final String tasks = "/v1/namespaces/" + namespace + "/tasks";
    private final Vertx vertx = Vertx.vertx();
    private final SidecarCalls calls = new SidecarCalls(vertx, namespace);
    private final List<Sidecar> started = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (Sidecar sidecar : started) {
            SidecarCalls.await(sidecar.drain());
        }
        SidecarCalls.await(vertx.close());
    }

    @Test
    void session_overRedis_isAnsweredAsOverSqlite() throws Exception {
        Sidecar overSqlite = start("sqlite:" + folder.resolve("t.db"));
        Sidecar overRedis = start(SharedServers.standalone().url());

        List<String> answers = calls.session(overRedis);

        assertThat(answers).isEqualTo(calls.session(overSqlite));
        assertThat(answers).hasSize(13);
        assertThat(answers.get(0)).startsWith("200 ").contains("ENQUEUED");
        assertThat(answers.get(2)).startsWith("200 ").contains("SUCCEEDED");
        assertThat(new JsonObject(calls.admin(overRedis, "/version").body()).getString("store"))
                .isEqualTo("redis");
    }

    @Test
    void health_whileRedisIsAway_saysSoAndComesBack() throws Exception {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync always")) {
            Sidecar sidecar = start(server.url());
            calls.post(sidecar, tasks, "{\"task_id\": \"t\"}");
            assertThat(calls.health(sidecar)).isEqualTo("SERVING");
            server.kill();

            SidecarCalls.awaitThat(
                    "not ready", () -> calls.admin(sidecar, "/readyz").statusCode() == 503);
            assertThat(calls.admin(sidecar, "/readyz").body())
                    .contains("the store does not answer")
                    .contains("Redis at 127.0.0.1:" + server.port());
            assertThat(calls.admin(sidecar, "/healthz").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = calls.post(sidecar, tasks, "{\"task_id\": \"u\"}");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("NOT_APPLIED").contains("Redis at");
            SidecarCalls.awaitThat("not serving", () -> calls.health(sidecar).equals("NOT_SERVING"));
            assertThat(calls.admin(sidecar, "/metrics").body())
                    .containsPattern("tandem_redis_connections\\{server=\"127.0.0.1:" + server.port()
                            + "\",state=\"down\",store=\"redis\"} [1-9]");

            server.restart();

            SidecarCalls.awaitThat(
                    "ready again", () -> calls.admin(sidecar, "/readyz").statusCode() == 200);
            SidecarCalls.awaitThat("serving again", () -> calls.health(sidecar).equals("SERVING"));
            assertThat(calls.get(sidecar, tasks + "/t").statusCode()).isEqualTo(200);
            assertThat(calls.get(sidecar, tasks + "/u").statusCode()).isEqualTo(404);
            assertThat(calls.post(sidecar, tasks, "{\"task_id\": \"u\"}").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void twoSidecars_onOneRedis_wakeEachOthersCallers() throws Exception {
        Sidecar one = start(SharedServers.standalone().url());
        Sidecar other = start(SharedServers.standalone().url());
        CompletableFuture<HttpResponse<String>> claim = calls.http()
                .sendAsync(
                        calls.request(one, tasks + ":claim")
                                .POST(BodyPublishers.ofString(
                                        "{\"queues\": [\"q\"], \"worker_id\": \"w\", \"wait\": \"60s\"}"))
                                .build(),
                        BodyHandlers.ofString());
        CompletableFuture<String> watched = new CompletableFuture<>();
        try (TandemClient client = calls.client(one)) {
            client.watch(WatchTasksRequest.newBuilder().build(), event -> {
                if (event.hasTask() && event.getTask().getTaskId().equals("t")) {
                    watched.complete(event.getTask().getState().name());
                }
                return Future.succeededFuture();
            });
            SidecarCalls.awaitThat("both wait", () -> {
                String metrics = calls.admin(one, "/metrics").body();
                return metrics.contains("tandem_api_waiting_claims 1.0")
                        && metrics.contains("tandem_api_open_watches 1.0");
            });
            long begun = System.nanoTime();

            assertThat(calls.post(other, tasks, "{\"task_id\": \"t\", \"task\": {\"queue\": \"q\"}}")
                            .statusCode())
                    .isEqualTo(200);

            assertThat(claim.get(SidecarCalls.SECONDS_MAX, TimeUnit.SECONDS).body())
                    .contains("\"t\"");
            System.out.printf(
                    "a claim at one sidecar has what the other created after %.1f ms%n",
                    (System.nanoTime() - begun) / 1e6);
            assertThat(watched.get(SidecarCalls.SECONDS_MAX, TimeUnit.SECONDS)).isIn("ENQUEUED", "PROCESSING");
        }
        assertThat(calls.get(other, tasks + "/t").body()).contains("PROCESSING");
    }

    @Test
    void drain_claimWaiting_isAnsweredAndTheConnectionsEnd() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            Sidecar sidecar = start(server.url());
            calls.post(sidecar, tasks, "{}");
            CompletableFuture<HttpResponse<String>> claim = calls.http()
                    .sendAsync(
                            calls.request(sidecar, tasks + ":claim")
                                    .POST(BodyPublishers.ofString(
                                            "{\"queues\": [\"q\"], \"worker_id\": \"w\", \"wait\": \"60s\"}"))
                                    .build(),
                            BodyHandlers.ofString());
            SidecarCalls.awaitThat(
                    "it waits",
                    () -> calls.admin(sidecar, "/metrics").body().contains("tandem_api_waiting_claims 1.0"));
            assertThat(server.command("CLIENT", "LIST")).contains("name=tandem");

            SidecarCalls.await(sidecar.drain());

            assertThat(claim.get(SidecarCalls.SECONDS_MAX, TimeUnit.SECONDS).statusCode())
                    .isIn(200, 503);
            SidecarCalls.awaitThat(
                    "no connection is left",
                    () -> !server.command("CLIENT", "LIST").contains("name=tandem"));
        }
    }

    @Test
    void start_passwordAndTlsFromAFile_serves() throws Exception {
        TestCertificate certificate = TestCertificate.create("redis.test");
        Path password = Files.writeString(folder.resolve("password"), "secret-password\n");
        try (RedisServer server = RedisServer.startWithTls(certificate, null, "requirepass secret-password")) {
            Path file = Files.writeString(folder.resolve("tandem.yaml"), """
                    store: %s
                    redis:
                      password_file: %s
                      require: none
                      tls:
                        ca_file: %s
                        server_name: redis.test
                    """.formatted(
                            server.tlsUrl(), password, certificate.certificateFile()));
            Sidecar sidecar = start(file, Map.of());

            assertThat(calls.post(sidecar, tasks, "{\"task_id\": \"t\"}").statusCode())
                    .isEqualTo(200);
            assertThat(calls.admin(sidecar, "/metrics").body()).doesNotContain("secret-password");
        }
    }

    @Test
    void metrics_overRedis_tellServersCallsAndLosses() throws Exception {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync everysec")) {
            Sidecar sidecar = start(server.url(), "TANDEM_REDIS_REQUIRE", "aof");
            calls.post(sidecar, tasks, "{\"task_id\": \"t\"}");
            String at = "server=\"127.0.0.1:" + server.port() + "\"";

            assertThat(calls.admin(sidecar, "/metrics").body())
                    .contains("tandem_redis_connections{" + at + ",state=\"up\",store=\"redis\"} 1.0")
                    .contains("tandem_redis_connections{" + at + ",state=\"down\",store=\"redis\"} 0.0")
                    .contains("tandem_redis_connections{" + at + ",state=\"unfit\",store=\"redis\"} 0.0")
                    .contains("tandem_redis_active_calls{" + at + ",store=\"redis\"} 0.0")
                    .contains("tandem_redis_active_call_bytes{" + at + ",store=\"redis\"} 0.0")
                    .containsPattern(
                            "tandem_redis_server_info\\{failover_loses=\"no_replica\",power_cut_loses=\"seconds\","
                                    + "require=\"aof\"," + at + ",store=\"redis\",version=\"\\d.*\"} 1")
                    .containsPattern("tandem_redis_connections_made_total\\{store=\"redis\"} [1-9]")
                    .contains("tandem_redis_connections_lost_total{store=\"redis\"} 0.0")
                    .contains("tandem_redis_calls_overloaded_total{store=\"redis\"} 0.0")
                    .contains("tandem_redis_calls_timed_out_total{store=\"redis\"} 0.0")
                    .contains("tandem_redis_wait_shortfalls_total{store=\"redis\"} 0.0")
                    .contains("tandem_redis_redirects_total{kind=\"moved\",store=\"redis\"} 0.0")
                    .contains("tandem_redis_redirects_total{kind=\"ask\",store=\"redis\"} 0.0")
                    .contains("tandem_redis_redirects_total{kind=\"tryagain\",store=\"redis\"} 0.0")
                    .containsPattern("tandem_redis_script_loads_total\\{store=\"redis\"} [1-9]")
                    .contains("tandem_redis_stopped_namespaces{store=\"redis\"} 0.0")
                    .contains("tandem_redis_writes_refused_lost_total{store=\"redis\"} 0.0")
                    .contains(
                            "tandem_store_command_seconds_count{outcome=\"applied\",store=\"redis\",verb=\"create\"} 1")
                    .doesNotContain(namespace);
            server.command("FLUSHALL");

            HttpResponse<String> refused = calls.post(sidecar, tasks, "{\"task_id\": \"u\"}");

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("NOT_APPLIED").contains("accepted the loss");
            assertThat(calls.admin(sidecar, "/metrics").body())
                    .contains("tandem_redis_stopped_namespaces{store=\"redis\"} 1.0")
                    .contains("tandem_redis_writes_refused_lost_total{store=\"redis\"} 1.0")
                    .doesNotContain(namespace);
        }
    }

    private Sidecar start(String store, String... more) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("TANDEM_STORE", store));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return start(null, environment);
    }

    private Sidecar start(@Nullable Path file, Map<String, String> more) throws Exception {
        Map<String, String> environment = new HashMap<>(
                Map.of("TANDEM_LISTEN", "127.0.0.1:0", "TANDEM_ADMIN", "127.0.0.1:0", "TANDEM_DRAIN_GRACE", "0s"));
        environment.putAll(more);
        SidecarConfig config = SidecarConfig.of(ConfigLoader.load(file, environment, Map.of()));
        Sidecar sidecar = SidecarCalls.await(Sidecar.start(vertx, config, InstantSource.system()));
        started.add(sidecar);
        return sidecar;
    }
}
