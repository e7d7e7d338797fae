package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.sidecar.NodeProcesses.Member;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem backup} as a process of its own, against store nodes and sidecars that are. */
class BackupProcessTest {
    private static final Duration PATIENT = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
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
    void backup_ofStoreNodesUnderLoad_isThereInOthersAfterTheFirstWereLost() throws Exception {
        programs = new Programs(folder);
        opened.add(programs);
        NodeProcesses nodes = startNodes("first");
        nodes.send("POST", "tasks", "{\"task_id\": \"awaited\", \"task\": {\"queue\": \"awaited\"}}", PATIENT);
        CreateLoad load = new CreateLoad(nodes, PATIENT, 100);
        load.awaitAcknowledged(300);
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
