package dev.tandem.store.raft.node;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes links to nodes, and finds out why one could not be made. Used on the link's context alone. */
final class NodeConnector {
    private final ContextInternal context;
    private final NodeOptions options;
    private final @Nullable TlsFiles files;

    NodeConnector(ContextInternal context, NodeOptions options) {
        this.context = context;
        this.options = options;
        NodeTls tls = options.tls();
        this.files = tls == null ? null : new TlsFiles(tls);
    }

    /** Succeeds if our own certificate is fit to be shown, as far as can be told here. */
    Future<Void> check() {
        TlsFiles known = files;
        if (known == null) {
            return context.succeededFuture();
        }
        return context.executeBlocking(() -> {
            known.check("nodes.tls", "ca_file");
            return null;
        });
    }

    /** A client for one link, which reads the files of the certificates anew. */
    GrpcClient client() {
        HttpClientOptions transport = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setConnectTimeout((int) options.connectTimeout().toMillis())
                .setTcpNoDelay(true)
                .setHttp2KeepAliveTimeout(0)
                .setHttp2ConnectionWindowSize(NodeLoop.WINDOW_BYTES)
                .setInitialSettings(new Http2Settings()
                        .setInitialWindowSize(NodeLoop.WINDOW_BYTES)
                        .setMaxFrameSize(NodeLoop.FRAME_BYTES));
        if (files != null) {
            ClientSSLOptions ssl = files.ofClient();
            transport
                    .setSsl(true)
                    .setUseAlpn(true)
                    .setKeyCertOptions(ssl.getKeyCertOptions())
                    .setTrustOptions(ssl.getTrustOptions());
        }
        return GrpcClient.client(
                context.owner(),
                new GrpcClientOptions().setMaxMessageSize(options.messageBytesMax() + (long) Wire.PACK_BYTES),
                transport);
    }

    /**
     * Why a node closes connections before it says hello. With TLS 1.3 a node looks at our certificate after we have begun to
     * talk, and Vert.x keeps what it says of it to itself; so it is asked once more, without HTTP.
     */
    Future<ConnectFailure> explain(SocketAddress address) {
        if (files == null) {
            return context.succeededFuture(ConnectFailure.closedEarly(false));
        }
        NetClientOptions plain = new NetClientOptions()
                .setConnectTimeout((int) options.connectTimeout().toMillis())
                .setUseAlpn(true)
                .setApplicationLayerProtocols(List.of(HttpVersion.HTTP_2.alpnName()))
                .setHostnameVerificationAlgorithm("HTTPS");
        ClientSSLOptions ssl = files.ofClient();
        plain.setSsl(true).setKeyCertOptions(ssl.getKeyCertOptions()).setTrustOptions(ssl.getTrustOptions());
        NetClient client = context.owner().createNetClient(plain);
        Promise<ConnectFailure> promise = context.promise();
        context.setTimer(
                options.connectTimeout().toMillis(), late -> promise.tryComplete(ConnectFailure.closedEarly(true)));
        client.connect(address)
                .onSuccess(socket -> socket.exceptionHandler(failure -> promise.tryComplete(ConnectFailure.of(failure)))
                        .closeHandler(closed -> promise.tryComplete(ConnectFailure.closedEarly(true))))
                .onFailure(failure -> promise.tryComplete(ConnectFailure.of(failure)));
        return promise.future().onComplete(known -> client.close());
    }
}
