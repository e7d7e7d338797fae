package dev.tandem.robustness;

import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.member.MemberGroups;
import dev.tandem.store.raft.member.RaftMember;
import dev.tandem.store.raft.member.RaftMemberOptions;
import dev.tandem.store.raft.member.TaskService;
import dev.tandem.store.raft.node.NodeGroups;
import dev.tandem.store.raft.node.NodeOptions;
import dev.tandem.store.raft.node.NodeServer;
import dev.tandem.store.raft.node.NodeServerOptions;
import dev.tandem.task.Limits;
import dev.tandem.testkit.FreePorts;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Three Raft members in this process, each with its folder, and with a server for sidecars. */
final class RaftMembers implements RealStore {
    static final int GROUPS = 3;

    private static final int MEMBERS = 3;
    private static final long START_SECONDS = 60;
    private static final String HOST = "127.0.0.1";

    private final Vertx vertx;
    private final String cluster = "moves-" + UUID.randomUUID();
    private final List<Integer> ports = FreePorts.list(MEMBERS);
    private final List<RaftMember> members = new ArrayList<>();
    private final List<NodeServer> servers = new ArrayList<>();
    private final List<TaskStore> stores = new ArrayList<>();
    private final List<NodeGroups> links = new ArrayList<>();

    private RaftMembers(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Starts them, and waits until they can be used. */
    static RaftMembers start(Vertx vertx, Path folder) {
        RaftMembers started = new RaftMembers(vertx);
        // A member waits for others in its start.
        List<CompletableFuture<Void>> starts = started.ports.stream()
                .map(port -> CompletableFuture.runAsync(
                        () -> started.startMember(port, folder.resolve("member-" + port)),
                        start -> new Thread(start).start()))
                .toList();
        starts.forEach(start -> start.orTimeout(START_SECONDS, TimeUnit.SECONDS).join());
        return started;
    }

    private void startMember(int port, Path folder) {
        List<String> all = ports.stream().map(each -> HOST + ":" + each).toList();
        TaskService tasks = new TaskService(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        RaftMemberOptions options =
                RaftMemberOptions.of(cluster, HOST, port, all, folder).withGroups(GROUPS);
        try {
            RaftMember member = RaftMember.start(options, Map.of(TaskService.NAME, tasks), failure -> {});
            synchronized (this) {
                members.add(member);
            }
            member.awaitReady(TimeUnit.SECONDS.toMillis(START_SECONDS));
            NodeServer server = StoreCalls.await(NodeServer.start(
                    vertx, NodeServerOptions.of(HOST, FreePorts.next()), new MemberGroups(member, tasks)));
            synchronized (this) {
                servers.add(server);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (TimeoutException | InterruptedException e) {
            throw new IllegalStateException("a Raft member did not start", e);
        }
    }

    @Override
    public TaskStore open() {
        List<String> addresses =
                servers.stream().map(server -> HOST + ":" + server.port()).toList();
        NodeGroups link = StoreCalls.await(NodeGroups.connect(vertx, NodeOptions.of(addresses)));
        TaskStore store = new RaftTaskStore(vertx, link);
        links.add(link);
        stores.add(store);
        return store;
    }

    @Override
    public void close() {
        stores.forEach(store -> StoreCalls.await(store.close()));
        links.forEach(link -> StoreCalls.await(link.close()));
        servers.forEach(server -> StoreCalls.await(server.close()));
        members.forEach(member -> {
            try {
                member.terminate();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
