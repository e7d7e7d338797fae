package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.sidecar.Sidecar;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem task watch}, with a sidecar that comes and goes. */
class TaskWatchTest {
    private static final long WAIT_SECONDS = 30;

    @TempDir
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Printed out = new Printed();
    private final Printed err = new Printed();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private Sidecar sidecar(String listen) throws Exception {
        Map<String, String> settings = Map.of(
                "TANDEM_LISTEN",
                listen,
                "TANDEM_ADMIN",
                "off",
                "TANDEM_STORE",
                "sqlite:" + folder.resolve("t.db"),
                "TANDEM_DRAIN_GRACE",
                "0s");
        return await(Sidecar.start(
                vertx, SidecarConfig.of(ConfigLoader.load(null, settings, Map.of())), InstantSource.system()));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private Thread watch(String... arguments) {
        Terminal terminal = Printed.terminal(out, err, Map.of(), false);
        Thread thread = new Thread(() -> exit.complete(Cli.run(terminal, arguments)), "watch");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void create(String address, String id) {
        assertThat(Run.of("task", "create", "--address", address, "--id", id).code())
                .isZero();
    }

    @Test
    void watch_sidecarIsRestarted_goesOnAndMissesNothing() throws Exception {
        Sidecar first = sidecar("127.0.0.1:0");
        String address = first.address().toString();
        Thread watching = watch("task", "watch", "--json", "--address", address);
        out.until("cursor");
        create(address, "before");
        out.until("\"before\"");

        await(first.drain());
        err.until("it goes on by itself");
        Sidecar second = sidecar(address);
        create(address, "after");
        out.until("\"after\"");

        assertThat(exit).isNotDone();
        assertThat(err.text().lines()).hasSize(1);
        assertThat(out.text().lines().filter(line -> line.contains("\"after\"")))
                .hasSize(1);
        watching.interrupt();
        watching.join(TimeUnit.SECONDS.toMillis(WAIT_SECONDS));
        assertThat(watching.isAlive()).isFalse();
        await(second.drain());
    }

    @Test
    void watch_nobodyThere_saysSoAtOnce() throws Exception {
        Sidecar gone = sidecar("127.0.0.1:0");
        String address = gone.address().toString();
        await(gone.drain());

        watch("task", "watch", "--address", address);

        assertThat(exit.get(WAIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(err.text().lines()).hasSize(1);
        assertThat(out.text()).isEmpty();
    }
}
