package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.sidecar.NodeProcesses.Member;
import dev.tandem.testkit.HttpClients;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem backup} as a process of its own, against store nodes and sidecars that are. */
class BackupProcessTest {
    private static final Duration PATIENT = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final HttpClient http = HttpClients.http1();
    private Programs programs;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    /** What it printed, as one JSON object. */
    private JsonObject tandem(int exitCode, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("backup"));
        all.addAll(Arrays.asList(arguments));
        all.add("--json");
        Process process = programs.start("backup.classes", all.toArray(String[]::new));
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = Programs.error(process);
        assertThat(process.waitFor(PATIENT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(err).isEqualTo(exitCode);
        assertThat(err).hasLineCount(exitCode == 0 ? 0 : 1);
        return out.isEmpty() ? new JsonObject() : new JsonObject(out);
    }

    private NodeProcesses startNodes(String name) throws Exception {
        NodeProcesses nodes = new NodeProcesses(Files.createDirectory(folder.resolve(name)));
        opened.add(nodes);
        return nodes.startAll();
    }

    @Test
    @Tag("long")
    void backup_ofStoreNodesUnderLoad_isThereInOthersAfterTheFirstWereLost() throws Exception {
        programs = new Programs(folder);
        opened.add(programs);
        NodeProcesses nodes = startNodes("first");
        nodes.send("POST", "tasks", "{\"task_id\": \"awaited\", \"task\": {\"queue\": \"awaited\"}}", PATIENT);
        CreateLoad load = new CreateLoad(nodes, PATIENT, 100);
        load.awaitMore(300);
        long before = load.acknowledged();
        Path file = folder.resolve("nodes.backup");

        JsonObject exported = tandem(
                0, "export", "-o", file.toString(), "--admin", nodes.node(1).admin());

        load.stop();
        assertThat(load.failures()).isEmpty();
        JsonObject namespace = exported.getJsonArray("namespaces").getJsonObject(0);
        assertThat(namespace.getString("namespace")).isEqualTo("default");
        assertThat(namespace.getLong("tasks") + namespace.getLong("changes")).isGreaterThan(before);
        assertThat(exported.getString("store")).isEqualTo("raft");
        for (Member node : nodes.nodes()) {
            node.signal("KILL");
        }
        assertThat(tandem(0, "show", file.toString()).getLong("bytes")).isEqualTo(Files.size(file));

        NodeProcesses others = startNodes("second");
        // It is told by the node what others import there: the store that does this has not taken its place.
        CompletableFuture<HttpResponse<String>> claim = CompletableFuture.supplyAsync(() -> claim(others));
        NodeProcesses.awaitThat("the claim waits", () -> metrics(others).contains("tandem_api_waiting_claims 1.0"));
        tandem(0, "import", file.toString(), "--admin", others.node(2).admin());

        load.assertFirstAreAt(others, before);
        assertThat(claim.get(PATIENT.toSeconds(), TimeUnit.SECONDS).body()).contains("\"task_id\":\"awaited\"");
        tandem(1, "import", file.toString(), "--admin", others.sidecar().admin());
    }

    @Test
    void import_whoseSidecarIsKilled_saysSoAndIsBegunAgain() throws Exception {
        programs = new Programs(folder);
        opened.add(programs);
        Path file = folder.resolve("sqlite.backup");
        Started first = startSidecar("first.db");
        for (int i = 0; i < 100; i++) {
            String payload = "A".repeat(20_000);
            String body = "{\"task_id\": \"task" + i + "\", \"task\": {\"payload\": \"" + payload + "\"}}";
            assertThat(call(first.api(), "/tasks", BodyPublishers.ofString(body)))
                    .contains("task" + i);
        }
        tandem(0, "export", "-o", file.toString(), "--admin", first.admin());
        first.process().destroy();
        byte[] bytes = Files.readAllBytes(file);
        Started second = startSidecar("second.db");
        Process importing = programs.start("import.classes", "backup", "import", "-", "--admin", second.admin());

        try (OutputStream stdin = importing.getOutputStream()) {
            stdin.write(bytes, 0, bytes.length / 2);
            stdin.flush();
            NodeProcesses.awaitThat(
                    "a part is there",
                    () -> call(second.api(), "/tasks:count", null).matches("(?s).*\"total\":\"[1-9].*"));
            second.process().destroyForcibly().waitFor();
            // While it waits for more to send, it may not notice.
            stdin.write(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
        } catch (IOException e) {
            assertThat(e).as("writing to the pipe of what has ended").hasMessageContaining("pipe");
        }
        assertThat(importing.waitFor(PATIENT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(importing.exitValue()).isEqualTo(5);
        assertThat(Programs.error(importing))
                .contains("broke off", "Import it again with --into-existing")
                .hasLineCount(1);

        Started again = startSidecar("second.db");
        tandem(1, "import", file.toString(), "--admin", again.admin());
        JsonObject imported = tandem(0, "import", file.toString(), "--into-existing", "--admin", again.admin());
        assertThat(imported.getJsonArray("namespaces").getJsonObject(0).getLong("applied"))
                .as("what was not there yet")
                .isBetween(1L, 99L);
        assertThat(call(again.api(), "/tasks:count", null)).contains("\"total\":\"100\"");
    }

    private record Started(Process process, String api, String admin) {}

    private Started startSidecar(String database) throws IOException {
        Process process = programs.start(
                "sidecar.classes",
                "sidecar",
                "--listen",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--drain-grace",
                "0s",
                "--store",
                "sqlite:" + database);
        String line = process.inputReader(StandardCharsets.UTF_8).readLine();
        assertThat(line).as(() -> Programs.error(process)).isNotNull();
        JsonObject listening = new JsonObject(line);
        return new Started(process, listening.getString("listen"), listening.getString("admin"));
    }

    private String call(String api, String path, @Nullable BodyPublisher body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://" + api + "/v1/namespaces/default" + path));
        return http.send((body == null ? request : request.POST(body)).build(), BodyHandlers.ofString())
                .body();
    }

    private static HttpResponse<String> claim(NodeProcesses nodes) {
        String body = "{\"queues\": [\"awaited\"], \"worker_id\": \"w\", \"wait\": \"60s\"}";
        try {
            return nodes.send("POST", "tasks:claim", body, PATIENT.plusSeconds(30));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String metrics(NodeProcesses nodes) throws IOException, InterruptedException {
        URI uri = URI.create("http://" + nodes.sidecar().admin() + "/metrics");
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }
}
