package dev.tandem.bench;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Three store nodes, each in a process of its own, on this machine. */
final class StoreNodes implements AutoCloseable {
    /** One of them, which can be ended and started again. */
    final class Node {
        private final String name;
        private final int port;
        private final int adminPort;
        private final ChildProcess process;

        private Node(RaftPlace place) {
            name = place.name();
            port = ChildProcess.freePort();
            adminPort = ChildProcess.freePort();
            List<String> command = new ArrayList<>(program.command("node"));
            command.addAll(List.of("--node-listen", address()));
            command.addAll(List.of("--node-data", place.folder().toString()));
            command.addAll(List.of("--admin", "127.0.0.1:" + adminPort));
            command.addAll(place.flags());
            process = ChildProcess.start(name, command, stage.folder());
        }

        String name() {
            return name;
        }

        String address() {
            return "127.0.0.1:" + port;
        }

        /**
         * Waits until it is ready to serve.
         *
         * @return how long after its start
         */
        long awaitReady() {
            return process.awaitAnswer(() -> admin.get(adminPort, "/readyz"));
        }

        ChildProcess process() {
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
    private final List<Node> nodes = new ArrayList<>();

    private StoreNodes(Stage stage, Program program) {
        this.stage = stage;
        this.program = program;
        this.admin = new Admin(stage.vertx());
    }

    /** Starts three nodes of a new cluster; they do not answer yet. */
    static StoreNodes launch(Stage stage, Program program, String name, RaftPlace.Durability durability) {
        StoreNodes nodes = new StoreNodes(stage, program);
        try {
            RaftPlace.cluster(stage, name, durability).forEach(place -> nodes.nodes.add(nodes.new Node(place)));
            return nodes;
        } catch (RuntimeException e) {
            nodes.close();
            throw e;
        }
    }

    List<Node> nodes() {
        return nodes;
    }

    List<String> addresses() {
        return nodes.stream().map(Node::address).toList();
    }

    /** What a sidecar over them is told. */
    String store() {
        return "tandem://" + String.join(",", addresses());
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
