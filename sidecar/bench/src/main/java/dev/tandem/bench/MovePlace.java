package dev.tandem.bench;

import dev.tandem.client.ClientOptions;
import dev.tandem.client.TandemClient;
import dev.tandem.v1.TaskServiceClient;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Two stores and the sidecars over both, each in a process of its own on this machine. Closed with the stage.
 *
 * @param sidecars one if a SQLite file is among the stores, which belongs to one process; else two
 * @param token what the admin port asks operators for
 * @param tokenFile where it is
 */
record MovePlace(List<SidecarProcess> sidecars, List<TaskServiceClient> clients, String token, Path tokenFile) {
    private static final int TOKEN_BYTES = 24;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(15);

    MovePlace {
        sidecars = List.copyOf(sidecars);
        clients = List.copyOf(clients);
    }

    /**
     * Starts everything, and waits until it answers.
     *
     * @param name of the folder that it is in, in the stage's
     * @param source where namespaces are at first
     * @param redis gives the program of a Redis server, where one is needed
     * @param closings what is started is closed with them
     */
    static MovePlace start(
            Stage stage,
            Program program,
            String name,
            MoveStore source,
            MoveStore target,
            Supplier<Path> redis,
            Closings closings) {
        Map<MoveStore, String> stores = new Starting(stage, program, name, closings).stores(source, target, redis);
        byte[] secret = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(secret);
        String token = HexFormat.of().formatHex(secret);
        Path file = write(stage.folder().resolve(name + "-admin-token"), token);
        int count = stores.containsKey(MoveStore.SQLITE) ? 1 : 2;
        stage.progress().step(count == 1 ? "starting a sidecar" : "starting two sidecars");
        List<String> flags = List.of(
                "--store",
                stores.getOrDefault(source, ""),
                "--stores",
                stores.getOrDefault(target, ""),
                "--admin-token-file",
                file.toString());
        List<SidecarProcess> sidecars = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            SidecarProcess sidecar = SidecarProcess.launch(stage, program, name + "-sidecar-" + i, flags);
            closings.add(sidecar::close);
            sidecars.add(sidecar);
        }
        sidecars.forEach(sidecar -> sidecar.awaitReady(stage));
        return new MovePlace(
                sidecars,
                sidecars.stream()
                        .map(sidecar -> client(stage, sidecar, closings))
                        .toList(),
                token,
                file);
    }

    /** Where the stores are started. */
    private record Starting(Stage stage, Program program, String name, Closings closings) {
        /** Starts them, and tells how each is called in a sidecar's configuration. */
        Map<MoveStore, String> stores(MoveStore source, MoveStore target, Supplier<Path> redis) {
            Set<MoveStore> wanted = EnumSet.of(source, target);
            Map<MoveStore, String> stores = new EnumMap<>(MoveStore.class);
            // Asked for before anything is started, as it may not be there.
            Path server = wanted.contains(MoveStore.REDIS) ? redis.get() : null;
            // These take longest, and the others start meanwhile.
            StoreNodes nodes = wanted.contains(MoveStore.NODES) ? nodes() : null;
            if (nodes != null) {
                stores.put(MoveStore.NODES, nodes.store());
            }
            if (server != null) {
                stores.put(MoveStore.REDIS, redis(server));
            }
            if (wanted.contains(MoveStore.SQLITE)) {
                stores.put(MoveStore.SQLITE, "sqlite:" + stage.folder().resolve(name + ".db"));
            }
            if (nodes != null) {
                nodes.nodes().forEach(StoreNodes.Node::awaitReady);
            }
            return stores;
        }

        private StoreNodes nodes() {
            stage.progress().step("starting three store nodes");
            StoreNodes nodes = StoreNodes.launch(stage, program, name + "-nodes", RaftPlace.Durability.FSYNC);
            closings.add(nodes::close);
            return nodes;
        }

        private String redis(Path server) {
            stage.progress().step("starting a Redis server");
            RedisProcess started =
                    RedisProcess.start(server, RedisProcess.Fsync.EVERYSEC, stage.folder(name + "-redis"));
            closings.add(started::close);
            started.awaitReady(stage.vertx());
            return started.url();
        }
    }

    private static Path write(Path file, String token) {
        try {
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            return Files.writeString(file, token + "\n");
        } catch (IOException e) {
            throw new BenchException("can't write " + file + ": " + e.getMessage(), e);
        }
    }

    private static TaskServiceClient client(Stage stage, SidecarProcess sidecar, Closings closings) {
        SocketAddress address = sidecar.address();
        TandemClient client = TandemClient.connect(
                stage.vertx(), ClientOptions.DEFAULT.withHostAndPort(address.host(), address.port()));
        closings.add(() -> Waiting.on(client.shutdown(), CLOSE_TIMEOUT, "the end of the connections"));
        return client.tasks();
    }
}
