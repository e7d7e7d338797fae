package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.HttpClients;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own: what it prints, how signals end it, and its exit codes. */
@Timeout(60)
class SidecarProcessTest {
    @TempDir
    private Path folder;

    private final HttpClient http = HttpClients.http1();
    private Programs programs;
    private Process process;
    private BufferedReader out;
    private JsonObject listening;

    @BeforeEach
    void start() throws IOException {
        programs = new Programs(folder);
        process = tandem("sidecar", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--drain-grace", "1s");
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        assertThat(line)
                .as(() -> "the first line, with the error " + Programs.error(process))
                .isNotNull();
        listening = new JsonObject(line);
    }

    @AfterEach
    void end() {
        programs.close();
    }

    @Test
    void sidecar_sigtermWithACallUnderWay_finishesItAndExitsWith0() throws Exception {
        assertThat(listening.getString("message")).isEqualTo("listening on " + listening.getString("listen"));
        assertThat(listening.getString("level")).isEqualTo("info");
        assertThat(Integer.parseInt(listening.getString("ready_millis"))).isBetween(10, 60_000);
        assertThat(folder.resolve("tandem.db")).exists();
        CompletableFuture<HttpResponse<String>> waiting = http.sendAsync(
                request("api", "/v1/namespaces/default/tasks:claim")
                        .POST(BodyPublishers.ofString("{\"queues\": [\"q\"], \"worker_id\": \"w\", \"wait\": \"60s\"}"))
                        .build(),
                BodyHandlers.ofString());
        awaitMetric("TaskService/GetTask"); // by then the claim, sent before, waits

        terminate();

        assertThat(waiting.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(waiting.get().body()).isEqualToIgnoringWhitespace("{}");
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        List<JsonObject> rest = out.lines().map(JsonObject::new).toList(); // each line is one object
        assertThat(rest.get(rest.size() - 1).getString("message")).isEqualTo("ended in good order");
        assertThat(Programs.error(process)).isEmpty();
    }

    @Test
    void sidecar_secondSignal_endsItAtOnce() throws Exception {
        terminate();
        assertThat(new JsonObject(out.readLine()).getString("message")).startsWith("draining");
        terminate();

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(128 + 15);
    }

    @Test
    void sidecar_thatCannotStart_exitsWith2AndOneSentence() throws Exception {
        Process second = tandem("sidecar", "--listen", "127.0.0.1:0", "--admin", "off");
        Process port = tandem("sidecar", "--listen", listening.getString("listen"), "--store", "sqlite:other.db");

        for (Process refused : List.of(second, port)) {
            assertThat(refused.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(refused.exitValue()).isEqualTo(2);
            assertThat(new String(refused.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEmpty();
        }
        assertThat(Programs.error(second))
                .startsWith("tandem: ")
                .contains("tandem.db")
                .hasLineCount(1);
        assertThat(Programs.error(port))
                .startsWith("tandem: ")
                .contains(listening.getString("listen"))
                .hasLineCount(1);
        assertThat(get("admin", "/readyz").statusCode())
                .as("the first is not disturbed")
                .isEqualTo(200);
    }

    @Test
    void sidecar_withoutTracing_loadsNoneOfItsClasses() throws Exception {
        assertThat(get("api", "/v1/namespaces/default/tasks").statusCode()).isEqualTo(200);
        terminate();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();

        assertThat(Files.readString(folder.resolve("classes.log")))
                .contains("dev.tandem.app.sidecar.Sidecar")
                .doesNotContain("io.opentelemetry.sdk")
                .doesNotContain("io.opentelemetry.exporter")
                .doesNotContain("org.snakeyaml")
                .doesNotContain("javax.management");
    }

    /** SIGTERM. Not by the process's own method, which closes the streams that we still read. */
    private void terminate() {
        process.toHandle().destroy();
    }

    /** Calls the API, again and again, until the metrics show it. */
    private void awaitMetric(String method) throws IOException, InterruptedException {
        do {
            get("api", "/v1/namespaces/default/tasks/none");
        } while (!get("admin", "/metrics").body().contains(method));
    }

    private HttpResponse<String> get(String port, String path) throws IOException, InterruptedException {
        return http.send(request(port, path).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String port, String path) {
        String address = listening.getString(port.equals("api") ? "listen" : "admin");
        return HttpRequest.newBuilder(URI.create("http://" + address + path));
    }

    private Process tandem(String... arguments) throws IOException {
        return programs.start("classes.log", arguments);
    }
}
