package dev.tandem.store.raft.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.FailureKind;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.store.raft.state.QueryCodec;
import dev.tandem.task.Outcome;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What a node says to sidecars that are not as they should be; the others are served all the while. */
class NodeServerTest extends ScriptedNodes {
    private final ScriptedGroups groups = ScriptedGroups.create(2);

    private NodeServer serve(UnaryOperator<NodeServerOptions.Builder> change) {
        return serve(
                groups,
                change.apply(NodeServerOptions.builder(NodeCluster.HOST, 0)).build());
    }

    private RawLink link(NodeServer server) {
        return new RawLink(vertx, server.port());
    }

    private void assertServes(NodeServer server) {
        NodeGroups other = connect(address(server));
        assertThat(outcome(create(other, 1, "by-another"))).isInstanceOf(Outcome.Applied.class);
    }

    private static Outbox.Body applied(long id, int group, Batch batch) {
        return body -> {
            body.writeLong(id);
            body.writeByte(group);
            body.writeInt(1_000);
            batch.write(body);
        };
    }

    private static Outbox.Body read(long id) {
        return body -> {
            body.writeLong(id);
            body.writeByte(1);
            body.writeInt(1_000);
            body.writeBoolean(false);
            QueryCodec.write(new GroupQuery.Ask(new TaskQuery.Get(NAMESPACE, "a")), body);
        };
    }

    // ---- hello

    @Test
    void hello_ofANewerFormat_isRefusedWithASentence() throws Exception {
        NodeServer server = serve(options -> options.version("1.2.3"));
        try (RawLink link = link(server).hello(Wire.FORMAT + 1)) {
            assertThat(NodeHello.read(link.next(Wire.HELLO).open()).version()).isEqualTo("1.2.3");
            assertThat(link.refusal()).contains("format 2", "1.2.3", "bring the nodes to the newer version");
        }
        assertThat(server.links()).isZero();
        assertServes(server);
    }

    @Test
    void message_beforeTheHello_isRefused() throws Exception {
        NodeServer server = serve(options -> options);
        try (RawLink link = link(server).send(Wire.PING, body -> body.writeLong(1))) {
            assertThat(link.refusal()).contains("hello");
        }
        assertServes(server);
    }

    @Test
    void sidecar_beyondTheMost_isRefused() throws Exception {
        NodeServer server = serve(options -> options.linksMax(1));
        try (RawLink first = link(server).hello(Wire.FORMAT)) {
            first.next(Wire.LEADS);
            try (RawLink second = link(server).hello(Wire.FORMAT)) {
                assertThat(second.refusal()).contains("1 sidecars");
            }
            assertThat(server.links()).isEqualTo(1);
        }
        awaitTrue("the first is gone", () -> server.links() == 0);
        assertServes(server);
    }

    // ---- calls

    @Test
    void calls_beyondTheMost_areOverloadedAndNotTried() throws Exception {
        NodeServer server = serve(options -> options.calls(2, 1024 * 1024));
        groups.hold();
        try (RawLink link = link(server).hello(Wire.FORMAT)) {
            link.send(Wire.READ, read(1)).send(Wire.READ, read(2)).send(Wire.READ, read(3));
            assertThat(link.failure(3, Wire.code(FailureKind.OVERLOADED))).contains("2 calls", "try again");
            assertThat(groups.asked()).isEqualTo(2);
            groups.release();
            link.next(Wire.ANSWER);
            link.next(Wire.ANSWER);
            link.send(Wire.READ, read(4)).next(Wire.ANSWER);
        }
    }

    @Test
    void bytes_beyondTheMost_areOverloaded() throws Exception {
        NodeServer server = serve(options -> options.calls(100, 300));
        groups.hold();
        try (RawLink link = link(server).hello(Wire.FORMAT)) {
            link.send(Wire.APPLY, applied(1, 1, batch("a", "b", "c")));
            link.send(Wire.APPLY, applied(2, 1, batch("d", "e", "f")));
            assertThat(link.failure(2, Wire.code(FailureKind.OVERLOADED))).contains("bytes");
            groups.release();
            link.next(Wire.APPLIED);
        }
    }

    @Test
    void group_thatIsNone_isADefectOfTheCall() throws Exception {
        try (RawLink link = link(serve(options -> options)).hello(Wire.FORMAT)) {
            link.send(Wire.APPLY, applied(7, 3, batch("a")));
            assertThat(link.failure(7, Wire.DEFECT)).contains("no group 3");
            link.send(Wire.READ, read(8)).next(Wire.ANSWER);
        }
    }

    @Test
    void commands_thatCanNotBeRead_areADefectOfTheCall() throws Exception {
        Random random = new Random(1);
        try (RawLink link = link(serve(options -> options)).hello(Wire.FORMAT)) {
            for (int id = 1; id <= 50; id++) {
                byte[] garbage = new byte[random.nextInt(200)];
                random.nextBytes(garbage);
                int call = id;
                link.send(Wire.APPLY, body -> {
                    body.writeLong(call);
                    body.writeByte(1);
                    body.writeInt(1_000);
                    body.write(garbage);
                });
                assertThat(link.failure(id, Wire.DEFECT)).contains("can't be read");
            }
            link.send(Wire.READ, read(99)).next(Wire.ANSWER);
        }
        assertThat(groups.asked()).isEqualTo(1);
    }

    @Test
    void questions_thatCanNotBeRead_areADefectOfTheCall() throws Exception {
        Random random = new Random(2);
        try (RawLink link = link(serve(options -> options)).hello(Wire.FORMAT)) {
            for (int id = 1; id <= 50; id++) {
                byte[] garbage = new byte[random.nextInt(60)];
                random.nextBytes(garbage);
                int call = id;
                link.send(Wire.READ, body -> {
                    body.writeLong(call);
                    body.writeByte(1);
                    body.writeInt(1_000);
                    body.writeBoolean(false);
                    body.write(garbage);
                });
                assertThat(link.failure(id, Wire.DEFECT)).contains("can't be read");
            }
            link.send(Wire.READ, read(99)).next(Wire.ANSWER);
        }
    }

    @Test
    void sidecar_thatGoesAwayInACall_leavesNothingBehind() throws Exception {
        NodeServer server = serve(options -> options);
        groups.hold();
        RawLink link = link(server).hello(Wire.FORMAT);
        link.send(Wire.APPLY, applied(1, 1, batch("a")));
        awaitTrue("it is under way", () -> groups.asked() == 1);
        link.close();
        awaitTrue("it is gone", () -> server.links() == 0);
        groups.release();
        assertServes(server);
        NodeGroups other = connect(address(server));
        assertThat(StoreCalls.await(get(other, 1, "a", TRY_MILLIS)).toString())
                .as("what was sent was applied")
                .contains("version=1");
        StoreCalls.await(server.close());
    }

    // ---- bytes that are no messages

    @Test
    void pack_thatIsNone_endsTheLinkWithASentence() throws Exception {
        NodeServer server = serve(options -> options);
        for (Buffer pack : new Buffer[] {
            Buffer.buffer().appendInt(-1),
            Buffer.buffer().appendInt(1_000).appendByte((byte) Wire.PING),
            Buffer.buffer(new byte[3]),
            Buffer.buffer().appendInt(1).appendByte((byte) 99),
            Buffer.buffer().appendInt(3).appendByte((byte) Wire.PING).appendShort((short) 1)
        }) {
            try (RawLink link = link(server).hello(Wire.FORMAT)) {
                assertThat(link.send(pack).refusal()).contains("not understood");
            }
        }
        assertServes(server);
    }

    @Test
    void pack_thatIsTooLong_endsTheLinkWithASentence() throws Exception {
        NodeServer server = serve(options -> options.messageBytesMax(2 * 1024 * 1024));
        try (RawLink link = link(server).hello(Wire.FORMAT)) {
            assertThat(link.send(Buffer.buffer(new byte[3 * 1024 * 1024])).refusal())
                    .contains("too long");
        }
        assertServes(server);
    }

    @Test
    void garbage_onThePort_endsThatConnectionOnly() throws Exception {
        NodeServer server = serve(options -> options);
        Random random = new Random(3);
        for (int i = 0; i < 10; i++) {
            byte[] garbage = new byte[1 + random.nextInt(5_000)];
            random.nextBytes(garbage);
            NetSocket socket = StoreCalls.await(vertx.createNetClient().connect(server.port(), NodeCluster.HOST));
            CompletableFuture<Void> closed = new CompletableFuture<>();
            socket.closeHandler(closed::complete).exceptionHandler(failure -> {});
            socket.write(Buffer.buffer(garbage));
            socket.write("\r\n\r\n");
            closed.get(20, TimeUnit.SECONDS);
        }
        assertServes(server);
    }

    @Test
    void compressedMessage_withoutSayingHow_harmsNobodyElse() throws Exception {
        NodeServer server = serve(options -> options);
        NodeGroups other = connect(address(server));
        try (RawLink link = link(server).hello(Wire.FORMAT)) {
            link.next(Wire.LEADS);
            link.sendCompressed(Buffer.buffer("abc"));
            assertThat(outcome(create(other, 1, "a"))).isInstanceOf(Outcome.Applied.class);
        }
        awaitTrue("it is gone", () -> server.links() == 1);
    }

    // ---- the end

    @Test
    void close_withASidecarThatDoesNotGo_isBounded() throws Exception {
        NodeServer server = serve(options -> options.drainTimeout(Duration.ofMillis(200)));
        try (RawLink link = link(server).hello(Wire.FORMAT)) {
            link.next(Wire.LEADS);
            var closed = server.close();
            link.next(Wire.LEAVING);
            StoreCalls.await(closed);
            link.next(RawLink.ENDED);
        }
    }

    @Test
    void shut_twice_isAsGoodAsOnce() {
        NodeServer server = serve(options -> options);
        assertServes(server);
        StoreCalls.await(server.shut());
        StoreCalls.await(server.shut());
        StoreCalls.await(server.close());
    }

    @Test
    void port_inUse_isNamed() throws Exception {
        NodeServer server = serve(options -> options);
        Throwable failure = failure(NodeServer.start(vertx, NodeServerOptions.of("localhost", server.port()), groups));
        assertThat(failure)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("can't listen for sidecars on localhost:" + server.port());
    }
}
