package dev.tandem.app.cli;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.RedisStoreOptions;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.store.StoreException;
import dev.tandem.store.redis.NamespaceStatus;
import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.StoreObserver;
import dev.tandem.store.redis.link.RedisLinks;
import dev.tandem.store.redis.link.RedisOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that goes to Redis itself, as a sidecar of the same configuration would. */
abstract class RedisCall implements Callable<Integer> {
    private static final int CLOSE_SECONDS_MAX = 5;

    final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean isJson;

    RedisCall(Terminal terminal) {
        this.terminal = terminal;
    }

    /** How the servers are reached, if not as a sidecar would. */
    RedisOptions link(RedisOptions configured) {
        return configured;
    }

    /** Does what the command is for, and returns its exit code. */
    abstract int run(RedisTaskStore store, RedisOptions configured) throws InterruptedException, ExecutionException;

    @Override
    public final Integer call() throws ConfigException, InterruptedException {
        SidecarConfig config = SidecarConfig.of(
                ConfigFlags.load(Objects.requireNonNull(spec).commandLine().getParseResult(), terminal.environment()));
        RedisStoreOptions options = config.redis()
                .orElseThrow(() -> new BadInput("the tasks are kept in " + config.store()
                        + ", not in Redis: name the Redis by --store or --config"));
        Vertx vertx = Vertx.vertx(
                new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1).setInternalBlockingPoolSize(1));
        try {
            RedisTaskStore store = await(RedisLinks.open(vertx, link(options.link()))
                    .map(link -> new RedisTaskStore(vertx, link, options.store(), StoreObserver.NONE)));
            int code = run(store, options.link());
            store.close();
            return code;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                return failed(failure);
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            close(vertx);
        }
    }

    private int failed(StoreException failure) {
        terminal.err().println("error: " + failure.getMessage());
        return switch (failure.kind()) {
            case MAYBE_APPLIED -> ExitCode.UNKNOWN;
            case CORRUPT -> ExitCode.REFUSED;
            default -> ExitCode.UNREACHABLE;
        };
    }

    /** Waits for an answer. The link bounds the time. */
    static <T> T await(Future<T> answer) throws InterruptedException, ExecutionException {
        return answer.toCompletionStage().toCompletableFuture().get();
    }

    private static void close(Vertx vertx) throws InterruptedException {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // The process ends anyhow, and the command has its answer.
        }
    }

    /** Which writes are lost, and since when that is known. */
    static String sentence(NamespaceStatus.LostWrites lost) {
        return (lost.missingVersion() == 0
                        ? "all records were gone"
                        : "version " + lost.missingVersion() + " is missing")
                + ", and it was at version " + lost.foundVersion() + ", when that was noticed at "
                + Instant.ofEpochMilli(lost.noticedAtMillis());
    }

    static JsonObject json(NamespaceStatus.LostWrites lost) {
        return new JsonObject()
                .put("missing_version", lost.missingVersion())
                .put("found_version", lost.foundVersion())
                .put("noticed_at", Instant.ofEpochMilli(lost.noticedAtMillis()).toString());
    }
}
