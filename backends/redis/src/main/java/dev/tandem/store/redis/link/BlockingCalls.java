package dev.tandem.store.redis.link;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait on the server, one to a connection: a server that waits runs nothing else of it.
 *
 * <p>Connections are kept for the next such request. Belongs to one context.
 */
final class BlockingCalls {
    /** A request that the server has not answered by then was forgotten by it. */
    static final int ANSWER_MILLIS_MAX = 60_000;

    private final ContextInternal context;
    private final RedisOptions options;
    private final Connector connector;
    private final ArrayDeque<Connection> idle = new ArrayDeque<>();
    private final Set<Connection> busy = new HashSet<>();
    private int connecting;
    private boolean closed;

    BlockingCalls(ContextInternal context, RedisOptions options, Connector connector) {
        this.context = context;
        this.options = options;
        this.connector = connector;
    }

    void send(Future<Endpoint> where, Request request, Promise<Response> promise) {
        if (closed) {
            promise.fail(new StoreException(FailureKind.NOT_APPLIED, "The Redis store is closed"));
            return;
        }
        if (busy.size() + connecting >= options.blockingConnectionsMax()) {
            promise.fail(new StoreException(
                    FailureKind.OVERLOADED,
                    "All " + options.blockingConnectionsMax() + " connections for waiting requests are in use"));
            return;
        }
        connecting++;
        where.compose(this::connection).onComplete(made -> {
            connecting--;
            if (made.failed()) {
                promise.fail(new StoreException(
                        FailureKind.NOT_APPLIED, String.valueOf(made.cause().getMessage())));
            } else if (closed) {
                made.result().close("this sidecar closes");
                promise.fail(new StoreException(FailureKind.NOT_APPLIED, "The Redis store is closed"));
            } else {
                send(made.result(), request, promise);
            }
        });
    }

    private Future<Connection> connection(Endpoint endpoint) {
        for (Connection each : new ArrayList<>(idle)) {
            if (each.endpoint().equals(endpoint)) {
                idle.remove(each);
                return context.succeededFuture(each);
            }
        }
        return connector.toPrimary(endpoint).map(made -> {
            made.onClose(why -> {
                idle.remove(made);
                busy.remove(made);
            });
            return made;
        });
    }

    private void send(Connection connection, Request request, Promise<Response> promise) {
        busy.add(connection);
        long timer = context.setTimer(
                ANSWER_MILLIS_MAX, id -> connection.close("it has not answered for " + ANSWER_MILLIS_MAX + " ms"));
        connection.request(request).onComplete(answer -> {
            context.owner().cancelTimer(timer);
            if (busy.remove(connection)) {
                idle.add(connection);
            }
            if (answer.succeeded()) {
                promise.tryComplete(answer.result());
            } else {
                promise.tryFail(failure(answer.cause(), connection.endpoint()));
            }
        });
    }

    private static Throwable failure(Throwable cause, Endpoint server) {
        if (cause instanceof ErrorType error) {
            StoreException known = ReplyFailures.of(error, false, server);
            return known == null ? error : known;
        }
        return new StoreException(
                FailureKind.NOT_APPLIED, "The connection to Redis at " + server + " was lost: " + cause.getMessage());
    }

    /** Ends the connections to a server that is not the one to speak to any more; null for all. */
    void leave(@Nullable Endpoint server, String why) {
        Set<Connection> all = new HashSet<>(busy);
        all.addAll(idle);
        for (Connection each : all) {
            if (server == null || server.equals(each.endpoint())) {
                each.close(why);
            }
        }
    }

    void close() {
        closed = true;
        leave(null, "this sidecar closes");
    }
}
