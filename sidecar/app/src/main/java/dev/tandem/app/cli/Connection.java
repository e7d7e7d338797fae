package dev.tandem.app.cli;

import dev.tandem.app.config.Formats;
import dev.tandem.client.ClientOptions;
import dev.tandem.client.TandemClient;
import dev.tandem.client.TandemException;
import dev.tandem.client.WatchHandler;
import dev.tandem.v1.LeaseServiceClient;
import dev.tandem.v1.TaskServiceClient;
import dev.tandem.v1.WatchTasksRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command's connection to a sidecar. Used by one thread, which waits for each answer. */
final class Connection implements AutoCloseable {
    private static final String TIMEOUT_VARIABLE = "TANDEM_TIMEOUT";
    private static final Duration TIMEOUT_MIN = Duration.ofMillis(1);
    private static final Duration TIMEOUT_MAX = Duration.ofHours(1);
    private static final int CLOSE_SECONDS_MAX = 5;

    private final Vertx vertx;
    private final TandemClient client;

    private Connection(Vertx vertx, TandemClient client) {
        this.vertx = vertx;
        this.client = client;
    }

    /** Prepares to call the sidecar that the options, or else the environment, name. */
    static Connection open(TargetOptions target, Map<String, String> environment) {
        ClientOptions options = options(target, environment);
        Vertx vertx = Vertx.vertx(
                new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1).setInternalBlockingPoolSize(1));
        return new Connection(vertx, TandemClient.connect(vertx, options));
    }

    private static ClientOptions options(TargetOptions target, Map<String, String> environment) {
        try {
            ClientOptions options = ClientOptions.fromEnvironment(environment);
            if (target.address != null) {
                options = options.withAddress(target.address);
            }
            if (target.namespace != null) {
                options = options.withNamespace(target.namespace);
            }
            // One attempt: a person, or a script's own loop, is quicker to decide whether to try again.
            return options.withCallTimeout(timeout(target, environment))
                    .withRetries(1, options.backoffMin(), options.backoffMax());
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private static Duration timeout(TargetOptions target, Map<String, String> environment) {
        if (target.timeout != null) {
            return target.timeout;
        }
        String text = environment.get(TIMEOUT_VARIABLE);
        if (text == null || text.isEmpty()) {
            return ClientOptions.DEFAULT.callTimeout();
        }
        Duration timeout = Formats.parseDuration(text);
        if (timeout == null || timeout.compareTo(TIMEOUT_MIN) < 0 || timeout.compareTo(TIMEOUT_MAX) > 0) {
            throw new BadInput(
                    TIMEOUT_VARIABLE + " must be a duration from 1ms to 1h, such as 10s, not \"" + text + "\"");
        }
        return timeout;
    }

    TaskServiceClient tasks() {
        return client.tasks();
    }

    /** Watches until the handler will not go on. */
    Future<Void> watch(WatchTasksRequest request, WatchHandler handler) {
        return client.watch(request, handler).ended();
    }

    LeaseServiceClient leases() {
        return client.leases();
    }

    String address() {
        return client.options().address();
    }

    /** Waits for an answer. The client bounds the time. */
    static <T> T await(Future<T> answer) throws InterruptedException {
        try {
            return answer.toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TandemException known) {
                throw known;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        try {
            client.shutdown()
                    .eventually(vertx::close)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // The process ends anyhow, and the command has its answer.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
