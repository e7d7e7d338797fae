package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.redis.link.RedisLink;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;

/** One connection to one server, without any of a real link's care: for tests of what the store sends. */
final class TestLink implements RedisLink {
    private final VertxInternal vertx;
    private final Redis redis;
    private final Future<RedisConnection> connection;
    private final Future<RedisConnection> blocking;
    volatile long generation = 1;

    TestLink(Vertx vertx, int port) {
        this.vertx = (VertxInternal) vertx;
        this.redis = Redis.createClient(
                vertx,
                new RedisOptions()
                        .setConnectionString("redis://127.0.0.1:" + port)
                        .setMaxWaitingHandlers(100_000));
        this.connection = redis.connect();
        this.blocking = redis.connect();
    }

    @Override
    public Future<Response> send(String namespace, Request request, CallOptions options, boolean isWrite) {
        return on(connection, request);
    }

    private Future<Response> on(Future<RedisConnection> connection, Request request) {
        ContextInternal context = vertx.getOrCreateContext();
        Promise<Response> promise = context.promise();
        connection
                .compose(open -> open.send(request))
                .recover(e -> Future.failedFuture(
                        e instanceof ErrorType
                                ? e
                                : new StoreException(FailureKind.MAYBE_APPLIED, "no answer: " + e, e)))
                .onComplete(promise);
        return promise.future();
    }

    @Override
    public Future<Response> sendBlocking(String namespace, Request request) {
        return on(blocking, request);
    }

    @Override
    public boolean sharesServer(String namespace, String other) {
        return true;
    }

    @Override
    public long generation(String namespace) {
        return generation;
    }

    @Override
    public Durability durability() {
        return Durability.PROCESS;
    }

    @Override
    public Future<Void> close() {
        ContextInternal context = vertx.getOrCreateContext();
        Promise<Void> promise = context.promise();
        redis.close().onComplete(promise);
        return promise.future();
    }
}
