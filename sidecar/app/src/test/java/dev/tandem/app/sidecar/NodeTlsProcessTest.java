package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes and a sidecar with certificates that are made by the commands of docs/raft.md, as they stand there. */
@Tag("long")
class NodeTlsProcessTest {
    private static final Path DOCUMENT = Path.of("../../docs/raft.md");
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    @Test
    void certificates_madeAsDocumented_letASidecarInAndNoOther() throws Exception {
        assumeTrue(run("openssl", "version"), "there is no openssl");
        assertThat(run("bash", "-euc", commands())).isTrue();
        List<String> nodeFlags = List.of(
                "--node-tls-certificate-file",
                file("node.crt"),
                "--node-tls-key-file",
                file("node.key"),
                "--node-tls-client-ca-file",
                file("ca.crt"));
        List<String> sidecarFlags = List.of(
                "--nodes-tls-ca-file",
                file("ca.crt"),
                "--nodes-tls-certificate-file",
                file("sidecar.crt"),
                "--nodes-tls-key-file",
                file("sidecar.key"),
                "--nodes-tls-server-name",
                "node.tandem.test");
        try (NodeProcesses processes = NodeProcesses.withFlags(folder, nodeFlags, sidecarFlags)) {
            processes.startAll();
            assertThat(processes
                            .send("POST", "tasks", "{\"task_id\": \"a\"}", DEADLINE)
                            .statusCode())
                    .isEqualTo(200);

            NodeProcesses.Ran bare =
                    processes.run("sidecar", "--store", processes.store(), "--listen", "127.0.0.1:0", "--admin", "off");

            assertThat(bare.exitCode()).isEqualTo(2);
            assertThat(bare.err()).contains("tandem: ", "TLS").hasLineCount(1);
            assertThat(processes.send("GET", "tasks/a", "", DEADLINE).statusCode())
                    .isEqualTo(200);
        }
    }

    /** The first block of shell commands that makes certificates. */
    private static String commands() throws IOException {
        String text = Files.readString(DOCUMENT);
        int begin = text.indexOf("```sh\nopenssl ");
        assertThat(begin).as("a block that begins with openssl").isNotNegative();
        return text.substring(begin + "```sh\n".length(), text.indexOf("\n```", begin));
    }

    private boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("commands.log").toFile())
                        .start()
                        .waitFor()
                == 0;
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }
}
