package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.sidecar.NodeProcesses.Ran;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two of three nodes are lost with their folders, and an operator does what docs/raft-operations.md says, step by step. */
@Tag("long")
class NodesLostTest {
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    @TempDir
    Path folder;

    @Test
    void twoOfThreeNodes_lostWithTheirFoldersUnderLoad_areFollowedByANewClusterWithAllThatWasAcknowledged()
            throws Exception {
        Path copy = folder.resolve("copy");
        String backup = folder.resolve("tasks.backup").toString();
        try (NodeProcesses lost = NodeProcesses.withFlags(
                        Files.createDirectory(folder.resolve("lost")), List.of("--raft-groups", "3"), List.of());
                NodeProcesses fresh =
                        NodeProcesses.ofCluster(Files.createDirectory(folder.resolve("fresh")), "tandem-2")) {
            lost.startAll();
            JsonObject claimed = claim(lost);
            CreateLoad load = new CreateLoad(lost, DEADLINE, 10);
            load.awaitMore(200);
            lose(lost, 0);
            // What is acknowledged from here on is on both that are left.
            load.awaitMore(200);
            lose(lost, 1);
            load.stop();
            System.out.println("NodesLostTest: " + load.acknowledged() + " tasks were acknowledged, and "
                    + load.failures().size() + " calls failed");

            // While a node uses it, the folder is not read.
            String left = lost.data(2).toString();
            Ran refused = lost.run("backup", "export", "--data-folder", left, "--output", backup);
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.err()).contains("is in use by another process").hasLineCount(1);
            assertThat(Path.of(backup)).doesNotExist();

            // 1. and 2.
            lost.sidecar().signal("TERM");
            lost.node(2).signal("TERM");
            lost.sidecar().exitCode();
            lost.node(2).exitCode();
            assertThat(new ProcessBuilder("cp", "-a", left, copy.toString())
                            .start()
                            .waitFor())
                    .isZero();

            // 3.
            Ran export = lost.run("backup", "export", "--data-folder", copy.toString(), "--output", backup);
            assertThat(export.exitCode()).as(export.err()).isZero();
            assertThat(export.err())
                    .contains("Group 1 is read from " + copy.toRealPath() + ", to entry ")
                    .contains("of 3 that vote, 1 has a folder here.")
                    .contains("warning: of what votes in group 1, 2, 3, fewer than most have a folder here.");
            Ran show = lost.run("backup", "show", backup);
            assertThat(show.exitCode()).as(show.err()).isZero();
            assertThat(show.out()).contains("A whole backup").contains("default");

            // 4., 5. and 6.
            fresh.nodes().forEach(NodeProcesses.Member::start);
            for (NodeProcesses.Member node : fresh.nodes()) {
                node.ready();
            }
            assertThat(fresh.node(0).raft().getString("cluster")).isEqualTo("tandem-2");
            Ran imported = lost.run(
                    "backup", "import", backup, "--admin", fresh.node(0).admin());
            assertThat(imported.exitCode()).as(imported.err()).isZero();
            fresh.startAll();

            load.assertFirstAreAt(fresh, load.acknowledged());
            assertThatItGoesOn(fresh, claimed);
        }
    }

    private static void lose(NodeProcesses processes, int number) throws Exception {
        processes.node(number).signal("KILL");
        processes.node(number).exitCode();
        try (Stream<Path> files = Files.walk(processes.data(number))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** A task that a worker holds when everything is lost. */
    private static JsonObject claim(NodeProcesses processes) throws IOException, InterruptedException {
        send(processes, "tasks", "{\"task_id\": \"held\", \"task\": {\"queue\": \"slow\"}}");
        JsonObject claimed = send(
                processes,
                "tasks:claim",
                "{\"queues\": [\"slow\"], \"worker_id\": \"w\", \"lease_duration\": \"3600s\"}");
        return claimed.getJsonArray("tasks").getJsonObject(0);
    }

    /** The worker goes on under its token, and what is new is newer than all before. */
    private static void assertThatItGoesOn(NodeProcesses fresh, JsonObject claimed)
            throws IOException, InterruptedException {
        String token = claimed.getJsonObject("lease").getString("token");
        JsonObject completed = send(fresh, "tasks/held:complete", "{\"token\": \"" + token + "\"}");
        assertThat(completed.getString("state")).isEqualTo("SUCCEEDED");
        send(fresh, "tasks", "{\"task_id\": \"after\", \"task\": {\"queue\": \"slow\"}}");
        JsonObject next = send(
                        fresh,
                        "tasks:claim",
                        "{\"queues\": [\"slow\"], \"worker_id\": \"w\", \"lease_duration\": \"60s\"}")
                .getJsonArray("tasks")
                .getJsonObject(0);
        assertThat(next.getString("task_id")).isEqualTo("after");
        assertThat(Long.parseLong(next.getJsonObject("lease").getString("token")))
                .isGreaterThan(Long.parseLong(token));
    }

    private static JsonObject send(NodeProcesses processes, String path, String body)
            throws IOException, InterruptedException {
        var answer = processes.send("POST", path, body, DEADLINE);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }
}
