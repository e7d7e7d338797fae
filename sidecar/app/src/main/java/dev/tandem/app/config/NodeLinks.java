package dev.tandem.app.config;

import dev.tandem.store.raft.node.NodeOptions;
import dev.tandem.store.raft.node.NodeServerOptions;
import dev.tandem.store.raft.node.NodeTls;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The typed views of the keys that are about the way between sidecars and store nodes. */
final class NodeLinks {
    private NodeLinks() {}

    /**
     * What a sidecar reaches store nodes with.
     *
     * @throws IllegalArgumentException if keys contradict each other, with a sentence that says what to do
     */
    static NodeOptions toNodes(StoreLocation.Nodes location, Settings settings) {
        NodeTls tls = tls(settings, Keys.NODES_TLS_CA_FILE, Keys.NODES_TLS_CERTIFICATE_FILE, Keys.NODES_TLS_KEY_FILE);
        String serverName = settings.find(Keys.NODES_TLS_SERVER_NAME);
        if (tls == null && serverName != null) {
            throw new IllegalArgumentException("nodes.tls.server_name is given, but not nodes.tls.ca_file,"
                    + " nodes.tls.certificate_file and nodes.tls.key_file: set them, too");
        }
        return NodeOptions.builder(location.addresses())
                .client("sidecar " + ProcessHandle.current().pid(), BuildInfo.version())
                .tls(tls)
                .serverName(serverName)
                .cluster(settings.find(Keys.NODES_CLUSTER))
                .calls(settings.get(Keys.NODES_CALLS), settings.get(Keys.NODES_CALL_BYTES))
                .startTimeout(settings.get(Keys.NODES_START_TIMEOUT))
                .silenceMax(settings.get(Keys.NODES_SILENCE_TIMEOUT))
                .build();
    }

    /**
     * What a store node serves sidecars with.
     *
     * @throws IllegalArgumentException if keys contradict each other, with a sentence that says what to do
     */
    static NodeServerOptions toSidecars(Settings settings) {
        HostPort listen = settings.get(Keys.NODE_LISTEN);
        return NodeServerOptions.builder(listen.host(), listen.port())
                .tls(tls(
                        settings, Keys.NODE_TLS_CLIENT_CA_FILE, Keys.NODE_TLS_CERTIFICATE_FILE, Keys.NODE_TLS_KEY_FILE))
                .insecure(settings.get(Keys.NODE_INSECURE))
                .version(BuildInfo.version())
                .build();
    }

    private static @Nullable NodeTls tls(Settings settings, Key<Path> ca, Key<Path> certificate, Key<Path> key) {
        Path caFile = settings.find(ca);
        Path certificateFile = settings.find(certificate);
        Path keyFile = settings.find(key);
        if (caFile != null && certificateFile != null && keyFile != null) {
            return new NodeTls(caFile, certificateFile, keyFile);
        }
        if (Stream.of(ca, certificate, key).anyMatch(each -> settings.find(each) != null)) {
            throw new IllegalArgumentException(
                    ca + ", " + certificate + " and " + key + " go together: set all three, or none");
        }
        return null;
    }
}
