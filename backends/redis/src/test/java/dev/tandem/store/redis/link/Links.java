package dev.tandem.store.redis.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Links to test servers, closed at the end of a test, and calls on them. */
final class Links implements AutoCloseable {
    /** Far above what anything here takes, so that a test that hangs says where. */
    static final Duration BOUND = Duration.ofSeconds(30);

    final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final List<RedisLink> opened = new ArrayList<>();

    static RedisOptions.Builder options(String url) {
        return RedisOptions.builder(RedisAddress.parse(url)).startTimeout(Duration.ofSeconds(5));
    }

    RedisLink open(String url) {
        return open(options(url).build());
    }

    RedisLink open(RedisOptions options) {
        RedisLink link = await(RedisLinks.open(vertx, options));
        opened.add(link);
        return link;
    }

    /** Why a link could not be opened. */
    String refusal(RedisOptions options) {
        return failure(RedisLinks.open(vertx, options)).getMessage();
    }

    static Request cmd(Command command, Object... args) {
        return Request.cmd(command, args);
    }

    static String key(String namespace) {
        return "tandem:" + RedisLink.hashTag(namespace) + ":test";
    }

    static Request incr(String namespace) {
        return cmd(Command.INCR, key(namespace));
    }

    static Request get(String namespace) {
        return cmd(Command.GET, key(namespace));
    }

    static Future<Response> write(RedisLink link, String namespace) {
        return link.send(namespace, incr(namespace), CallOptions.DEFAULT, true);
    }

    static Future<Response> read(RedisLink link, String namespace) {
        return link.send(namespace, get(namespace), CallOptions.DEFAULT, false);
    }

    static CallOptions within(Duration duration) {
        return new CallOptions(System.nanoTime() + duration.toNanos(), Consistency.LINEARIZABLE);
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(BOUND.toSeconds(), TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError("Not within " + BOUND, e);
        }
    }

    static Throwable failure(Future<?> future) {
        Throwable thrown = catchThrowable(() -> await(future));
        assertThat(thrown).as("a failure").isNotNull();
        return thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
    }

    static StoreException storeFailure(Future<?> future) {
        Throwable thrown = failure(future);
        assertThat(thrown).isInstanceOf(StoreException.class);
        return (StoreException) thrown;
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + BOUND.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as(what).isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() {
        opened.forEach(link -> await(link.close()));
        await(vertx.close());
    }
}
