package dev.tandem.app.sidecar;

import dev.tandem.app.config.BuildInfo;
import dev.tandem.app.config.NodeConfig;
import dev.tandem.app.config.SidecarConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a sidecar or a store node as the whole of a process: from its start until a signal ends it. */
public final class Runner {
    private static final int EXIT_DRAINED = 0;
    private static final int EXIT_CUT_OFF = 1;
    private static final int EXIT_LOST = 1;
    private static final int EXIT_SIGNAL = 128;

    /** What ending may take beyond the drain timeout: the store's last commit, the last spans. */
    private static final long END_SECONDS_MAX = 15;

    private static final Logger log = LoggerFactory.getLogger(Runner.class);

    private final Vertx vertx;
    private final Duration drainTimeout;
    private final @Nullable Tracing tracing;
    private final CountDownLatch signalled = new CountDownLatch(1);
    private volatile boolean isLost;

    private Runner(Vertx vertx, Duration drainTimeout, @Nullable Tracing tracing) {
        this.vertx = vertx;
        this.drainTimeout = drainTimeout;
        this.tracing = tracing;
    }

    /**
     * Runs a sidecar until SIGTERM or SIGINT, or until it can serve no more, then drains; a second signal ends the process at
     * once.
     *
     * @param out where a person is told that it runs
     * @param isTerminal whether a person looks at it
     * @return the exit code
     * @throws StartException if it can't be started
     */
    public static int run(SidecarConfig config, PrintStream out, boolean isTerminal) throws InterruptedException {
        Tracing tracing = config.tracing() == null ? null : Tracing.start(config.tracing(), BuildInfo.version());
        Vertx vertx = vertx(config.eventLoops(), tracing);
        return new Runner(vertx, config.drainTimeout(), tracing)
                .run(
                        Sidecar.start(vertx, config, InstantSource.system()),
                        sidecar -> Announcement.of(sidecar, config, out, isTerminal));
    }

    /** Runs a store node in the same way. */
    public static int run(NodeConfig config, PrintStream out, boolean isTerminal) throws InterruptedException {
        Vertx vertx = vertx(1, null);
        return new Runner(vertx, config.drainTimeout(), null)
                .run(StoreNode.start(vertx, config), node -> Announcement.of(node, config, out, isTerminal));
    }

    private <T extends Served> int run(Future<T> starting, Consumer<T> announce) throws InterruptedException {
        T served = await(starting);
        Signals.handle("TERM", this::onSignal);
        Signals.handle("INT", this::onSignal);
        served.lost().onSuccess(this::onLoss);
        announce.accept(served);
        signalled.await();
        int code = end(served);
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

    private static <T> T await(Future<T> starting) throws InterruptedException {
        try {
            return starting.toCompletionStage().toCompletableFuture().get();
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

    private int end(Served served) throws InterruptedException {
        long secondsMax = drainTimeout.toSeconds() + END_SECONDS_MAX;
        try {
            served.drain().toCompletionStage().toCompletableFuture().get(secondsMax, TimeUnit.SECONDS);
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
