package dev.tandem.bench;

import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One of the ways that are compared, with its processes up: calls through a sidecar, and all that these keep busy.
 *
 * @param processes the sidecar first
 */
record Contender(Way way, TaskCalls calls, List<Part> processes) {
    static final String NAMESPACE = "bench";

    /**
     * A process.
     *
     * @param firstNanos from its first start to its first answer
     * @param ready waits for its first answer after another start, and gives the time from that start
     */
    record Part(String name, ChildProcess process, long firstNanos, LongSupplier ready) {
        static Part of(String name, ChildProcess process, LongSupplier ready) {
            return new Part(name, process, ready.getAsLong(), ready);
        }

        /** Ends it, starts it once more and waits until it answers. */
        long startAgain() {
            process.close();
            process.startAgain();
            return ready.getAsLong();
        }
    }

    /**
     * Starts one.
     *
     * @param redis names the program of a Redis server, if one is needed
     * @param closings where its processes are closed
     */
    static Contender start(Stage stage, Program program, Way way, Supplier<Path> redis, Closings closings) {
        List<Part> stores = new ArrayList<>();
        List<SidecarProcess> sidecars = switch (way) {
            case SQLITE -> {
                Path file = stage.folder(way.label()).resolve("tandem.db");
                yield List.of(sidecar(stage, program, way, "sqlite:" + file));
            }
            case REDIS_ALWAYS, REDIS_NONE -> {
                RedisProcess.Fsync fsync =
                        way == Way.REDIS_ALWAYS ? RedisProcess.Fsync.ALWAYS : RedisProcess.Fsync.NONE;
                yield List.of(sidecar(stage, program, way, redis(stage, redis.get(), fsync, closings, stores)));
            }
            case NODES_FSYNC, NODES_NONE ->
                List.of(sidecar(stage, program, way, nodes(stage, program, way, closings, stores)));
            case MEMBERS_FSYNC, MEMBERS_NONE -> members(stage, program, way);
            default -> throw new IllegalArgumentException(way.label());
        };
        sidecars.forEach(sidecar -> closings.add(sidecar::close));
        List<Part> processes = new ArrayList<>();
        for (SidecarProcess sidecar : sidecars) {
            String name = processes.isEmpty() ? "sidecar" : "member";
            processes.add(Part.of(name, sidecar.process(), () -> sidecar.awaitReady(stage)));
        }
        processes.addAll(stores);
        SocketAddress called = sidecars.get(0).address();
        return new Contender(way, new ApiCalls(stage.wire(called, 1), () -> NAMESPACE), processes);
    }

    private static SidecarProcess sidecar(Stage stage, Program program, Way way, String store) {
        return SidecarProcess.launch(stage, program, way.label() + "-sidecar", List.of("--store", store));
    }

    /** Sidecars that are members: all are started before one of them is waited for. */
    private static List<SidecarProcess> members(Stage stage, Program program, Way way) {
        List<SidecarProcess> members = new ArrayList<>();
        for (RaftPlace place : RaftPlace.cluster(stage, way.label(), durability(way))) {
            List<String> flags = new ArrayList<>(List.of("--store", "raft:" + place.folder()));
            flags.addAll(place.flags());
            members.add(SidecarProcess.launch(stage, program, place.name(), flags));
        }
        return members;
    }

    private static String nodes(Stage stage, Program program, Way way, Closings closings, List<Part> stores) {
        StoreNodes nodes = StoreNodes.launch(stage, program, way.label(), durability(way));
        closings.add(nodes::close);
        for (StoreNodes.Node node : nodes.nodes()) {
            stores.add(Part.of("node", node.process(), node::awaitReady));
        }
        return nodes.store();
    }

    private static RaftPlace.Durability durability(Way way) {
        return way == Way.NODES_FSYNC || way == Way.MEMBERS_FSYNC
                ? RaftPlace.Durability.FSYNC
                : RaftPlace.Durability.NONE;
    }

    private static String redis(
            Stage stage, Path program, RedisProcess.Fsync fsync, Closings closings, List<Part> processes) {
        RedisProcess redis = RedisProcess.start(program, fsync, stage.folder("redis-" + fsync.label()));
        closings.add(redis::close);
        processes.add(Part.of("redis", redis.process(), () -> redis.awaitReady(stage.vertx())));
        return redis.url();
    }
}
