package dev.tandem.store.raft.node;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sidecars that one event loop of a node serves. All of it happens on that loop. */
final class NodeLoop {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLoop.class);

    /** Long enough for a sidecar that stands still for a while; sidecars say something every second. */
    private static final int SILENCE_SECONDS_MAX = 15;

    /** What may be on its way of one connection, so that a batch need not wait for permission to be sent. */
    static final int WINDOW_BYTES = 4 * 1024 * 1024;

    static final int FRAME_BYTES = 256 * 1024;

    private final NodeServer server;
    private final ContextInternal context;
    private final Set<SidecarLink> links = new LinkedHashSet<>();
    private final ChangeFeed changes;
    private volatile @Nullable HttpServer http;

    NodeLoop(NodeServer server, ContextInternal context) {
        this.server = server;
        this.context = context;
        this.changes = new ChangeFeed(context, this::tell);
        // Vert.x throws at a message that says it is compressed without saying how; its link ends by its silence.
        context.exceptionHandler(failure -> LOG.warn("what a sidecar sent can't be read", failure));
    }

    Future<Void> listen(int port) {
        NodeServerOptions options = server.options();
        HttpServerOptions transport = new HttpServerOptions()
                .setHost(options.host())
                .setPort(port)
                .setTcpNoDelay(true)
                .setReadIdleTimeout(SILENCE_SECONDS_MAX)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setHttp2ConnectionWindowSize(WINDOW_BYTES)
                .setInitialSettings(
                        new Http2Settings().setInitialWindowSize(WINDOW_BYTES).setMaxFrameSize(FRAME_BYTES));
        TlsFiles files = server.files();
        if (files != null) {
            ServerSSLOptions ssl = files.ofServer();
            transport
                    .setSsl(true)
                    .setUseAlpn(true)
                    .setClientAuth(ssl.getClientAuth())
                    .setKeyCertOptions(ssl.getKeyCertOptions())
                    .setTrustOptions(ssl.getTrustOptions());
        }
        GrpcServer grpc = GrpcServer.server(
                server.vertx(),
                new GrpcServerOptions()
                        .removeEnabledProtocol(GrpcProtocol.WEB)
                        .removeEnabledProtocol(GrpcProtocol.WEB_TEXT)
                        .removeEnabledProtocol(GrpcProtocol.TRANSCODING)
                        .setMaxMessageSize(options.messageBytesMax() + Wire.PACK_BYTES));
        grpc.callHandler(Wire.ON_SERVER, request -> new SidecarLink(server, this, context, request).open());
        HttpServer made = server.vertx().createHttpServer(transport).requestHandler(grpc);
        return on(() -> made.listen()).map(listening -> {
            http = made;
            return null;
        });
    }

    /** Starts something on the loop. */
    private <T> Future<T> on(Supplier<Future<T>> action) {
        Promise<T> promise = context.promise();
        context.runOnContext(go -> action.get().onComplete(promise));
        return promise.future();
    }

    int port() {
        HttpServer listening = http;
        return listening == null ? 0 : listening.actualPort();
    }

    ChangeFeed changes() {
        return changes;
    }

    Future<Boolean> readFilesAgain() {
        HttpServer listening = http;
        TlsFiles files = server.files();
        if (listening == null || files == null) {
            return Future.succeededFuture(false);
        }
        ServerSSLOptions again = files.ofServer();
        return on(() -> listening.updateSSLOptions(again, true));
    }

    /** From any thread. */
    void leadsChanged() {
        context.execute(() -> links.forEach(SidecarLink::tellLeads));
    }

    /** From any thread. */
    void leave() {
        context.execute(() -> each(SidecarLink::leave));
    }

    private void tell(@Nullable Set<ChangeFeed.Changed> changed) {
        each(link -> link.tellChanged(changed));
    }

    /** A link may end while it is told something. */
    private void each(Consumer<SidecarLink> action) {
        List.copyOf(links).forEach(action);
    }

    void add(SidecarLink link) {
        links.add(link);
    }

    void remove(SidecarLink link) {
        if (links.remove(link)) {
            server.exit();
        }
    }

    Future<Void> close() {
        HttpServer listening = http;
        return on(() -> {
            new ArrayList<>(links).forEach(SidecarLink::end);
            return listening == null ? Future.succeededFuture() : listening.close();
        });
    }
}
