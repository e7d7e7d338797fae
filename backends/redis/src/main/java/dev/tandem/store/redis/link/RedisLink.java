package dev.tandem.store.redis.link;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;

/**
 * Sends requests to the server that has a namespace's keys.
 *
 * <p>All keys of a namespace carry the hash tag {@link #hashTag}, so that they are in one slot of a cluster. Requests
 * that were sent from one context for one namespace reach its server in that order, as long as the connection lasts.
 */
public interface RedisLink {
    /** For a request that does not depend on what a connection's server has kept. */
    long ANY_GENERATION = Long.MAX_VALUE;

    /**
     * Sends one request and gives its reply, on the caller's context.
     *
     * <p>Fails with a {@link dev.tandem.store.StoreException}: NOT_APPLIED if the request surely was not sent, or was
     * refused unrun; MAYBE_APPLIED if it was sent and not answered; OVERLOADED if a bound is reached; DEADLINE_PASSED if
     * the call's deadline had passed before it was sent. An error reply that says something of the request rather than
     * of the server (NOSCRIPT, WRONGTYPE, a script's own) comes as {@link io.vertx.redis.client.impl.types.ErrorType}.
     *
     * @param isWrite whether the request may change anything; one that does not may be sent again
     */
    default Future<Response> send(String namespace, Request request, CallOptions options, boolean isWrite) {
        return send(namespace, request, options, isWrite, ANY_GENERATION);
    }

    /**
     * Sends one request as {@link #send(String, Request, CallOptions, boolean)} does, unless the connection that it
     * would go out on is a newer one than it was made for: then it is not sent, and fails with {@link NewerConnection}.
     *
     * @param lastGeneration the newest {@link #generation} that the request may be sent on
     */
    Future<Response> send(String namespace, Request request, CallOptions options, boolean isWrite, long lastGeneration);

    /**
     * Sends one request that waits on the server, such as XREAD with BLOCK, on a connection of its own. It has no
     * time-out but its own; it fails when the connection ends.
     *
     * @param namespace the keys of the request are this namespace's or others' for which {@link #sharesServer} holds
     */
    Future<Response> sendBlocking(String namespace, Request request);

    /** Whether one request may name the keys of both namespaces. */
    boolean sharesServer(String namespace, String other);

    /**
     * The number of the connection to the namespace's server: it rises whenever a connection to it is made anew, after
     * which the server may be another one, or have lost what it had. 0 before the first.
     */
    long generation(String namespace);

    /** How the link stands; what its event loops say one after the other. Completes on the caller's context. */
    Future<LinkStatus> status();

    /** What has happened to a write when its reply comes. */
    Durability durability();

    /** Ends the connections. Requests under way fail; calls after it fail as NOT_APPLIED. */
    Future<Void> close();

    /** The hash tag of a namespace's keys. */
    static String hashTag(String namespace) {
        return "{" + namespace + "}";
    }
}
