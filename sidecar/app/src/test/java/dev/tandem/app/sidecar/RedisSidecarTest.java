package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.client.ClientOptions;
import dev.tandem.client.TandemClient;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.store.redis.servers.TestCertificate;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.WatchTasksRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole sidecars over real Redis servers, in this process. */
class RedisSidecarTest {
    private static final int SECONDS_MAX = 20;
    private static final ServiceMethod<HealthCheckResponse, HealthCheckRequest> CHECK = ServiceMethod.client(
            ServiceName.create("grpc.health.v1.Health"),
            "Check",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(HealthCheckResponse.getDefaultInstance()));

    @TempDir
    private Path folder;

    /** Of this test's own on a server that tests share. */
    private final String namespace = "ns-" + UUID.randomUUID();

    private final String tasks = "/v1/namespaces/" + namespace + "/tasks";
    private final HttpClient http = HttpClient.newHttpClient();
    private final Vertx vertx = Vertx.vertx();
    private final List<Sidecar> started = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (Sidecar sidecar : started) {
            await(sidecar.drain());
        }
        await(vertx.close());
    }

    @Test
    void session_overRedis_isAnsweredAsOverSqlite() throws Exception {
        Sidecar overSqlite = start("sqlite:" + folder.resolve("t.db"));
        Sidecar overRedis = start(SharedServers.standalone().url());

        List<String> answers = session(overRedis);

        assertThat(answers).isEqualTo(session(overSqlite));
        assertThat(answers).hasSize(13);
        assertThat(answers.get(0)).startsWith("200 ").contains("ENQUEUED");
        assertThat(answers.get(2)).startsWith("200 ").contains("SUCCEEDED");
        assertThat(new JsonObject(admin(overRedis, "/version").body()).getString("store"))
                .isEqualTo("redis");
    }

    /** The one in the README, and what goes wrong in it; then by gRPC. With the times taken out. */
    private List<String> session(Sidecar sidecar) throws Exception {
        List<String> answers = new ArrayList<>();
        HttpResponse<String> created = post(sidecar, tasks, "{\"task\": {\"queue\": \"mail\", \"payload\": \"aGk=\"}}");
        String id = new JsonObject(created.body()).getString("task_id");
        answers.add(shown(created, id));
        HttpResponse<String> claimed = post(
                sidecar,
                tasks + ":claim",
                "{\"queues\": [\"mail\"], \"worker_id\": \"w1\", \"lease_duration\": \"30s\"}");
        answers.add(shown(claimed, id));
        String token = new JsonObject(claimed.body())
                .getJsonArray("tasks")
                .getJsonObject(0)
                .getJsonObject("lease")
                .getString("token");
        answers.add(shown(post(sidecar, tasks + "/" + id + ":complete", "{\"token\": \"" + token + "\"}"), id));
        answers.add(shown(post(sidecar, tasks + "/" + id + ":complete", "{\"token\": \"77\"}"), id));
        answers.add(shown(get(sidecar, tasks + "?states=SUCCEEDED"), id));
        answers.add(shown(get(sidecar, tasks + ":count"), id));
        answers.add(shown(get(sidecar, tasks + "/none"), id));
        answers.add(shown(post(sidecar, tasks, "{\"task_id\": \"" + id + "\", \"task\": {\"queue\": \"other\"}}"), id));
        try (TandemClient client = client(sidecar)) {
            answers.add(shown(await(client.tasks()
                    .createTask(CreateTaskRequest.newBuilder()
                            .setTaskId("g")
                            .setTask(Task.newBuilder().setQueue("grpc").putLabels("a", "b"))
                            .build()))));
            Task got = await(client.tasks()
                            .claimTasks(ClaimTasksRequest.newBuilder()
                                    .addQueues("grpc")
                                    .setWorkerId("w")
                                    .build()))
                    .getTasks(0);
            answers.add(shown(got));
            answers.add(shown(await(client.tasks()
                    .completeTask(CompleteTaskRequest.newBuilder()
                            .setTaskId("g")
                            .setToken(got.getLease().getToken())
                            .build()))));
            answers.add(shown(await(client.tasks()
                    .getTask(GetTaskRequest.newBuilder().setTaskId("g").build()))));
        }
        answers.add(shown(http.send(request(sidecar, tasks + "/" + id).DELETE().build(), BodyHandlers.ofString()), id));
        return answers;
    }

    private static String shown(HttpResponse<String> answer, String id) {
        return answer.statusCode() + " "
                + answer.body().replace(id, "ID").replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME");
    }

    private static String shown(Task task) {
        return task.toString().replaceAll("(seconds|nanos): \\d+", "TIME");
    }

    @Test
    void health_whileRedisIsAway_saysSoAndComesBack() throws Exception {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync always")) {
            Sidecar sidecar = start(server.url());
            post(sidecar, tasks, "{\"task_id\": \"t\"}");
            assertThat(health(sidecar)).isEqualTo("SERVING");
            server.kill();

            awaitThat("not ready", () -> admin(sidecar, "/readyz").statusCode() == 503);
            assertThat(admin(sidecar, "/readyz").body())
                    .contains("the store does not answer")
                    .contains("Redis at 127.0.0.1:" + server.port());
            assertThat(admin(sidecar, "/healthz").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = post(sidecar, tasks, "{\"task_id\": \"u\"}");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("NOT_APPLIED").contains("Redis at");
            awaitThat("not serving", () -> health(sidecar).equals("NOT_SERVING"));
            assertThat(admin(sidecar, "/metrics").body())
                    .containsPattern("tandem_redis_connections\\{server=\"127.0.0.1:" + server.port()
                            + "\",state=\"down\",store=\"redis\"} [1-9]");

            server.restart();

            awaitThat("ready again", () -> admin(sidecar, "/readyz").statusCode() == 200);
            awaitThat("serving again", () -> health(sidecar).equals("SERVING"));
            assertThat(get(sidecar, tasks + "/t").statusCode()).isEqualTo(200);
            assertThat(get(sidecar, tasks + "/u").statusCode()).isEqualTo(404);
            assertThat(post(sidecar, tasks, "{\"task_id\": \"u\"}").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void twoSidecars_onOneRedis_wakeEachOthersCallers() throws Exception {
        Sidecar one = start(SharedServers.standalone().url());
        Sidecar other = start(SharedServers.standalone().url());
        CompletableFuture<HttpResponse<String>> claim = http.sendAsync(
                request(one, tasks + ":claim")
                        .POST(BodyPublishers.ofString("{\"queues\": [\"q\"], \"worker_id\": \"w\", \"wait\": \"60s\"}"))
                        .build(),
                BodyHandlers.ofString());
        CompletableFuture<String> watched = new CompletableFuture<>();
        try (TandemClient client = client(one)) {
            client.watch(WatchTasksRequest.newBuilder().build(), event -> {
                if (event.hasTask() && event.getTask().getTaskId().equals("t")) {
                    watched.complete(event.getTask().getState().name());
                }
                return Future.succeededFuture();
            });
            awaitThat("both wait", () -> {
                String metrics = admin(one, "/metrics").body();
                return metrics.contains("tandem_api_waiting_claims 1.0")
                        && metrics.contains("tandem_api_open_watches 1.0");
            });
            long begun = System.nanoTime();

            assertThat(post(other, tasks, "{\"task_id\": \"t\", \"task\": {\"queue\": \"q\"}}")
                            .statusCode())
                    .isEqualTo(200);

            assertThat(claim.get(SECONDS_MAX, TimeUnit.SECONDS).body()).contains("\"t\"");
            System.out.printf(
                    "a claim at one sidecar has what the other created after %.1f ms%n",
                    (System.nanoTime() - begun) / 1e6);
            assertThat(watched.get(SECONDS_MAX, TimeUnit.SECONDS)).isIn("ENQUEUED", "PROCESSING");
        }
        assertThat(get(other, tasks + "/t").body()).contains("PROCESSING");
    }

    @Test
    void drain_claimWaiting_isAnsweredAndTheConnectionsEnd() throws Exception {
        try (RedisServer server = RedisServer.start()) {
            Sidecar sidecar = start(server.url());
            post(sidecar, tasks, "{}");
            CompletableFuture<HttpResponse<String>> claim = http.sendAsync(
                    request(sidecar, tasks + ":claim")
                            .POST(BodyPublishers.ofString(
                                    "{\"queues\": [\"q\"], \"worker_id\": \"w\", \"wait\": \"60s\"}"))
                            .build(),
                    BodyHandlers.ofString());
            awaitThat("it waits", () -> admin(sidecar, "/metrics").body().contains("tandem_api_waiting_claims 1.0"));
            assertThat(server.command("CLIENT", "LIST")).contains("name=tandem");

            await(sidecar.drain());

            assertThat(claim.get(SECONDS_MAX, TimeUnit.SECONDS).statusCode()).isIn(200, 503);
            awaitThat(
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

            assertThat(post(sidecar, tasks, "{\"task_id\": \"t\"}").statusCode())
                    .isEqualTo(200);
            assertThat(admin(sidecar, "/metrics").body()).doesNotContain("secret-password");
        }
    }

    @Test
    void metrics_overRedis_tellServersCallsAndLosses() throws Exception {
        try (RedisServer server = RedisServer.start("appendonly yes", "appendfsync everysec")) {
            Sidecar sidecar = start(server.url(), "TANDEM_REDIS_REQUIRE", "aof");
            post(sidecar, tasks, "{\"task_id\": \"t\"}");
            String at = "server=\"127.0.0.1:" + server.port() + "\"";

            assertThat(admin(sidecar, "/metrics").body())
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

            HttpResponse<String> refused = post(sidecar, tasks, "{\"task_id\": \"u\"}");

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("NOT_APPLIED").contains("accepted the loss");
            assertThat(admin(sidecar, "/metrics").body())
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
        Sidecar sidecar = await(Sidecar.start(vertx, config, InstantSource.system()));
        started.add(sidecar);
        return sidecar;
    }

    private TandemClient client(Sidecar sidecar) {
        return TandemClient.connect(
                vertx,
                ClientOptions.DEFAULT.withAddress(sidecar.address().toString()).withNamespace(namespace));
    }

    private String health(Sidecar sidecar) throws Exception {
        GrpcClient client = GrpcClient.client(vertx);
        try {
            return await(client.request(
                            SocketAddress.inetSocketAddress(sidecar.address().port(), "127.0.0.1"), CHECK)
                    .compose(request -> request.send(HealthCheckRequest.getDefaultInstance()))
                    .compose(response -> response.last())
                    .map(said -> said.getStatus().name()));
        } finally {
            await(client.close());
        }
    }

    private HttpResponse<String> admin(Sidecar sidecar, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://" + sidecar.adminAddress() + path))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> get(Sidecar sidecar, String path) throws IOException, InterruptedException {
        return http.send(request(sidecar, path).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(Sidecar sidecar, String path, String body)
            throws IOException, InterruptedException {
        return http.send(
                request(sidecar, path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(Sidecar sidecar, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + sidecar.address() + path))
                .timeout(Duration.ofSeconds(SECONDS_MAX));
    }

    private static void awaitThat(String what, Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("not in time: " + what).isLessThan(until);
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(SECONDS_MAX, TimeUnit.SECONDS);
    }
}
