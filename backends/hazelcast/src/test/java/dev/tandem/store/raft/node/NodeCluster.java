package dev.tandem.store.raft.node;

import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.member.TaskCluster;
import dev.tandem.testkit.FreePorts;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Three members in this process, each with a server for sidecars. */
public final class NodeCluster implements AutoCloseable {
    static final String HOST = "127.0.0.1";

    private final Vertx vertx = Vertx.vertx();
    private final TaskCluster members;
    private final List<NodeServer> servers = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();

    private NodeCluster(TaskCluster members) {
        this.members = members;
    }

    public static NodeCluster start(Path folder, int groups) throws Exception {
        NodeCluster cluster = new NodeCluster(TaskCluster.start(folder, groups));
        for (int member = 0; member < TaskCluster.MEMBERS; member++) {
            NodeServer server = cluster.serve(member, NodeServerOptions.of(HOST, FreePorts.next()));
            cluster.servers.add(server);
            cluster.ports.add(server.port());
        }
        return cluster;
    }

    NodeServer serve(int member, NodeServerOptions options) {
        return StoreCalls.await(NodeServer.start(vertx, options, members.groups(member)));
    }

    public TaskCluster members() {
        return members;
    }

    NodeServer server(int member) {
        return servers.get(member);
    }

    String address(int member) {
        return HOST + ":" + ports.get(member);
    }

    NodeOptions.Builder options() {
        List<String> addresses = new ArrayList<>();
        for (int member = 0; member < TaskCluster.MEMBERS; member++) {
            addresses.add(address(member));
        }
        return NodeOptions.builder(addresses);
    }

    NodeGroups connect(Vertx on) {
        return connect(on, options -> options);
    }

    NodeGroups connect(Vertx on, UnaryOperator<NodeOptions.Builder> change) {
        return StoreCalls.await(NodeGroups.connect(on, change.apply(options()).build()));
    }

    /** A store over the network; it closes its connections when it is closed. */
    public LinkedStore store(Vertx on) {
        NodeGroups groups = connect(on);
        return new LinkedStore(new RaftTaskStore(on, groups), groups);
    }

    /** Ends a member and its server as a crash would. */
    void terminate(int member) throws Exception {
        StoreCalls.await(servers.get(member).shut());
        members.terminate(member);
    }

    /** Starts the members that do not run, and the servers. */
    void startMissing() throws Exception {
        members.startMissing();
        for (int member = 0; member < TaskCluster.MEMBERS; member++) {
            StoreCalls.await(servers.get(member).shut());
            serveAgain(member);
        }
    }

    /** Has a member whose server was closed serve at the same port. */
    void serveAgain(int member) {
        NodeServerOptions options = NodeServerOptions.of(HOST, ports.get(member));
        servers.set(member, serve(member, options));
    }

    /** Ends all of them at once, and starts them with what they have on disk. */
    public void restart() throws Exception {
        servers.forEach(server -> StoreCalls.await(server.shut()));
        members.restart();
        for (int member = 0; member < TaskCluster.MEMBERS; member++) {
            serveAgain(member);
        }
    }

    @Override
    public void close() {
        servers.forEach(server -> StoreCalls.await(server.shut()));
        members.close();
        StoreCalls.await(vertx.close());
    }
}
