package dev.tandem.bench;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Three store nodes, each in a process of its own, on this machine. */
final class StoreNodes implements AutoCloseable {
    /** One of them, which can be ended and started again. */
    final class Node {
        private final RaftPlace place;
        private final int port = ChildProcess.freePort();
        private final int adminPort = ChildProcess.freePort();
        private @Nullable ChildProcess process;

        private Node(RaftPlace place) {
            this.place = place;
        }

        String name() {
            return place.name();
        }

        String address() {
            return "127.0.0.1:" + port;
        }

        /** Starts it; it does not answer yet. */
        void launch() {
            List<String> command = new ArrayList<>(program.command("node"));
            command.addAll(List.of("--node-listen", address()));
            command.addAll(List.of("--node-data", place.folder().toString()));
            command.addAll(List.of("--admin", "127.0.0.1:" + adminPort));
            command.addAll(place.flags());
            process = ChildProcess.start(place.name(), command, stage.folder());
        }

        /**
         * Waits until it is ready to serve.
         *
         * @return how long after its start
         */
        long awaitReady() {
            return process().awaitAnswer(() -> admin.get(adminPort, "/readyz"));
        }

        ChildProcess process() {
            if (process == null) {
                throw new IllegalStateException(name() + " was not started");
            }
            return process;
        }

        /** What it tells of the groups. */
        Future<JsonObject> raft() {
            return admin.get(adminPort, "/raft").map(body -> body.toJsonObject());
        }
    }

    private final Stage stage;
    private final Program program;
    private final Admin admin;
    private final List<Node> nodes;

    private StoreNodes(Stage stage, Program program, List<RaftPlace> places) {
        this.stage = stage;
        this.program = program;
        this.admin = new Admin(stage.vertx());
        this.nodes = places.stream().map(Node::new).toList();
    }

    /** Starts three nodes of a new cluster; they do not answer yet. */
    static StoreNodes launch(Stage stage, Program program, String name, RaftPlace.Durability durability) {
        StoreNodes nodes = new StoreNodes(stage, program, RaftPlace.cluster(stage, name, durability));
        try {
            nodes.nodes.forEach(Node::launch);
            return nodes;
        } catch (RuntimeException e) {
            nodes.close();
            throw e;
        }
    }

    List<Node> nodes() {
        return nodes;
    }

    /** What a sidecar over them is told. */
    String store() {
        return "tandem://" + nodes.stream().map(Node::address).collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        // All at once, lest each that is left looks for a new leader first.
        nodes.stream()
                .filter(node -> node.process != null)
                .forEach(node -> node.process().end());
        nodes.stream()
                .filter(node -> node.process != null)
                .forEach(node -> node.process().close());
    }
}
