package dev.tandem.app.cli;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.HostPort;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.sidecar.Logging;
import dev.tandem.app.sidecar.Runner;
import dev.tandem.app.sidecar.Sidecar;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * {@code tandem train}: loads the classes that sidecars and commands need, by using them once.
 *
 * <p>The launcher runs it to fill the archive of classes that later starts map into memory. Everything happens in a
 * temporary folder, on ports that the system picks.
 */
@Command(
        name = "train",
        hidden = true,
        description = "Runs a sidecar for a moment, to fill the archive of its classes.")
final class TrainCommand implements Callable<Integer> {
    private static final int STEP_SECONDS_MAX = 30;
    private static final String TASKS = "/v1/namespaces/default/tasks";

    private final Terminal terminal;

    TrainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
            throws IOException, ConfigException, InterruptedException, ExecutionException, TimeoutException {
        Path folder = Files.createTempDirectory("tandem-train");
        try {
            SidecarConfig config = SidecarConfig.of(ConfigLoader.load(
                    null,
                    Map.of(
                            "TANDEM_LISTEN", "127.0.0.1:0",
                            "TANDEM_ADMIN", "127.0.0.1:0",
                            "TANDEM_STORE", "sqlite:" + folder.resolve("train.db"),
                            "TANDEM_DRAIN_GRACE", "0s"),
                    Map.of()));
            Logging.start(config.logLevel(), config.logFormat(), terminal.isTerminal());
            Vertx vertx = Runner.vertx(config.eventLoops(), null);
            Sidecar sidecar = await(Sidecar.start(vertx, config, InstantSource.system()));
            use(vertx, sidecar);
            await(sidecar.drain());
            await(vertx.close());
            return ExitCode.OK;
        } finally {
            Logging.stop();
            delete(folder);
        }
    }

    private static void use(Vertx vertx, Sidecar sidecar)
            throws InterruptedException, ExecutionException, TimeoutException {
        HostPort api = sidecar.address();
        HostPort admin = Objects.requireNonNull(sidecar.adminAddress());
        HttpClient http = vertx.createHttpClient();
        await(fetch(http, HttpMethod.POST, api, TASKS, "{\"task\": {\"queue\": \"q\"}}"));
        await(fetch(http, HttpMethod.GET, api, TASKS, ""));
        await(fetch(http, HttpMethod.GET, admin, "/metrics", ""));
        await(fetch(http, HttpMethod.GET, admin, "/readyz", ""));
        Terminal quiet = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                Map.of("TANDEM_ADDRESS", api.toString()),
                true);
        Cli.run(quiet, "task", "create", "--queue", "q", "--payload", "hi");
        Cli.run(quiet, "task", "claim", "--queue", "q", "--worker", "w", "--json");
        Cli.run(quiet, "task", "list");
        Cli.run(quiet, "lease", "acquire", "s", "--holder", "h");
        Cli.run(quiet, "config", "print");
    }

    private static Future<Buffer> fetch(HttpClient http, HttpMethod method, HostPort at, String path, String body) {
        return http.request(method, at.port(), at.host(), path)
                .compose(request -> body.isEmpty() ? request.send() : request.send(body))
                .compose(HttpClientResponse::body);
    }

    private static <T> T await(Future<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(STEP_SECONDS_MAX, TimeUnit.SECONDS);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
