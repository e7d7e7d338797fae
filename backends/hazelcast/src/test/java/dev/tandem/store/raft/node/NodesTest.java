package dev.tandem.store.raft.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.store.FailureKind;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.node.NodesStatus.State;
import dev.tandem.task.Outcome;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.grpc.server.GrpcServer;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Which nodes are found under the addresses that were given, and which of them are used. */
class NodesTest extends ScriptedNodes {
    private static final Duration SOON = Duration.ofMillis(20);

    private final ScriptedGroups one = ScriptedGroups.create(2);
    private final ScriptedGroups two = one.another();
    private final Map<String, List<String>> names = new ConcurrentHashMap<>();

    private NodeOptions.Builder resolving(NodeOptions.Builder options) {
        return options.resolve(SOON, host -> {
            List<String> ips = names.get(host);
            return ips == null ? Future.failedFuture(new UnknownHostException(host)) : Future.succeededFuture(ips);
        });
    }

    private static NodeServerOptions at(String host, int port) {
        return NodeServerOptions.of(host, port);
    }

    private static long up(NodeGroups groups) {
        return groups.status().nodes().stream()
                .filter(node -> node.state() == State.UP)
                .count();
    }

    // ---- names

    @Test
    void name_ofManyAddresses_findsAllNodes() throws Exception {
        NodeServer first = serve(one, at("127.0.0.1", 0));
        serve(two, at("127.0.0.2", first.port()));
        names.put("nodes.test", List.of("127.0.0.1", "127.0.0.2"));
        NodeGroups groups = connect(List.of("nodes.test:" + first.port()), this::resolving);
        awaitTrue("both are up", () -> up(groups) == 2);
        assertThat(groups.status().nodes().get(1).address()).isEqualTo("nodes.test:" + first.port() + " (127.0.0.2)");
        assertThat(groups.status().cluster()).isEqualTo("scripted");
    }

    @Test
    void name_thatStandsForAnotherAddress_isFollowed() throws Exception {
        NodeServer first = serve(one, at("127.0.0.1", 0));
        int port = first.port();
        names.put("nodes.test", List.of("127.0.0.1"));
        NodeGroups groups = connect(List.of("nodes.test:" + port), this::resolving);
        StoreCalls.await(first.shut());
        serve(one, at("127.0.0.3", port));
        Future<TaskGroups.Applied> call = create(groups, 1, "a");

        names.put("nodes.test", List.of("127.0.0.3"));

        assertThat(outcome(call)).isInstanceOf(Outcome.Applied.class);
        awaitTrue(
                "the address from before is forgotten",
                () -> groups.status().nodes().size() == 1);
    }

    @Test
    void node_thatIsTakenOutOfItsName_servesUntilItGoes() throws Exception {
        NodeServer first = serve(one, at("127.0.0.1", 0));
        serve(two, at("127.0.0.2", first.port()));
        names.put("nodes.test", List.of("127.0.0.1", "127.0.0.2"));
        NodeGroups groups = connect(List.of("nodes.test:" + first.port()), this::resolving);
        awaitTrue("both are up", () -> up(groups) == 2);
        names.put("nodes.test", List.of("127.0.0.2"));
        one.lead(1, 1, 2);
        awaitTrue("it leads", () -> !node(groups, 0).leads().isEmpty());
        assertThat(outcome(create(groups, 1, "a"))).isInstanceOf(Outcome.Applied.class);
        assertThat(one.asked()).isEqualTo(1);

        StoreCalls.await(first.shut());

        awaitTrue("it is forgotten", () -> groups.status().nodes().size() == 1);
        assertThat(outcome(create(groups, 1, "b"))).isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void name_thatCanNotBeLookedUpForAWhile_losesNoNode() throws Exception {
        NodeServer first = serve(one, at("127.0.0.1", 0));
        Proxy proxy = proxy(first);
        names.put("nodes.test", List.of("127.0.0.1"));
        NodeGroups groups = connect(List.of("nodes.test:" + proxy.port()), this::resolving);
        names.clear();
        StoreCalls.await(first.shut());
        proxy.leadTo(serve(one).port());
        assertThat(outcome(create(groups, 1, "a"))).isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void node_underTwoNames_isUsedOnce() throws Exception {
        NodeServer only = serve(
                one, NodeServerOptions.builder("0.0.0.0", 0).insecure(true).build());
        NodeGroups groups = connect(List.of("127.0.0.1:" + only.port(), "127.0.0.2:" + only.port()), o -> o);
        awaitTrue(
                "it is known for one",
                () -> groups.status().nodes().stream().anyMatch(node -> node.state() == State.DUPLICATE));
        assertThat(up(groups)).isEqualTo(1);
        assertThat(only.links()).isEqualTo(1);
        NodesStatus.Node duplicate = groups.status().nodes().stream()
                .filter(node -> node.state() == State.DUPLICATE)
                .findFirst()
                .orElseThrow();
        assertThat(duplicate.why()).contains("it is the node at 127.0.0.");
    }

    // ---- who fits

    /** However long it takes until all have answered. */
    private static NodeOptions.Builder patient(NodeOptions.Builder options) {
        return options.startGrace(Duration.ofSeconds(8));
    }

    @Test
    void clusters_thatAreMixed_areAnErrorAtTheStart() throws Exception {
        two.cluster = "another";
        two.clusterId = new UUID(2, 2);
        assertThat(refusal(List.of(address(serve(one)), address(serve(two))), NodesTest::patient))
                .contains("scripted", "another", "name the nodes of one cluster only");
    }

    @Test
    void clusters_ofOneNameThatAreMixed_areAnErrorAtTheStart() throws Exception {
        two.clusterId = new UUID(2, 2);
        assertThat(refusal(List.of(address(serve(one)), address(serve(two))), NodesTest::patient))
                .contains("another cluster", two.clusterId.toString());
    }

    @Test
    void cluster_thatIsNotTheOneWanted_isRefused() throws Exception {
        assertThat(refusal(List.of(address(serve(one))), options -> options.cluster("wanted")))
                .contains("it belongs to the cluster scripted, and wanted is wanted");
    }

    @Test
    void node_thatTurnsForeign_isLeftOut() throws Exception {
        NodeServer second = serve(two);
        Proxy proxy = proxy(second);
        NodeGroups groups = connect(address(serve(one)), proxy.address());
        awaitTrue("both are up", () -> up(groups) == 2);
        StoreCalls.await(second.shut());
        ScriptedGroups foreign = ScriptedGroups.create(2);
        foreign.clusterId = new UUID(3, 3);
        proxy.leadTo(serve(foreign).port());
        awaitTrue("it is refused", () -> node(groups, 1).state() == State.REFUSED);
        assertThat(node(groups, 1).why()).contains("another cluster");
        assertThat(outcome(create(groups, 1, "a"))).isInstanceOf(Outcome.Applied.class);
        assertThat(foreign.asked()).isZero();
    }

    @Test
    void node_withAnotherCountOfGroupsOrDurability_isLeftOut() throws Exception {
        ScriptedGroups more = ScriptedGroups.create(3);
        two.isOnDisk = false;
        NodeServer withMore = serve(more);
        NodeServer inMemory = serve(two);
        Proxy toMore = proxy(withMore);
        Proxy toTwo = proxy(inMemory);
        toMore.leadTo(Proxy.NOBODY);
        toTwo.leadTo(Proxy.NOBODY);
        NodeGroups groups = connect(address(serve(one)), toMore.address(), toTwo.address());
        awaitTrue("the first one met is up", () -> up(groups) == 1);

        toMore.leadTo(withMore.port());
        toTwo.leadTo(inMemory.port());

        awaitTrue("one is refused", () -> node(groups, 1).state() == State.REFUSED);
        awaitTrue("the other, too", () -> node(groups, 2).state() == State.REFUSED);
        assertThat(node(groups, 1).why()).contains("it has 3 groups, and the other nodes have 2");
        assertThat(node(groups, 2).why()).contains("does not flush", "set the same durability on all of them");
        assertThat(groups.isOnDisk()).isTrue();
    }

    @Test
    void node_ofANewerFormat_isRefusedWithASentence() throws Exception {
        GrpcServer grpc = GrpcServer.server(vertx);
        grpc.callHandler(Wire.ON_SERVER, request -> {
            Outbox out = new Outbox((ContextInternal) vertx.getOrCreateContext(), request.response());
            UUID any = UUID.randomUUID();
            out.send(Wire.HELLO, new NodeHello(2, "9.9", "scripted", any, any, any, 2, true, 1)::write);
        });
        HttpServer newer =
                StoreCalls.await(vertx.createHttpServer().requestHandler(grpc).listen(0, NodeCluster.HOST));
        assertThat(refusal(
                        List.of(NodeCluster.HOST + ":" + newer.actualPort()), options -> options.client("me", "1.0")))
                .contains("9.9", "format 2", "1.0", "bring the sidecar to the newer version");
    }

    @Test
    void server_thatIsNoNode_isNamedSo() throws Exception {
        HttpServer other = StoreCalls.await(vertx.createHttpServer()
                .requestHandler(GrpcServer.server(vertx))
                .listen(0, NodeCluster.HOST));
        assertThat(refusal(
                        List.of(NodeCluster.HOST + ":" + other.actualPort()),
                        options -> options.startTimeout(Duration.ofMillis(500))))
                .contains("no store node");
    }

    // ---- the start

    @Test
    void start_withoutAnyNode_saysWhyOfEach() throws Exception {
        names.put("known.test", List.of("127.0.0.1"));
        assertThat(refusal(
                        List.of("known.test:" + Proxy.NOBODY, "unknown.test:7422"),
                        options -> resolving(options).startTimeout(Duration.ofMillis(500))))
                .contains("known.test:" + Proxy.NOBODY + " (127.0.0.1): no connection could be made")
                .contains("unknown.test:7422: its name is not known to DNS");
    }

    @Test
    void start_withOneOfSeveral_succeedsAndFindsTheOthersLater() throws Exception {
        NodeServer late = serve(two);
        Proxy proxy = proxy(late);
        proxy.leadTo(Proxy.NOBODY);
        NodeGroups groups = connect(address(serve(one)), proxy.address());
        assertThat(up(groups)).isEqualTo(1);
        proxy.leadTo(late.port());
        awaitTrue("the other is found", () -> up(groups) == 2);
    }

    @Test
    void address_thatIsNone_isRefused() {
        assertThatThrownBy(() -> NodeOptions.of(List.of())).hasMessageContaining("no node is named");
        for (String bad : List.of("node", "node:", ":7422", "node:x", "node:0", "node:70000", "::1:7422")) {
            assertThatThrownBy(() -> NodeOptions.of(List.of(bad)))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"" + bad + "\"");
        }
        assertThat(NodeAddress.parse("[::1]:7422")).hasToString("[::1]:7422");
    }

    // ---- bounds

    @Test
    void calls_beyondTheMost_areOverloaded() throws Exception {
        one.hold();
        NodeGroups groups = connect(List.of(address(serve(one))), options -> options.calls(2, 1024 * 1024));
        Future<Object> first = get(groups, 1, "a", TRY_MILLIS);
        Future<Object> second = get(groups, 1, "a", TRY_MILLIS);
        assertThat(kind(get(groups, 1, "a", TRY_MILLIS))).isEqualTo(FailureKind.OVERLOADED);
        assertThat(groups.status().counts().overloaded()).isEqualTo(1);
        awaitTrue("two came", () -> one.asked() == 2);
        one.release();
        StoreCalls.await(first);
        StoreCalls.await(second);
        StoreCalls.await(get(groups, 1, "a", TRY_MILLIS));
    }

    @Test
    void bytes_beyondTheMost_areOverloadedUnlessOneCallAlone() throws Exception {
        one.hold();
        NodeGroups groups = connect(List.of(address(serve(one))), options -> options.calls(10, 300));
        Future<TaskGroups.Applied> first = apply(groups, 1, batch("a", "b", "c", "d", "e", "f"), TRY_MILLIS);
        assertThat(kind(create(groups, 1, "g"))).isEqualTo(FailureKind.OVERLOADED);
        awaitTrue("one came", () -> one.asked() == 1);
        one.release();
        assertThat(StoreCalls.await(first).outcomes()).hasSize(6);
    }
}
