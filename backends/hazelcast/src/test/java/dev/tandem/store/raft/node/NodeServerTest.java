package dev.tandem.store.raft.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeServerTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        StoreCalls.await(vertx.close());
    }

    @Test
    void shut_withALink_ends() {
        NodeServer server = StoreCalls.await(
                NodeServer.start(vertx, NodeServerOptions.of("127.0.0.1", 0), ScriptedGroups.create(1)));
        NodeGroups groups =
                StoreCalls.await(NodeGroups.connect(vertx, NodeOptions.of(List.of("127.0.0.1:" + server.port()))));
        assertThat(groups.count()).isEqualTo(1);
        StoreCalls.await(server.shut());
        StoreCalls.await(server.shut());
        StoreCalls.await(groups.close());
    }
}
