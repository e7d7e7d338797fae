package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.grpc.ApiServer;
import dev.tandem.grpc.CallListener;
import dev.tandem.grpc.ServerOptions;
import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.testkit.ReferenceTaskStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchCommandTest {
    @TempDir
    private Path folder;

    private final BenchCommand command = new BenchCommand(BenchCommandTest.class.getName(), false, System.getenv());
    private final StringWriter err = new StringWriter();
    private final CommandLine commandLine =
            new CommandLine(command).setErr(new PrintWriter(err)).setOut(new PrintWriter(new StringWriter()));

    private BenchOptions parse(String... args) {
        commandLine.parseArgs(args);
        return command.options();
    }

    @Test
    void options_none_areTheDocumentedDefaults() {
        BenchOptions options = parse();

        assertThat(options.address()).isNull();
        assertThat(options.starts()).isEqualTo(5);
        assertThat(options.memoryRate()).isEqualTo(20_000);
        assertThat(options.plan().inFlights()).containsExactly(1, 16, 64, 256);
        assertThat(options.plan().payloadBytes()).containsExactly(0, 1024, 16 * 1024);
        assertThat(options.plan().operations())
                .containsExactlyInAnyOrder(
                        Operation.CREATE,
                        Operation.GET_HIT,
                        Operation.GET_MISS,
                        Operation.CLAIM,
                        Operation.COMPLETE,
                        Operation.LIFE);
        assertThat(options.plan().rounds()).isEqualTo(5);
        assertThat(options.plan().rate()).isZero();
        assertThat(options.plan().cleansUp()).isFalse();
    }

    @Test
    void options_allGiven_areTaken() {
        BenchOptions options = parse(
                "--address",
                "127.0.0.1:7420",
                "--in-flight",
                "2,3",
                "--payload",
                "100,1KiB",
                "--operations",
                "get-hit,create",
                "--rounds",
                "7",
                "--phase",
                "2s",
                "--rate",
                "5000");

        assertThat(options.address()).hasToString("127.0.0.1:7420");
        assertThat(options.plan().payloadBytes()).containsExactly(100, 1024);
        assertThat(options.plan().operations()).containsExactlyInAnyOrder(Operation.GET_HIT, Operation.CREATE);
        assertThat(options.plan().rounds()).isEqualTo(7);
        assertThat(options.plan().phase()).isEqualTo(Duration.ofSeconds(2));
        assertThat(options.plan().rate()).isEqualTo(5000);
        assertThat(options.plan().cleansUp())
                .as("a sidecar of somebody else is left clean")
                .isTrue();
    }

    @Test
    void options_quickBesideOthers_onlyFillsWhatIsNotGiven() {
        BenchOptions options = parse("--quick", "--in-flight", "8");

        assertThat(options.plan().inFlights()).isEqualTo(List.of(8));
        assertThat(options.plan().rounds()).isEqualTo(3);
        assertThat(options.starts()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--address=nowhere    | '--address: 'nowhere' is not HOST:PORT, such as 127.0.0.1:7420'",
                "--address=host:99999 | '--address: 'host:99999' is not HOST:PORT, such as 127.0.0.1:7420'",
                "--in-flight=0        | '--in-flight: 0 is not 1 to 4096'",
                "--payload=1GB        | ''1GB' is not a size, such as 100, 1KiB or 16KiB'",
                "--payload=1MiB       | '--payload: at most 256KiB'",
                "--operations=drop    | 'is not an operation; there are create, get-hit, get-miss, claim, complete, life'",
                "--phase=soon         | ''soon' is not a time, such as 400ms, 2s or 1m'",
                "--phase=0s           | ''0s' is not a time, such as 400ms, 2s or 1m'",
                "--rounds=-1          | '--rounds: -1 is not 1 to 1000'",
                "--rate=-1            | '--rate: at most a million calls a second'",
                "--store=mysql        | '--store: 'mysql' is not sqlite, redis, raft or the address of a Redis'",
                "--store=redis://h:99999 | '--store: 'redis://h:99999' has a port that is not between 1 and 65535'",
                "--store=redis://u:p@h | '--store: An address has no user and no password in it'",
                "--redis-fsync=always | '--redis-fsync: only with --store redis'",
                "--memory-tasks=1000  | '--memory-tasks: only over a Redis or Raft'",
                "--raft-durability=fsync | '--raft-durability: only with --store raft'",
                "--redis-fsync=often  | ''often' is not one of none, everysec and always'",
                "--nonsense           | 'Unknown option: '--nonsense''"
            },
            quoteCharacter = '`')
    void execute_badUsage_exitsWithTwoAndSaysWhatIsAllowed(String argument, String sentence) {
        int code = commandLine.execute(argument.trim());

        assertThat(code).isEqualTo(2);
        assertThat(err.toString())
                .contains(sentence.substring(1, sentence.length() - 1))
                .doesNotContain("\tat ");
    }

    @Test
    void execute_nobodyAtTheAddress_exitsWithOneAndSaysSo() {
        int code = commandLine.execute(
                "--address",
                "127.0.0.1:" + ChildProcess.freePort(),
                "--quick",
                "--rounds=1",
                "--phase=10ms",
                "--warm-up=10ms");

        assertThat(code).isEqualTo(1);
        assertThat(err.toString())
                .contains("error: no sidecar answers at 127.0.0.1:")
                .contains("start one by `tandem sidecar`")
                .doesNotContain("\tat ");
    }

    @Test
    void execute_againstARunningSidecar_measuresItAndLeavesItAsItWas() throws IOException {
        Path json = folder.resolve("bench.json");
        Vertx vertx = Vertx.vertx();
        TaskStore served = new ReferenceTaskStore(vertx);
        ApiServer server = on(ApiServer.start(
                vertx,
                ServerOptions.DEFAULT.withPort(0).withDrain(Duration.ZERO, Duration.ofSeconds(5)),
                served,
                InstantSource.system(),
                CallListener.NONE));
        TaskQuery.Count all = new TaskQuery.Count("measured", TaskFilter.ALL);

        int code = commandLine.execute(
                "--address=127.0.0.1:" + server.port(),
                "--namespace=measured",
                "--in-flight=1,8",
                "--payload=100",
                "--rounds=1",
                "--phase=30ms",
                "--warm-up=10ms",
                "--folder=" + folder,
                "--json=" + json);

        assertThat(err.toString()).doesNotContain("error", "could not tidy up");
        assertThat(code).isZero();
        JsonObject report = new JsonObject(Files.readString(json));
        assertThat(report.getJsonArray("cells")).hasSize(2 * (6 * 2 + 1));
        assertThat(report.getLong("errors")).isZero();
        assertThat(report.getJsonObject("footprint"))
                .as("of a process that is not ours")
                .isNull();
        assertThat(on(served.query(new TaskQuery.Namespaces(), CallOptions.DEFAULT)))
                .isSubsetOf("measured");
        assertThat(on(served.query(all, CallOptions.DEFAULT)).total()).isZero();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(json);
        }
        on(server.drain());
        on(vertx.close());
    }

    private static <T> T on(Future<T> future) {
        return Waiting.on(future, Duration.ofSeconds(30), "an answer");
    }

    @Test
    void execute_withASidecarOfItsOwn_measuresAllAndLeavesNothingBehind() throws IOException {
        Path json = folder.resolve("bench.json");
        StringWriter out = new StringWriter();

        int code = new CommandLine(new BenchCommand(TinySidecar.class.getName(), true, System.getenv()))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(
                        "--in-flight=1,8",
                        "--payload=100",
                        "--rounds=1",
                        "--phase=30ms",
                        "--warm-up=10ms",
                        "--starts=1",
                        "--memory-rate=200",
                        "--memory-time=200ms",
                        "--launcher=",
                        "--folder=" + folder,
                        "--json=" + json);

        assertThat(err.toString()).doesNotContain("error", "could not tidy up");
        assertThat(code).as(out.toString()).isZero();
        JsonObject report = new JsonObject(Files.readString(json));
        assertThat(report.getJsonArray("cells")).hasSize(2 * (6 * 2 + 1));
        assertThat(report.getLong("errors")).isZero();
        JsonObject footprint = report.getJsonObject("footprint");
        assertThat(footprint.getJsonArray("ready_nanos").getLong(0)).isPositive();
        assertThat(footprint.getJsonObject("load").getLong("count")).isEqualTo(40);
        assertThat(out.toString()).contains("Sidecar: ready after ").contains("sidecar ready after its start");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(json);
        }
    }
}
