package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.testkit.HttpClients;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SidecarTest {
    private static final String TASKS = "/v1/namespaces/default/tasks";

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClients.http1();
    private Vertx vertx;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void admin_pages_answerWithJson() throws Exception {
        Sidecar sidecar = start(Map.of());

        assertThat(admin(sidecar, "/healthz").body()).isEqualTo("{\"status\":\"ok\"}");
        assertThat(admin(sidecar, "/readyz").body()).isEqualTo("{\"status\":\"ready\"}");
        assertThat(new JsonObject(admin(sidecar, "/version").body()).fieldNames())
                .containsExactlyInAnyOrder("version", "java", "store");
        assertThat(admin(sidecar, "/nothing").statusCode()).isEqualTo(404);
        assertThat(new JsonObject(admin(sidecar, "/nothing").body()).getString("error"))
                .contains("/metrics, /healthz");
        HttpResponse<String> posted = http.send(
                HttpRequest.newBuilder(uri(sidecar.adminAddress().toString(), "/readyz"))
                        .POST(BodyPublishers.ofString("x"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(posted.statusCode()).isEqualTo(405);
        assertThat(posted.headers().firstValue("allow")).contains("GET, HEAD");

        await(sidecar.drain());
    }

    @Test
    void metrics_afterCalls_timeThemWithoutTheirIds() throws Exception {
        Sidecar sidecar = start(Map.of());
        post(sidecar, TASKS, "{\"task_id\": \"secret-id\", \"task\": {\"queue\": \"secret-queue\"}}");
        post(sidecar, "/v1/namespaces/secret-namespace/tasks", "{}");
        post(sidecar, TASKS + ":claim", "{\"queues\": [\"secret-queue\"], \"worker_id\": \"secret-worker\"}");
        post(sidecar, TASKS + "/secret-id:complete", "{\"token\": \"999\"}");
        get(sidecar, TASKS + "/secret-other-id");

        String metrics = admin(sidecar, "/metrics").body();

        assertThat(metrics)
                .contains(
                        "tandem_api_call_seconds_count{method=\"tandem.v1.TaskService/CreateTask\",status=\"OK\",transport=\"json\"} 2")
                .contains(
                        "tandem_api_call_seconds_count{method=\"tandem.v1.TaskService/GetTask\",status=\"NOT_FOUND\",transport=\"json\"} 1")
                .contains("status=\"FAILED_PRECONDITION\"")
                .contains("tandem_store_command_seconds_count{outcome=\"applied\",store=\"sqlite\",verb=\"create\"} 2")
                .contains(
                        "tandem_store_command_seconds_count{outcome=\"lease_lost\",store=\"sqlite\",verb=\"complete\"} 1")
                .contains("tandem_store_query_seconds_count{outcome=\"ok\",query=\"get\",store=\"sqlite\"} 1")
                .contains("tandem_store_claimed_tasks_total{store=\"sqlite\"} 1")
                .contains("le=\"5.0E-5\"")
                .contains("le=\"10.0\"")
                .contains("tandem_build_info{")
                .contains("process_resident_memory_bytes")
                .contains("process_cpu_seconds_total")
                .containsPattern("process_threads [1-9]")
                .contains("tandem_api_active_calls 0.0")
                .contains("tandem_api_active_streams 0.0")
                .contains("tandem_api_waiting_claims 0.0")
                .contains("tandem_api_waiting_reads 0.0")
                .contains("tandem_api_open_watches 0.0")
                .contains("tandem_sqlite_queued_commands{store=\"sqlite\"} 0.0")
                .contains("tandem_sqlite_queued_bytes{store=\"sqlite\"} 0.0")
                // Two creates and a claim, one after the other; a refusal writes nothing.
                .contains("tandem_sqlite_batch_commands_count{store=\"sqlite\"} 3")
                .contains("tandem_sqlite_batch_commands_bucket{store=\"sqlite\",le=\"1.0\"} 3")
                .contains("tandem_sqlite_batch_commands_sum{store=\"sqlite\"} 3.0")
                .contains("tandem_sqlite_commit_seconds_count{store=\"sqlite\"} 3")
                .containsPattern("tandem_sqlite_commit_seconds_sum\\{store=\"sqlite\"} [0-9.E-]*[1-9]")
                .contains("jvm_memory_used_bytes{area=\"heap\"}")
                .doesNotContain("secret");

        await(sidecar.drain());
    }

    @Test
    void delete_ofADamagedTask_works() throws Exception {
        Sidecar sidecar = start(Map.of());
        for (String id : List.of("damaged", "whole")) {
            post(sidecar, TASKS, "{\"task_id\": \"" + id + "\", \"task\": {\"queue\": \"q\"}}");
        }
        sql(folder.resolve("t.db"), "UPDATE task SET record = x'0102' WHERE id = 'damaged'");

        HttpResponse<String> got = get(sidecar, TASKS + "/damaged");
        assertThat(got.statusCode()).isEqualTo(500);
        assertThat(got.body()).contains("delete the task without an etag");
        assertThat(post(sidecar, TASKS + "/damaged:cancel", "{}").statusCode()).isEqualTo(500);
        assertThat(post(sidecar, TASKS + ":claim", "{\"queues\": [\"q\"], \"worker_id\": \"w\", \"max_tasks\": 9}")
                        .body())
                .contains("whole")
                .doesNotContain("damaged");
        HttpResponse<String> deleted =
                http.send(request(sidecar, TASKS + "/damaged").DELETE().build(), BodyHandlers.ofString());

        assertThat(deleted.statusCode()).isEqualTo(200);
        assertThat(get(sidecar, TASKS + "/damaged").statusCode()).isEqualTo(404);
        assertThat(get(sidecar, TASKS + "/whole").statusCode()).isEqualTo(200);
        assertThat(get(sidecar, TASKS + ":count").body()).contains("\"total\":\"1\"");
        await(sidecar.drain());
    }

    @Test
    void metrics_whileCallersWait_countThem() throws Exception {
        Sidecar sidecar = start(Map.of("TANDEM_EVENT_LOOPS", "2"));
        post(sidecar, TASKS, "{\"task_id\": \"t\"}");
        List<CompletableFuture<?>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(http.sendAsync(
                    request(sidecar, TASKS + ":claim")
                            .POST(BodyPublishers.ofString(
                                    "{\"queues\": [\"none\"], \"worker_id\": \"w\", \"wait\": \"60s\"}"))
                            .build(),
                    BodyHandlers.ofString()));
        }
        for (int i = 0; i < 2; i++) {
            waiting.add(http.sendAsync(
                    request(sidecar, TASKS + "/t:wait?timeout=60s").build(), BodyHandlers.ofString()));
        }
        waiting.add(http.sendAsync(request(sidecar, TASKS + ":watch").build(), BodyHandlers.ofInputStream()));

        awaitMetrics(
                sidecar,
                "tandem_api_waiting_claims 3.0",
                "tandem_api_waiting_reads 2.0",
                "tandem_api_open_watches 1.0",
                "tandem_api_active_streams 1.0");
        post(sidecar, TASKS + "/t:cancel", "{}");
        awaitMetrics(sidecar, "tandem_api_waiting_claims 3.0", "tandem_api_waiting_reads 0.0");

        await(sidecar.drain());
        for (CompletableFuture<?> call : waiting) {
            call.handle((answer, failure) -> "ended").get(20, TimeUnit.SECONDS);
        }
    }

    private void awaitMetrics(Sidecar sidecar, String... lines) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        String metrics = "";
        while (System.nanoTime() < until) {
            metrics = admin(sidecar, "/metrics").body();
            if (Arrays.stream(lines).allMatch(metrics::contains)) {
                return;
            }
        }
        assertThat(metrics).contains(lines);
    }

    @Test
    void drain_claimWaiting_isAnsweredAndThePortsAreFree() throws Exception {
        Sidecar sidecar = start(Map.of("TANDEM_DRAIN_GRACE", "50ms", "TANDEM_EVENT_LOOPS", "2"));
        CompletableFuture<HttpResponse<String>> claim = http.sendAsync(
                request(sidecar, TASKS + ":claim")
                        .POST(BodyPublishers.ofString("{\"queues\": [\"q\"], \"worker_id\": \"w\", \"wait\": \"60s\"}"))
                        .build(),
                BodyHandlers.ofString());
        post(sidecar, TASKS, "{}"); // answered after the claim has been taken in

        Future<Void> drained = sidecar.drain();
        Future<Void> drainedAgain = sidecar.drain();

        await(drained);
        await(drainedAgain);
        assertThat(claim.get(10, TimeUnit.SECONDS).statusCode()).isIn(200, 503);
        for (int port :
                new int[] {sidecar.address().port(), sidecar.adminAddress().port()}) {
            new ServerSocket(port).close();
        }
    }

    @Test
    void restart_sameFile_keepsTheTasks() throws Exception {
        Sidecar first = start(Map.of());
        String id = new JsonObject(post(first, TASKS, "{}").body()).getString("task_id");
        await(first.drain());

        Sidecar second = start(Map.of());
        assertThat(get(second, TASKS + "/" + id).statusCode()).isEqualTo(200);
        await(second.drain());
    }

    @Test
    void start_portInUse_saysSoAndLeavesNothingRunning() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            String address = "0.0.0.0:" + taken.getLocalPort();

            assertThat(refusal(Map.of("TANDEM_LISTEN", address)))
                    .contains(address)
                    .contains("in use");
            assertThat(refusal(Map.of("TANDEM_ADMIN", address)))
                    .startsWith("the admin address " + address + " can't be listened on")
                    .contains("--admin");
        }
        await(start(Map.of()).drain()); // the file is not held by those that failed
    }

    @Test
    void start_fileThatIsNotOurs_isRefusedAndUntouched() throws Exception {
        Path text = folder.resolve("text.db");
        Files.writeString(text, "not a database, but long enough to look like one ".repeat(20));
        Path foreign = folder.resolve("foreign.db");
        sql(foreign, "CREATE TABLE theirs (a)");

        assertThat(refusal(Map.of("TANDEM_STORE", "sqlite:" + text))).contains("text.db");
        assertThat(refusal(Map.of("TANDEM_STORE", "sqlite:" + foreign))).contains("foreign.db");
        assertThat(refusal(Map.of("TANDEM_STORE", "sqlite:" + folder.resolve("none/x.db"))))
                .contains("none");
        assertThat(refusal(Map.of("TANDEM_STORE", "sqlite:" + folder))).contains(folder.toString());
        assertThat(Files.readString(text)).startsWith("not a database");
    }

    @Test
    void start_newerFile_isRefused() throws Exception {
        await(start(Map.of()).drain());
        sql(folder.resolve("t.db"), "PRAGMA user_version = 9999");

        assertThat(refusal(Map.of())).contains("t.db").contains("newer");
    }

    @Test
    void start_fileOfAnotherSidecar_isRefused() throws Exception {
        Sidecar first = start(Map.of());

        assertThat(refusal(Map.of())).contains("t.db");
        assertThat(admin(first, "/readyz").statusCode()).isEqualTo(200);
        await(first.drain());
    }

    private static void sql(Path file, String statement) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    /** The one sentence that a start with these variables is refused by. */
    private String refusal(Map<String, String> environment) {
        Throwable failure = catchThrowable(() -> start(environment));
        assertThat(failure).isInstanceOf(ExecutionException.class);
        assertThat(failure.getCause()).isInstanceOf(StartException.class);
        String sentence = failure.getCause().getMessage();
        assertThat(sentence).doesNotContain("\n").doesNotContain("Exception");
        return sentence;
    }

    private Sidecar start(Map<String, String> more) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of(
                "TANDEM_LISTEN", "127.0.0.1:0",
                "TANDEM_ADMIN", "127.0.0.1:0",
                "TANDEM_STORE", "sqlite:" + folder.resolve("t.db"),
                "TANDEM_DRAIN_GRACE", "0s"));
        environment.putAll(more);
        return await(Sidecar.start(vertx, config(environment), InstantSource.system()));
    }

    private static SidecarConfig config(Map<String, String> environment) throws ConfigException {
        return SidecarConfig.of(ConfigLoader.load(null, environment, Map.of()));
    }

    private HttpResponse<String> admin(Sidecar sidecar, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(uri(sidecar.adminAddress().toString(), path))
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
        return HttpRequest.newBuilder(uri(sidecar.address().toString(), path)).timeout(Duration.ofSeconds(20));
    }

    private static URI uri(String address, String path) {
        return URI.create("http://" + address + path);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
