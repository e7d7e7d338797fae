package dev.tandem.grpc;

import dev.tandem.routing.ChangeFeed;
import dev.tandem.routing.ClaimWaiters;
import dev.tandem.routing.TaskWaiters;
import dev.tandem.routing.Watches;
import dev.tandem.store.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One event loop of the server: its share of the connections, and all that their calls need, without a hop. */
final class Loop extends VerticleBase {
    /** How many calls a connection may have open at once. */
    private static final long STREAMS_PER_CONNECTION_MAX = 4096;

    private static final int STREAM_WINDOW_BYTES = 1 << 20;
    private static final int CONNECTION_WINDOW_BYTES = 4 << 20;
    private static final int HEADER_BYTES_MAX = 16 * 1024;

    /** Connections on which nothing has moved for so long are closed; a client opens another. */
    private static final int IDLE_SECONDS_MAX = 3600;

    /** Callers that give up often, such as hedging ones, reset many streams; only a flood is too many. */
    private static final int RESETS_PER_WINDOW_MAX = 20_000;

    private static final int ACCEPT_BACKLOG = 1024;

    /** How long to wait for callers to hear that no more calls are taken; they are near. */
    private static final long FAREWELL_MILLIS_MAX = 1000;

    private final ServerOptions options;
    private final List<SocketAddress> addresses;
    private final TaskStore store;
    private final InstantSource clock;
    private final CallListener listener;
    private final Connections connections = new Connections();
    private final List<HttpServer> servers = new ArrayList<>();
    private final Health health = new Health(Set.of("", Methods.TASKS.getFullName(), Methods.LEASES.getFullName()));

    @SuppressWarnings("NullAway.Init") // Made on the loop that owns them, in start.
    private Calls calls;

    @SuppressWarnings("NullAway.Init")
    private ClaimWaiters claims;

    @SuppressWarnings("NullAway.Init")
    private TaskWaiters waits;

    @SuppressWarnings("NullAway.Init")
    private Watches watches;

    @SuppressWarnings("NullAway.Init")
    private List<ApiMethod<?, ?>> methods;

    private @Nullable Reflection reflection;

    @SuppressWarnings("NullAway.Init")
    private GrpcFront grpc;

    @SuppressWarnings("NullAway.Init")
    private JsonFront json;

    Loop(
            ServerOptions options,
            List<SocketAddress> addresses,
            TaskStore store,
            InstantSource clock,
            CallListener listener) {
        this.options = options;
        this.addresses = addresses;
        this.store = store;
        this.clock = clock;
        this.listener = listener;
    }

    @Override
    public Future<?> start() {
        ApiLimits limits = options.limits();
        ChangeFeed feed = new ChangeFeed(vertx, store);
        calls = new Calls(vertx, limits, options.eventLoops(), listener);
        claims = new ClaimWaiters(vertx, store, clock);
        waits = new TaskWaiters(vertx, store, feed);
        watches = new Watches(vertx, store, feed);
        methods = Methods.of(store, claims, waits, watches, clock, limits);
        List<ApiMethod<?, ?>> withHealth = new ArrayList<>(methods);
        withHealth.addAll(health.methods());
        if (options.reflection()) {
            reflection = new Reflection(withHealth.stream()
                    .map(method -> method.descriptor().getService())
                    .distinct()
                    .toList());
        }
        grpc = new GrpcFront(vertx, withHealth, calls, limits.requestBytesMax(), reflection);
        json = new JsonFront(methods, calls, limits.requestBytesMax());
        List<Future<HttpServer>> listening = new ArrayList<>();
        for (SocketAddress address : addresses) {
            HttpServer server = vertx.createHttpServer(httpOptions())
                    .connectionHandler(connections::opened)
                    .requestHandler(this::handle);
            servers.add(server);
            listening.add(server.listen(address));
        }
        return Future.all(listening);
    }

    private static HttpServerOptions httpOptions() {
        return new HttpServerOptions()
                .setHttp2ClearTextEnabled(true)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(STREAMS_PER_CONNECTION_MAX)
                        .setInitialWindowSize(STREAM_WINDOW_BYTES)
                        .setMaxHeaderListSize(HEADER_BYTES_MAX))
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
                .setHttp2RstFloodMaxRstFramePerWindow(RESETS_PER_WINDOW_MAX)
                .setMaxInitialLineLength(HEADER_BYTES_MAX)
                .setMaxHeaderSize(HEADER_BYTES_MAX)
                .setIdleTimeout(IDLE_SECONDS_MAX)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setAcceptBacklog(ACCEPT_BACKLOG);
    }

    private void handle(HttpServerRequest request) {
        if (GrpcFront.isGrpc(request.getHeader("content-type"))) {
            grpc.handle(request);
        } else {
            json.handle(request);
        }
    }

    List<ApiMethod<?, ?>> methods() {
        return methods;
    }

    int unaryCalls() {
        return calls.unary();
    }

    int streams() {
        return calls.streams();
    }

    int waitingClaims() {
        return claims.size();
    }

    int waitingReads() {
        return waits.size();
    }

    int watches() {
        return watches.size();
    }

    /** The port that the first address came to. */
    int port() {
        return servers.get(0).actualPort();
    }

    void setServing(boolean isServing) {
        health.set(isServing);
    }

    /** See {@link ApiServer#drain}; called on this loop. */
    Future<Void> drain() {
        long endNanos = System.nanoTime() + options.drainTimeout().toNanos();
        health.set(false);
        claims.close();
        calls.endWaiting();
        return delay(options.drainGrace().toMillis())
                .compose(graced -> within(millisUntil(endNanos), calls.drain()))
                .compose(finished ->
                        within(Math.min(FAREWELL_MILLIS_MAX, millisUntil(endNanos)), connections.sayFarewell()))
                .eventually(() -> close(endNanos));
    }

    /** Waits for something to end, well or not, but no longer than that. */
    private Future<Void> within(long millis, Future<?> something) {
        Promise<Void> done = Promise.promise();
        long timer = vertx.setTimer(millis, id -> done.tryComplete());
        something.onComplete(ended -> {
            vertx.cancelTimer(timer);
            done.tryComplete();
        });
        return done.future();
    }

    private Future<?> close(long endNanos) {
        health.close();
        if (reflection != null) {
            reflection.close();
        }
        waits.close();
        watches.close();
        long millis = millisUntil(endNanos);
        return Future.join(servers.stream()
                .map(server -> server.shutdown(millis, TimeUnit.MILLISECONDS))
                .toList());
    }

    private Future<Void> delay(long millis) {
        Promise<Void> promise = Promise.promise();
        if (millis <= 0) {
            promise.complete();
        } else {
            vertx.setTimer(millis, id -> promise.complete());
        }
        return promise.future();
    }

    private static long millisUntil(long endNanos) {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime()));
    }

    <T> Future<T> onLoop(java.util.function.Supplier<Future<T>> action) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> action.get().onComplete(promise));
        return promise.future();
    }
}
