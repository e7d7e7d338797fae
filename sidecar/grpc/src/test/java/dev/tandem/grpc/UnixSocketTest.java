package dev.tandem.grpc;

import static dev.tandem.grpc.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same API on a unix socket. */
class UnixSocketTest {
    @TempDir
    private Path directory;

    private static Future<ApiServer> startOn(TestServer other, Path path) {
        return ApiServer.start(
                other.vertx,
                ServerOptions.DEFAULT.withPort(0).withUnixSocket(path),
                other.store,
                other.clock,
                CallListener.NONE);
    }

    private static String created(TestServer server, Path path) {
        return await(server.vertx
                .createHttpClient()
                .request(new RequestOptions()
                        .setServer(SocketAddress.domainSocketAddress(path.toString()))
                        .setMethod(HttpMethod.POST)
                        .setHost("localhost")
                        .setURI("/v1/namespaces/default/tasks"))
                .compose(request -> request.send("{}").compose(response -> response.body()))
                .map(body -> body.toString()));
    }

    @Test
    void socket_owner_isServedAndTheFileGoesAtTheEnd() throws Exception {
        Path path = directory.resolve("t.sock");
        try (TestServer server = new TestServer(options -> options.withUnixSocket(path))) {
            assertThat(created(server, path)).contains("task_id");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-------");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void socket_leftByADeadProcess_isTakenOver() throws Exception {
        Path path = directory.resolve("stale.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        assertThat(path).exists();
        try (TestServer server = new TestServer(options -> options.withUnixSocket(path))) {
            assertThat(created(server, path)).contains("task_id");
        }
    }

    @Test
    void socket_ofALiveProcess_isRefusedAndLeftAlone() throws Exception {
        Path path = directory.resolve("live.sock");
        try (TestServer server = new TestServer();
                ServerSocketChannel live = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            live.bind(UnixDomainSocketAddress.of(path));
            assertThatThrownBy(() -> await(startOn(server, path)))
                    .hasRootCauseInstanceOf(IOException.class)
                    .hasMessageContaining("another process listens on the unix socket " + path);
            assertThat(path).exists();
        }
    }

    @Test
    void socket_noSocketOrNoDirectory_isRefused() throws Exception {
        Path file = Files.writeString(directory.resolve("precious"), "data");
        try (TestServer server = new TestServer()) {
            assertThatThrownBy(() -> await(startOn(server, file))).hasMessageContaining("is no socket");
            assertThat(file).hasContent("data");
            assertThatThrownBy(() -> await(startOn(server, directory.resolve("none/t.sock"))))
                    .hasMessageContaining("make it first");
            assertThatThrownBy(() -> await(startOn(server, directory.resolve("x".repeat(120)))))
                    .hasMessageContaining("choose a shorter one");
        }
    }
}
