package dev.tandem.store.raft.node;

import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;

/** Makes links to nodes. */
final class NodeConnector {
    private final ContextInternal context;
    private final NodeOptions options;

    NodeConnector(ContextInternal context, NodeOptions options) {
        this.context = context;
        this.options = options;
    }

    /** A link that is yet to be opened. It has a client of its own, which reads the files of the certificates anew. */
    NodeLink link(Node node, Nodes nodes) {
        String serverName = options.serverName();
        HttpClientOptions transport = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setConnectTimeout((int) options.connectTimeout().toMillis())
                .setTcpNoDelay(true)
                .setDefaultHost(serverName == null ? node.named().host() : serverName)
                .setHttp2KeepAliveTimeout(0)
                .setHttp2ConnectionWindowSize(NodeLoop.WINDOW_BYTES)
                .setInitialSettings(new Http2Settings()
                        .setInitialWindowSize(NodeLoop.WINDOW_BYTES)
                        .setMaxFrameSize(NodeLoop.FRAME_BYTES));
        NodeTls tls = options.tls();
        if (tls != null) {
            ClientSSLOptions ssl = new TlsFiles(tls).ofClient();
            transport
                    .setSsl(true)
                    .setUseAlpn(true)
                    .setVerifyHost(true)
                    .setKeyCertOptions(ssl.getKeyCertOptions())
                    .setTrustOptions(ssl.getTrustOptions());
        }
        GrpcClient client = GrpcClient.client(
                context.owner(),
                new GrpcClientOptions().setMaxMessageSize(options.messageBytesMax() + (long) Wire.PACK_BYTES),
                transport);
        return new NodeLink(node, nodes, context, options, client);
    }
}
