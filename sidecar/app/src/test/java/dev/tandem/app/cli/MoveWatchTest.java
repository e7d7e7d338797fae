package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.FreePorts;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code tandem migrate watch}, at an admin port that says what the test wants. */
class MoveWatchTest {
    private static final long WAIT_SECONDS = 30;

    private final Vertx vertx = Vertx.vertx();
    private final int port = FreePorts.next();
    private final Printed out = new Printed();
    private final Printed err = new Printed();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private volatile JsonObject status = Statuses.copying();

    @AfterEach
    void close() {
        StoreCalls.await(vertx.close());
    }

    private HttpServer serve() {
        return StoreCalls.await(vertx.createHttpServer()
                .requestHandler(request -> request.response().end(status.toBuffer()))
                .listen(port, "127.0.0.1"));
    }

    private void watch(boolean isTerminal, String... arguments) {
        Terminal terminal = Printed.terminal(out, err, Map.of("TANDEM_ADMIN", "127.0.0.1:" + port), isTerminal);
        Thread thread = new Thread(() -> exit.complete(Cli.run(terminal, arguments)), "watch");
        thread.setDaemon(true);
        thread.start();
    }

    private int exitCode() throws Exception {
        return exit.get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private static JsonObject over() {
        JsonObject over = Statuses.compared().put("is_over", true);
        over.getJsonObject("route").put("phase", "SINGLE").put("mirror", null).put("etag", 7);
        return over;
    }

    @Test
    void watch_onATerminal_redrawsItsLines() throws Exception {
        serve();
        watch(true, "migrate", "watch", "orders");
        out.until("\033[4A\033[J");

        status = over();

        assertThat(exitCode()).isZero();
        assertThat(out.text())
                .startsWith("orders  redis -> nodes  DUAL_WRITE (etag 1)\ncopied    [####")
                .endsWith("\033[4A\033[Jorders  redis -> nodes  SINGLE (etag 7), the move is over\n");
        assertThat(err.text()).isEmpty();
    }

    @Test
    void watch_sidecarIsRestarted_goesOn() throws Exception {
        HttpServer first = serve();
        watch(false, "migrate", "watch", "orders", "--json");
        out.until("DUAL_WRITE");
        StoreCalls.await(first.close());
        err.until("it goes on by itself");
        status = over();

        serve();

        assertThat(exitCode()).isZero();
        assertThat(out.text().lines()).hasSize(2);
        assertThat(err.text().lines()).hasSize(1);
    }
}
