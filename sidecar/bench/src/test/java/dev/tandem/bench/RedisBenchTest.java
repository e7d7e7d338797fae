package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Short runs of the whole command over real servers. */
class RedisBenchTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private JsonObject run(String... args) throws IOException {
        Path json = folder.resolve("bench.json");
        List<String> line = new ArrayList<>(List.of(
                "--in-flight=1",
                "--payload=100",
                "--rounds=1",
                "--phase=20ms",
                "--warm-up=10ms",
                "--starts=1",
                "--memory-rate=0",
                "--launcher=",
                "--folder=" + folder,
                "--json=" + json));
        line.addAll(List.of(args));
        int code = new CommandLine(new BenchCommand(TinySidecar.class.getName(), false, System.getenv()))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(line.toArray(String[]::new));
        assertThat(err.toString()).doesNotContain("error", "could not tidy up");
        assertThat(code).as(out + "\n" + err).isZero();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(json);
        }
        return new JsonObject(Files.readString(json));
    }

    private static List<String> ways(JsonObject report, String operation) {
        JsonArray cells = report.getJsonArray("cells");
        return cells.stream()
                .map(JsonObject.class::cast)
                .filter(cell -> cell.getString("operation").equals(operation))
                .map(cell -> cell.getString("way"))
                .toList();
    }

    @Test
    void run_serverOfItsOwn_measuresAllWaysOverBothSockets() throws IOException {
        JsonObject report = run(
                "--store=redis",
                "--redis-server=" + SharedServers.program(),
                "--redis-fsync=everysec",
                "--memory-tasks=200,400");

        assertThat(ways(report, "create"))
                .containsExactlyInAnyOrder(
                        "store",
                        "client",
                        "script",
                        "sidecar",
                        "store-unix",
                        "client-unix",
                        "script-unix",
                        "sidecar-unix");
        assertThat(ways(report, "claim"))
                .as("the plain client has no command that is a claim")
                .containsExactlyInAnyOrder("store", "script", "sidecar", "store-unix", "script-unix", "sidecar-unix");
        assertThat(report.getJsonObject("environment").getString("store")).contains("everysec");
        assertThat(out.toString()).contains("p50 of create, payload 100 B, 1 in flight, against client + empty");
        assertOneRoundTripEach(report.getJsonObject("server_costs"));
        assertMemoryAndCallsOfBoth(report.getJsonObject("scale"));
    }

    private static void assertOneRoundTripEach(JsonObject costs) {
        assertThat(costs.getString("untold")).isNull();
        JsonArray lines = costs.getJsonArray("lines");
        assertThat(lines).hasSize(6);
        for (int i = 0; i < lines.size(); i++) {
            JsonObject line = lines.getJsonObject(i);
            String operation = line.getString("operation");
            assertThat(line.getDouble("round_trips")).as(operation).isEqualTo(operation.equals("life") ? 3.0 : 1.0);
            assertThat(line.getDouble("request_micros")).as(operation).isPositive();
            assertThat(line.getJsonObject("commands").getDouble(operation.startsWith("get") ? "hmget" : "evalsha"))
                    .as(operation)
                    .isEqualTo(line.getDouble("round_trips"));
        }
    }

    private static void assertMemoryAndCallsOfBoth(JsonObject scale) {
        assertThat(scale.getJsonArray("memory").stream().map(JsonObject.class::cast))
                .extracting(each -> each.getInteger("tasks"), each -> each.getInteger("payload_bytes"))
                .containsExactly(tuple(200, 1024), tuple(200, 0), tuple(400, 0));
        assertThat(scale.getJsonArray("memory").getJsonObject(0).getDouble("bytes_per_task"))
                .isGreaterThan(1024);
        assertThat(scale.getJsonArray("calls").stream().map(JsonObject.class::cast))
                .extracting(each -> each.getInteger("tasks"), each -> each.getString("operation"))
                .containsExactly(
                        tuple(200, "get-hit"),
                        tuple(200, "create"),
                        tuple(200, "claim"),
                        tuple(400, "get-hit"),
                        tuple(400, "create"),
                        tuple(400, "claim"));
    }

    @Test
    void run_serverOfSomebody_leavesItAsItWas() throws IOException {
        RedisServer server = SharedServers.standalone();
        server.command("SET", "somebody", "else");
        String before = server.command("KEYS", "*");

        JsonObject report = run("--store=" + server.url(), "--operations=create,get-hit");

        assertThat(ways(report, "get-hit")).containsExactlyInAnyOrder("store", "client", "script", "sidecar");
        assertThat(server.command("KEYS", "*")).isEqualTo(before);
        assertThat(server.command("GET", "somebody")).isEqualTo("else");
        JsonArray costs = report.getJsonObject("server_costs").getJsonArray("lines");
        assertThat(costs).hasSize(2);
        assertThat(costs.getJsonObject(0).getDouble("round_trips"))
                .as("nobody's requests are watched on a server that is not ours")
                .isNull();
        assertThat(report.getJsonObject("scale")).isNull();
    }

    @Test
    void run_cluster_measuresAndLeavesNoKey() throws IOException {
        JsonObject report = run("--store=" + SharedServers.cluster().url(), "--operations=create,get-hit");

        assertThat(ways(report, "create")).containsExactlyInAnyOrder("store", "client", "script", "sidecar");
        assertThat(report.getJsonObject("server_costs").getString("untold")).contains("cluster");
        assertThat(SharedServers.cluster().nodes())
                .allSatisfy(node -> assertThat(node.command("KEYS", "*")).isEmpty());
    }
}
