package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
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
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program over Redis as a process of its own: when it does not start, and what it loads. */
@Timeout(60)
class RedisProcessTest {
    @TempDir
    private Path folder;

    private final HttpClient http = HttpClients.http1();
    private Programs programs;

    @BeforeEach
    void open() {
        programs = new Programs(folder);
    }

    @AfterEach
    void close() {
        programs.close();
    }

    /** RedisCommandTest has the other reasons not to start. */
    @Test
    void sidecar_withAWrongPassword_exitsWith2AndOneSentence() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "not-the-password");
        try (RedisServer secured = RedisServer.startWithPassword("right")) {
            Process refused = programs.start(
                    "refused.log",
                    "sidecar",
                    "--listen",
                    "127.0.0.1:0",
                    "--store",
                    secured.url(),
                    "--redis-password-file",
                    password.toString(),
                    "--log-level",
                    "error");

            assertThat(refused.waitFor(40, TimeUnit.SECONDS)).isTrue();
            assertThat(Programs.error(refused))
                    .isEqualTo("tandem: Redis at 127.0.0.1:" + secured.port()
                            + " can't be used: it does not know this user and password: set redis.user and"
                            + " redis.password_file\n");
            assertThat(refused.exitValue()).isEqualTo(2);
            assertThat(refused.getInputStream().readAllBytes()).isEmpty();
        }
    }

    @Test
    void sidecar_overOneStore_loadsNothingOfTheOther() throws Exception {
        List<String> sqlite = classesOf("sqlite:" + folder.resolve("t.db"));
        List<String> redis = classesOf(SharedServers.standalone().url());

        assertThat(sqlite).contains("org.sqlite.JDBC", "dev.tandem.store.sqlite.SqliteTaskStore");
        assertThat(redis).contains("dev.tandem.store.redis.RedisTaskStore", "io.vertx.redis.client.Request");
        assertThat(of(sqlite, "io.vertx.redis.")).isEmpty();
        assertThat(of(sqlite, "dev.tandem.store.redis.")).isEmpty();
        assertThat(of(redis, "org.sqlite.")).isEmpty();
        // Keys' values, of which the defaults are read at every start.
        assertThat(of(redis, "dev.tandem.store.sqlite."))
                .containsExactly("dev.tandem.store.sqlite.SqliteOptions$Synchronous");
        for (List<String> classes : List.of(sqlite, redis)) {
            assertThat(of(classes, "com.hazelcast.")).isEmpty();
            assertThat(of(classes, "dev.tandem.store.raft.")).containsExactly("dev.tandem.store.raft.log.Durability");
        }
    }

    private static List<String> of(List<String> classes, String prefix) {
        return classes.stream().filter(name -> name.startsWith(prefix)).toList();
    }

    /** What a sidecar loads that is called, asked for metrics and ended. */
    private List<String> classesOf(String store) throws Exception {
        String log = UUID.randomUUID() + ".log";
        Process process = programs.start(
                log,
                "sidecar",
                "--listen",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--drain-grace",
                "0s",
                "--store",
                store);
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        JsonObject listening = new JsonObject();
        while (!listening.containsKey("listen")) {
            String line = out.readLine();
            assertThat(line).as(() -> "it ended: " + Programs.error(process)).isNotNull();
            listening = new JsonObject(line);
        }
        long idle = Programs.residentMib(process);
        String tasks = listening.getString("listen") + "/v1/namespaces/loads-" + UUID.randomUUID() + "/tasks";
        assertThat(send(tasks, "{\"task\": {\"queue\": \"q\"}}")).isEqualTo(200);
        assertThat(send(tasks + ":claim", "{\"queues\": [\"q\"], \"worker_id\": \"w\"}"))
                .isEqualTo(200);
        assertThat(http.send(
                                HttpRequest.newBuilder(
                                                URI.create("http://" + listening.getString("admin") + "/metrics"))
                                        .build(),
                                BodyHandlers.ofString())
                        .body())
                .contains("tandem_store_command_seconds_count");
        System.out.printf(
                "%s: ready after %s ms, %d MiB idle, %d MiB after its first calls%n",
                store.startsWith("sqlite") ? "over SQLite" : "over Redis",
                listening.getString("ready_millis"),
                idle,
                Programs.residentMib(process));
        process.toHandle().destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return programs.classes(log);
    }

    private int send(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create("http://" + path))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        return answer.statusCode();
    }
}
