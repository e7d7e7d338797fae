package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.sidecar.Sidecar;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.testkit.HttpClients;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole sidecar over SQLite and a real Redis, moved by the commands. */
class MoveSidecarTest {
    private static final String TOKEN = "an-operators-token-0123456789";
    private static final int TASKS = 40;

    @TempDir
    private Path folder;

    /** Of this test's own on a server that tests share. */
    private final String namespace = "ns-" + UUID.randomUUID();

    private final Vertx vertx = Vertx.vertx();
    private Sidecar sidecar;

    @BeforeEach
    void start() throws Exception {
        Map<String, String> environment = Map.of(
                "TANDEM_LISTEN",
                "127.0.0.1:0",
                "TANDEM_ADMIN",
                "127.0.0.1:0",
                "TANDEM_DRAIN_GRACE",
                "0s",
                "TANDEM_STORE",
                "sqlite:" + folder.resolve("t.db"),
                "TANDEM_STORES",
                SharedServers.standalone().url(),
                "TANDEM_ADMIN_TOKEN",
                TOKEN);
        SidecarConfig config = SidecarConfig.of(ConfigLoader.load(null, environment, Map.of()));
        sidecar = StoreCalls.await(Sidecar.start(vertx, config, InstantSource.system()));
    }

    @AfterEach
    void stop() {
        StoreCalls.await(sidecar.drain());
        StoreCalls.await(vertx.close());
    }

    private Run run(String... arguments) {
        return Run.of(
                Map.of(
                        "TANDEM_ADDRESS",
                        sidecar.address().toString(),
                        "TANDEM_NAMESPACE",
                        namespace,
                        "TANDEM_ADMIN",
                        Objects.requireNonNull(sidecar.adminAddress()).toString(),
                        "TANDEM_ADMIN_TOKEN",
                        TOKEN),
                "",
                arguments);
    }

    private JsonObject json(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        return run(all.toArray(String[]::new)).json();
    }

    private String total() {
        return json("task", "count").getString("total");
    }

    /** From where it is to the other store. */
    private void move(String to) {
        assertThat(json("migrate", "start", namespace, "--to", to, "--into-existing")
                        .getBoolean("is_over"))
                .isFalse();
        assertThat(run("migrate", "verify", namespace).code()).isZero();
        assertThat(run("migrate", "watch", namespace, "--until", "verified", "--timeout", "1m")
                        .code())
                .isZero();
        for (String phase : List.of("READ_NEWEST", "READ_SWITCHED", "WRITE_SWITCHED")) {
            assertThat(json("migrate", "advance", namespace)
                            .getJsonObject("route")
                            .getString("phase"))
                    .isEqualTo(phase);
            assertThat(run("task", "create", "--id", phase + "-" + to).code()).isZero();
        }
        JsonObject over = json("migrate", "complete", namespace, "--yes");
        assertThat(over.getBoolean("is_over")).isTrue();
        assertThat(over.getJsonObject("route").getString("authority")).isEqualTo(to);
        assertThat(json("route", "explain", namespace, "t0").getString("reads")).isEqualTo(to);
    }

    @Test
    void move_thereAndBack_losesNothing() {
        for (int i = 0; i < TASKS; i++) {
            assertThat(run("task", "create", "--id", "t" + i).code()).isZero();
        }

        move("redis");

        assertThat(total()).isEqualTo(String.valueOf(TASKS + 3));
        assertThat(run("migrate", "watch", namespace).code()).isZero();

        move("sqlite");

        assertThat(total()).isEqualTo(String.valueOf(TASKS + 6));
        assertThat(json("task", "get", "READ_NEWEST-redis").getString("state")).isEqualTo("ENQUEUED");
        assertThat(run("migrate", "status").lines().stream()
                        .filter(line -> line.startsWith(namespace) && line.contains("over")))
                .hasSize(2);
    }

    @Test
    void adminPages_atTheApisPort_areNotThere() throws Exception {
        for (String path : List.of("/routes", "/migrations", "/fleet", "/routes/explain?namespace=a&key=b")) {
            HttpResponse<String> answer = HttpClients.http1()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://" + sidecar.address() + path))
                                    .header("authorization", "Bearer " + TOKEN)
                                    .build(),
                            BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(404);
        }
    }

    @Test
    void token_whateverIsAsked_isShownNowhere() throws Exception {
        for (String path : List.of("/metrics", "/version", "/readyz", "/routes", "/nothing")) {
            HttpResponse<String> answer = HttpClients.http1()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://" + sidecar.adminAddress() + path))
                                    .build(),
                            BodyHandlers.ofString());

            assertThat(answer.body()).doesNotContain(TOKEN);
        }
        assertThat(run("config", "print", "--json").out())
                .contains("admin_token")
                .doesNotContain(TOKEN);
    }
}
