package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem bench} over store nodes and Raft members, all in processes of their own: short runs of the real program. */
class RaftBenchTest {
    private static final List<String> SHORT =
            List.of("--in-flight=4", "--payload=100", "--rounds=1", "--phase=50ms", "--warm-up=20ms", "--starts=1");

    @TempDir
    private Path folder;

    private JsonObject run(List<String> options, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(List.of("--launcher=", "--folder=" + folder, "--json=-"));
        line.addAll(options);
        Run run = Run.of(line.toArray(String[]::new));
        assertThat(run.code()).as(run.toString()).isZero();
        assertThat(run.err()).doesNotContain("error", "could not tidy up");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        JsonObject report = new JsonObject(run.out());
        assertThat(report.getLong("errors")).isZero();
        return report;
    }

    private static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    @Test
    void compare_nodesAndMembers_measuresBothAndTheirProcesses() throws IOException {
        JsonObject report = run(SHORT, "bench", "compare", "--ways=nodes-none,members-none");

        JsonObject contest = report.getJsonArray("contests").getJsonObject(0);
        assertThat(objects(contest.getJsonArray("cells")))
                .hasSize(2 * 4)
                .allSatisfy(cell -> assertThat(
                                cell.getJsonArray("rounds").getJsonObject(0).getLong("count"))
                        .as(cell.encode())
                        .isPositive());
        assertThat(objects(contest.getJsonArray("processes")))
                .extracting(process -> process.getString("way") + " " + process.getString("process"))
                .containsExactly(
                        "nodes-none sidecar",
                        "nodes-none node",
                        "nodes-none node",
                        "nodes-none node",
                        "members-none sidecar",
                        "members-none member",
                        "members-none member");
        assertThat(objects(contest.getJsonArray("processes")))
                .filteredOn(process -> process.getJsonArray("again_ready_nanos").size() == 1)
                .as("one of each kind was started again")
                .extracting(process -> process.getString("process"))
                .containsExactly("sidecar", "node", "sidecar", "member");
    }

    @Test
    @Tag("long")
    void bench_overRaft_measuresWhatManyTasksDo() throws IOException {
        JsonObject report = run(
                SHORT, "bench", "--store=raft", "--raft-durability=fsync", "--memory-rate=0", "--memory-tasks=200,400");

        assertThat(objects(report.getJsonArray("cells")))
                .extracting(cell -> cell.getString("way"))
                .contains("store", "sidecar");
        JsonObject scale = report.getJsonObject("scale");
        assertThat(scale.getJsonArray("calls")).hasSize(2 * 3);
        assertThat(scale.getJsonObject("steady").getLong("count")).isPositive();
        assertThat(objects(report.getJsonArray("targets")))
                .extracting(target -> target.getString("name"))
                .anyMatch(name -> name.startsWith("p99 of create, 400 tasks against 200"));
    }

    @Test
    @Tag("long")
    void failover_everyFault_failsNoCallAndTheNodesComeBack() throws IOException {
        JsonObject report = run(List.of("--rounds=1", "--rate=100"), "bench", "failover");

        assertThat(objects(report.getJsonArray("rounds")))
                .extracting(round -> round.getString("fault"))
                .containsExactly("kill", "stop", "restart");
        assertThat(objects(report.getJsonArray("rounds"))).allSatisfy(round -> {
            assertThat(round.getJsonObject("writes").getLong("count")).isEqualTo(500);
            assertThat(round.getJsonObject("reads").getLong("count")).isEqualTo(500);
            assertThat(round.getLong("back_nanos")).isPositive();
        });
    }
}
