package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Empty;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
    @TempDir
    private Path folder;

    @Test
    void echoServer_inAProcessOfItsOwn_answersAndEnds() {
        int port = ChildProcess.freePort();
        List<String> command = new ArrayList<>(ChildProcess.java(List.of("-Xmx64m"), EchoServer.class.getName()));
        command.add(String.valueOf(port));
        Vertx vertx = Vertx.vertx();
        Wire wire = new Wire(vertx, SocketAddress.inetSocketAddress(port, "127.0.0.1"), 1);
        try (ChildProcess process = ChildProcess.start("empty-server", command, folder)) {
            long nanos = process.awaitAnswer(() -> wire.call(EchoServer.EMPTY, Empty.getDefaultInstance()));

            assertThat(nanos).isPositive();
            if (Files.exists(Path.of("/proc/self/status"))) {
                assertThat(process.residentBytes()).isPresent();
            }
        } finally {
            Waiting.on(vertx.close(), Duration.ofSeconds(30), "the end of the event loops");
        }
    }

    @Test
    void awaitAnswer_processThatEnds_failsWithWhatItPrinted() {
        List<String> command = ChildProcess.java(List.of("-Xmx64m"), ChildProcessTest.class.getName());
        try (ChildProcess process = ChildProcess.start("broken", command, folder)) {
            assertThatThrownBy(() -> process.awaitAnswer(() -> Future.failedFuture("refused")))
                    .isInstanceOf(BenchException.class)
                    .hasMessageContaining("broken ended with exit code 1; it printed:")
                    .hasMessageContaining("main");
        }
    }

    @Test
    void start_noSuchProgram_failsWithASentence() {
        assertThatThrownBy(() -> ChildProcess.start("sidecar", List.of("/no/such/tandem"), folder))
                .isInstanceOf(BenchException.class)
                .hasMessageStartingWith("can't start sidecar by /no/such/tandem: ");
    }

    @Test
    void residentBytes_ofAStatusFile_readsKilobytes() throws IOException {
        Path status = Files.writeString(folder.resolve("status"), "Name:\tjava\nVmRSS:\t   65536 kB\nThreads:\t9\n");

        assertThat(ChildProcess.residentBytes(status)).hasValue(64L << 20);
        assertThat(ChildProcess.residentBytes(folder.resolve("none"))).isEmpty();
    }

    /** Two members of a cluster were given one port. */
    @Test
    void freePorts_areGivenOnce() {
        // As many as the system has at least, for it to come round.
        int count = 5_000;
        assertThat(IntStream.generate(ChildProcess::freePort).limit(count).distinct())
                .hasSize(count);
    }
}
