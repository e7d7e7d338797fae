package dev.tandem.app.sidecar;

import dev.tandem.app.config.HostPort;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.config.StoreLocation;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a sidecar as the whole of a process: from its start until a signal ends it. */
public final class Runner {
    private static final int EXIT_DRAINED = 0;
    private static final int EXIT_CUT_OFF = 1;
    private static final int EXIT_LOST = 1;
    private static final int EXIT_SIGNAL = 128;

    /** What ending may take beyond the drain timeout: the store's last commit, the last spans. */
    private static final long END_SECONDS_MAX = 15;

    private static final Logger log = LoggerFactory.getLogger(Runner.class);

    private final SidecarConfig config;
    private final PrintStream out;
    private final boolean isTerminal;
    private final CountDownLatch signalled = new CountDownLatch(1);
    private volatile boolean isLost;

    /**
     * Prepares to run.
     *
     * @param out where a person is told that it runs
     * @param isTerminal whether a person looks at it
     */
    public Runner(SidecarConfig config, PrintStream out, boolean isTerminal) {
        this.config = config;
        this.out = out;
        this.isTerminal = isTerminal;
    }

    /**
     * Runs until SIGTERM or SIGINT, or until it can serve no more, then drains; a second signal ends the process at once.
     *
     * @return the exit code
     * @throws StartException if it can't be started
     */
    public int run() throws InterruptedException {
        Tracing tracing = config.tracing() == null ? null : Tracing.start(config.tracing(), BuildInfo.version());
        Vertx vertx = vertx(config.eventLoops(), tracing);
        Sidecar sidecar = start(vertx);
        Signals.handle("TERM", this::onSignal);
        Signals.handle("INT", this::onSignal);
        sidecar.lost().onSuccess(this::onLoss);
        announce(sidecar);
        signalled.await();
        int code = end(vertx, sidecar, tracing);
        return isLost ? EXIT_LOST : code;
    }

    private void onLoss(String why) {
        log.error("this process ends, as its Raft member has ended: {}", why);
        isLost = true;
        signalled.countDown();
    }

    /**
     * A Vert.x of the size that a sidecar needs.
     *
     * @param tracing null for none
     */
    public static Vertx vertx(int eventLoops, @Nullable Tracing tracing) {
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(eventLoops)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2)
                .setFileSystemOptions(new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false));
        VertxBuilder builder = Vertx.builder().with(options);
        return (tracing == null ? builder : builder.withTracer(tracing.factory())).build();
    }

    private Sidecar start(Vertx vertx) throws InterruptedException {
        try {
            return Sidecar.start(vertx, config, InstantSource.system())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StartException known ? known : new CompletionException(e.getCause());
        }
    }

    private void onSignal(int number) {
        if (signalled.getCount() == 0) {
            Runtime.getRuntime().halt(EXIT_SIGNAL + number);
        }
        signalled.countDown();
    }

    private void announce(Sidecar sidecar) {
        HostPort at = sidecar.address();
        HostPort admin = sidecar.adminAddress();
        if (!isTerminal) {
            log.atInfo()
                    .addKeyValue("listen", at)
                    .addKeyValue("unix_socket", config.unixSocket() == null ? "none" : config.unixSocket())
                    .addKeyValue("admin", admin == null ? "off" : admin)
                    .addKeyValue("store", config.store())
                    .addKeyValue("version", BuildInfo.version())
                    .addKeyValue("ready_millis", ProcessAge.millis())
                    .log("listening on {}", at);
            return;
        }
        StringBuilder text = new StringBuilder();
        text.append("Tandem ").append(BuildInfo.version()).append(" keeps tasks in ");
        text.append(config.store() instanceof StoreLocation.Sqlite sqlite ? sqlite.file() : config.store())
                .append(" and listens on\n\n");
        text.append("  API    ").append(at).append("   gRPC, gRPC-Web and JSON\n");
        if (config.unixSocket() != null) {
            text.append("         ").append(config.unixSocket()).append("   the same, on a unix socket\n");
        }
        if (admin != null) {
            text.append("  admin  ").append(admin).append("   /metrics /healthz /readyz /version\n");
        }
        text.append("\nTry it:\n\n  curl -d '{\"task\": {\"queue\": \"mail\", \"payload\": \"aGk=\"}}' http://");
        text.append(at)
                .append("/v1/namespaces/")
                .append(config.limits().defaultNamespace())
                .append("/tasks\n\n");
        text.append("Ready after ").append(ProcessAge.millis()).append(" ms. Ctrl-C ends it in good order.");
        out.println(text);
        out.flush();
    }

    private int end(Vertx vertx, Sidecar sidecar, @Nullable Tracing tracing) throws InterruptedException {
        long secondsMax = config.drainTimeout().toSeconds() + END_SECONDS_MAX;
        try {
            sidecar.drain().toCompletionStage().toCompletableFuture().get(secondsMax, TimeUnit.SECONDS);
            if (tracing != null) {
                tracing.close();
            }
            vertx.close().toCompletionStage().toCompletableFuture().get(secondsMax, TimeUnit.SECONDS);
            log.info("ended in good order");
            return EXIT_DRAINED;
        } catch (ExecutionException e) {
            log.error("did not end in good order", e.getCause());
        } catch (TimeoutException e) {
            log.error("did not end within {} s: cut off", secondsMax);
        }
        return EXIT_CUT_OFF;
    }
}
