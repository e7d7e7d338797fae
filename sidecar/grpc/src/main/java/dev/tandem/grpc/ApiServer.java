package dev.tandem.grpc;

import dev.tandem.store.TaskStore;
import io.vertx.core.CompositeFuture;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.SocketAddress;
import java.net.BindException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The running API: gRPC, gRPC-Web and JSON on one port and, if asked for, on a unix socket.
 *
 * <p>Every call is served on the event loop that its connection belongs to, without a hop, and reaches tasks only
 * through the given store.
 */
public final class ApiServer {
    /** Tells servers on ports of the system's choice apart; Vert.x has listeners on the same negative port share one. */
    private static final AtomicInteger ANY_PORT = new AtomicInteger();

    private final Vertx vertx;
    private final @Nullable Path unixSocket;
    private final List<Loop> loops;
    private final String deployment;
    private final AtomicBoolean isDraining = new AtomicBoolean();
    private final Promise<Void> drained = Promise.promise();

    private ApiServer(Vertx vertx, @Nullable Path unixSocket, List<Loop> loops, String deployment) {
        this.vertx = vertx;
        this.unixSocket = unixSocket;
        this.loops = loops;
        this.deployment = deployment;
    }

    /**
     * Starts to listen. The future completes on the caller's context, when calls are served.
     *
     * <p>It fails with an {@link java.io.IOException}, whose message is a sentence for people, if the port is in use or
     * can't be had, or the unix socket belongs to a live process or can't be made.
     *
     * @param router through which every call reaches its store
     * @param clock stamps commands
     */
    public static Future<ApiServer> start(
            Vertx vertx, ServerOptions options, TaskStore router, InstantSource clock, CallListener listener) {
        Path unixSocket = options.unixSocket();
        Future<Void> prepared = unixSocket == null
                ? Future.succeededFuture()
                : vertx.executeBlocking(() -> {
                    UnixSocketFile.prepare(unixSocket);
                    return null;
                });
        return prepared.compose(ready -> deploy(vertx, options, router, clock, listener))
                .compose(server -> unixSocket == null
                        ? Future.succeededFuture(server)
                        : vertx.executeBlocking(() -> {
                            UnixSocketFile.restrict(unixSocket);
                            return server;
                        }));
    }

    private static Future<ApiServer> deploy(
            Vertx vertx, ServerOptions options, TaskStore router, InstantSource clock, CallListener listener) {
        List<SocketAddress> addresses = new ArrayList<>();
        int port = options.port() == 0 ? -ANY_PORT.incrementAndGet() : options.port();
        addresses.add(portOf(options.host(), port));
        if (options.unixSocket() != null) {
            addresses.add(SocketAddress.domainSocketAddress(options.unixSocket().toString()));
        }
        List<Loop> loops = new ArrayList<>();
        for (int i = 0; i < options.eventLoops(); i++) {
            loops.add(new Loop(options, addresses, router, clock, listener));
        }
        AtomicInteger next = new AtomicInteger();
        return vertx.deployVerticle(
                        () -> loops.get(next.getAndIncrement()),
                        new DeploymentOptions().setInstances(options.eventLoops()))
                .map(deployment -> new ApiServer(vertx, options.unixSocket(), List.copyOf(loops), deployment))
                .recover(failure -> Future.failedFuture(explained(failure, options)));
    }

    private static SocketAddress portOf(String host, int port) {
        return port > 0 ? SocketAddress.inetSocketAddress(port, host) : SocketAddress.sharedRandomPort(-port, host);
    }

    private static Throwable explained(Throwable failure, ServerOptions options) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                BindException explained = new BindException("can't listen on " + options.host() + ":" + options.port()
                        + ", because " + becauseOf(cause) + ": stop what uses it, or choose another port");
                explained.initCause(failure);
                return explained;
            }
        }
        return failure;
    }

    private static String becauseOf(Throwable bind) {
        String message = String.valueOf(bind.getMessage());
        return message.contains("in use") ? "the port is in use" : "the system says \"" + message + "\"";
    }

    /** The methods that are served, but for health and reflection. */
    List<ApiMethod<?, ?>> methods() {
        return loops.get(0).methods();
    }

    /** How many calls that do not stream are under way. */
    public int calls() {
        return loops.stream().mapToInt(Loop::unaryCalls).sum();
    }

    /** How many streams are open. */
    public int streams() {
        return loops.stream().mapToInt(Loop::streams).sum();
    }

    /** How many claims wait for something to claim. */
    public int waitingClaims() {
        return loops.stream().mapToInt(Loop::waitingClaims).sum();
    }

    /** How many reads wait for a task to change. */
    public int waitingReads() {
        return loops.stream().mapToInt(Loop::waitingReads).sum();
    }

    /** How many watches are open. */
    public int watches() {
        return loops.stream().mapToInt(Loop::watches).sum();
    }

    /** The TCP port that it listens on. */
    public int port() {
        return loops.get(0).port();
    }

    /**
     * Does something on each event loop on which calls are served. The future completes on the caller's context, with what each of
     * them came to.
     */
    public <T> Future<List<T>> onEachLoop(Supplier<Future<T>> work) {
        Promise<List<T>> all = ((VertxInternal) vertx).getOrCreateContext().promise();
        List<Future<T>> each = loops.stream().map(loop -> loop.onLoop(work)).toList();
        Future.all(each).map(CompositeFuture::<T>list).onComplete(all);
        return all.future();
    }

    /**
     * Tells health checks and their watchers whether this server wants calls; it serves calls regardless. True from the
     * start, false for good once draining has begun.
     */
    public void setServing(boolean isServing) {
        for (Loop loop : loops) {
            loop.onLoop(() -> {
                loop.setServing(isServing && !isDraining.get());
                return Future.succeededFuture();
            });
        }
    }

    /**
     * Ends the server in good order: health says NOT_SERVING, streams and waits end with what their callers can go on
     * from, after a grace new calls are refused as DRAINING, calls under way are finished, then everything is closed.
     * Takes at most the drain timeout. Draining twice gives the same future.
     */
    public Future<Void> drain() {
        if (isDraining.compareAndSet(false, true)) {
            Future.join(loops.stream().map(loop -> loop.onLoop(loop::drain)).toList())
                    .eventually(() -> vertx.undeploy(deployment))
                    .eventually(this::removeUnixSocket)
                    .<Void>mapEmpty()
                    .onComplete(drained);
        }
        return drained.future();
    }

    private Future<Void> removeUnixSocket() {
        Path path = unixSocket;
        if (path == null) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(() -> {
            UnixSocketFile.remove(path);
            return null;
        });
    }
}
