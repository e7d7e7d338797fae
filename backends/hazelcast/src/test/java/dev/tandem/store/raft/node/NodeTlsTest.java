package dev.tandem.store.raft.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, who is believed, and what is said to those who are not. */
class NodeTlsTest {
    private static final String NODE = "node.test";

    @TempDir
    static Path folder;

    private static TestAuthority authority;
    private static NodeTls node;
    private static NodeTls sidecar;
    private static NodeTls expired;
    private static NodeTls stranger;

    private final Vertx vertx = Vertx.vertx();
    private final List<NodeServer> servers = new ArrayList<>();

    @BeforeAll
    static void makeCertificates() throws Exception {
        authority = TestAuthority.create(folder.resolve("ours"));
        node = authority.issue(NODE);
        sidecar = authority.issue("sidecar.test");
        expired = authority.issueExpired("late.test");
        NodeTls other = TestAuthority.create(folder.resolve("theirs")).issue("stranger.test");
        stranger = new NodeTls(authority.caFile(), other.certificateFile(), other.keyFile());
    }

    @AfterEach
    void close() {
        servers.forEach(server -> StoreCalls.await(server.shut()));
        StoreCalls.await(vertx.close());
    }

    private String serve(@Nullable NodeTls tls) {
        NodeServerOptions options =
                NodeServerOptions.builder(NodeCluster.HOST, 0).tls(tls).build();
        NodeServer server = StoreCalls.await(NodeServer.start(vertx, options, ScriptedGroups.create(1)));
        servers.add(server);
        return NodeCluster.HOST + ":" + server.port();
    }

    private Future<NodeGroups> connect(String address, @Nullable NodeTls tls, @Nullable String serverName) {
        return NodeGroups.connect(
                vertx,
                NodeOptions.builder(List.of(address))
                        .tls(tls)
                        .serverName(serverName)
                        .startTimeout(Duration.ofSeconds(4))
                        .build());
    }

    private static String refusal(Future<?> future) throws Exception {
        try {
            future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(IllegalStateException.class);
            return e.getCause().getMessage();
        }
        throw new AssertionError("it was not refused");
    }

    @Test
    void both_withCertificatesOfOneAuthority_talk() {
        NodeGroups groups = StoreCalls.await(connect(serve(node), sidecar, NODE));
        assertThat(groups.count()).isEqualTo(1);
        StoreCalls.await(groups.close());
    }

    @Test
    void sidecar_withoutTls_isRefused() throws Exception {
        assertThat(refusal(connect(serve(node), null, null))).contains("TLS", "nodes.tls");
    }

    @Test
    void sidecar_ofAnotherAuthority_isRefused() throws Exception {
        assertThat(refusal(connect(serve(node), stranger, NODE))).contains("nodes.tls.certificate_file");
    }

    @Test
    void sidecar_withAnExpiredCertificate_isRefused() throws Exception {
        assertThat(refusal(connect(serve(node), expired, NODE))).contains("expired");
    }

    @Test
    void node_withAnotherName_isNotBelieved() throws Exception {
        assertThat(refusal(connect(serve(node), sidecar, null))).contains("nodes.tls.server_name");
        assertThat(refusal(connect(serve(node), sidecar, "other.test"))).contains("nodes.tls.server_name");
    }

    @Test
    void node_ofAnotherAuthority_isNotBelieved() throws Exception {
        NodeTls theirs = new NodeTls(authority.caFile(), stranger.certificateFile(), stranger.keyFile());
        assertThat(refusal(connect(serve(theirs), sidecar, "stranger.test"))).contains("nodes.tls.ca_file");
    }

    @Test
    void node_withoutTls_isNotTalkedTo() throws Exception {
        assertThat(refusal(connect(serve(null), sidecar, NODE))).contains("TLS");
    }

    @Test
    void server_withoutTlsOnAllAddresses_isRefusedUnlessInsecure() throws Exception {
        NodeServerOptions.Builder options = NodeServerOptions.builder("0.0.0.0", 0);
        assertThat(refusal(NodeServer.start(vertx, options.build(), ScriptedGroups.create(1))))
                .contains("without TLS", "node.tls.certificate_file", "node.insecure");
        servers.add(
                StoreCalls.await(NodeServer.start(vertx, options.insecure(true).build(), ScriptedGroups.create(1))));
    }

    @Test
    void server_whoseFilesAreReplaced_showsTheNewCertificate() throws Exception {
        Path certificate = Files.copy(node.certificateFile(), folder.resolve("current.pem"));
        Path key = Files.copy(node.keyFile(), folder.resolve("current-key.pem"));
        String address = serve(new NodeTls(node.caFile(), certificate, key));
        NodeGroups before = StoreCalls.await(connect(address, sidecar, NODE));
        NodeTls next = authority.issue("next.test");
        Files.copy(next.certificateFile(), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(next.keyFile(), key, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(certificate, FileTime.fromMillis(System.currentTimeMillis() + 2_000));

        StoreCalls.await(servers.get(0).lookAtFiles());

        NodeGroups after = StoreCalls.await(connect(address, sidecar, "next.test"));
        assertThat(before.status().nodes().get(0).state())
                .as("who was connected before stays")
                .isEqualTo(NodesStatus.State.UP);
        StoreCalls.await(before.close());
        StoreCalls.await(after.close());
    }

    @Test
    void files_thatAreMissingOrWrong_areNamed() throws Exception {
        NodeTls missing = new NodeTls(node.caFile(), folder.resolve("none.pem"), node.keyFile());
        NodeServerOptions.Builder options = NodeServerOptions.builder(NodeCluster.HOST, 0);
        assertThat(refusal(NodeServer.start(vertx, options.tls(missing).build(), ScriptedGroups.create(1))))
                .contains("none.pem", "node.tls.certificate_file");
        Path garbage = Files.writeString(folder.resolve("garbage.pem"), "garbage");
        NodeTls wrong = new NodeTls(garbage, node.certificateFile(), node.keyFile());
        assertThat(refusal(NodeServer.start(vertx, options.tls(wrong).build(), ScriptedGroups.create(1))))
                .contains("garbage.pem", "node.tls.client_ca_file");
        assertThat(refusal(connect(serve(node), missing, NODE))).contains("none.pem", "nodes.tls.certificate_file");
    }
}
