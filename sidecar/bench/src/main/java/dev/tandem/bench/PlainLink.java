package dev.tandem.bench;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.redis.link.LinkStatus;
import dev.tandem.store.redis.link.RedisLink;
import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;

/** Sends a store's requests by the plain Vert.x client, so that the two ways to a server can be told apart. */
final class PlainLink implements RedisLink {
    private final PlainRedis redis;

    PlainLink(PlainRedis redis) {
        this.redis = redis;
    }

    @Override
    public Future<Response> send(
            String namespace, Request request, CallOptions options, boolean isWrite, long lastGeneration) {
        return redis.send(request);
    }

    @Override
    public Future<Response> sendBlocking(String namespace, Request request) {
        return Future.failedFuture(new BenchException("nothing is watched in a benchmark"));
    }

    @Override
    public boolean sharesServer(String namespace, String other) {
        return true;
    }

    /** It is never connected anew. */
    @Override
    public long generation(String namespace) {
        return 1;
    }

    @Override
    public Durability durability() {
        return Durability.PROCESS;
    }

    @Override
    public Future<LinkStatus> status() {
        return Future.succeededFuture(LinkStatus.NONE);
    }

    /** The connection is closed by whoever has opened it. */
    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
