package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.client.TandemClient;
import dev.tandem.testkit.FreePorts;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a sidecar finds when it starts: somebody else on its file, or what a dead process left there. */
class RestartTest {
    private static final Duration CALL_MAX = Duration.ofSeconds(30);
    private static final int TASKS = 50;

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void start_logLeftByAKilledProcess_recoversEveryRecordAsItWas() throws IOException {
        SidecarProcess sidecar = lab.sidecar();
        sidecar.start();
        TandemClient client = lab.closing(TandemClient.connect(lab.vertx(), Workload.options(sidecar.address())));
        List<Task> made = create(client);
        sidecar.kill();
        assertThat(Files.size(sidecar.file().resolveSibling("tandem.db-wal")))
                .as("what is in the log only")
                .isPositive();

        sidecar.start();
        assertThat(read(client)).isEqualTo(made);
    }

    /** The SQLite driver copies its library there, and deletes it only when the process ends in good order. */
    @Test
    void kill_atAnyTime_leavesNoTemporaryFiles() throws IOException {
        Path temporary = Files.createDirectory(lab.folder().resolve("tmp"));
        SidecarProcess sidecar = lab.add(new SidecarProcess(
                lab.folder().resolve("tandem.db"),
                FreePorts.next(),
                List.of("env", "JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=" + temporary)));
        sidecar.start();
        sidecar.kill();
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void start_secondSidecarOnTheSameFile_isRefusedAndTheFirstServesOn() {
        SidecarProcess first = lab.sidecar();
        first.start();
        SidecarProcess second = lab.add(new SidecarProcess(first.file()));

        assertThat(second.startAndExit()).isEqualTo(2);

        assertThat(second.output())
                .contains(
                        first.file() + " is in use by another process (pid " + first.pid() + ")",
                        "give this one a file of its own")
                .doesNotContain("Exception", "\tat ");
        TandemClient client = lab.closing(TandemClient.connect(lab.vertx(), Workload.options(first.address())));
        assertThat(create(client)).hasSize(TASKS);
    }

    private static List<Task> create(TandemClient client) {
        return Workload.await(Future.all(IntStream.range(0, TASKS)
                        .mapToObj(i -> client.tasks(CALL_MAX)
                                .createTask(CreateTaskRequest.newBuilder()
                                        .setTaskId("t" + i)
                                        .setTask(Task.newBuilder().setQueue("q"))
                                        .build()))
                        .toList()))
                .list();
    }

    private static List<Task> read(TandemClient client) {
        return Workload.await(Future.all(IntStream.range(0, TASKS)
                        .mapToObj(i -> client.tasks(CALL_MAX)
                                .getTask(GetTaskRequest.newBuilder()
                                        .setTaskId("t" + i)
                                        .build()))
                        .toList()))
                .list();
    }
}
