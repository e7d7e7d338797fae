package dev.tandem.app.sidecar;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.testkit.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Sidecars that are Raft members, in this process: each with a folder and a port that it keeps. */
public final class RaftSidecars implements AutoCloseable {
    /** For three starts or ends at once, on a machine that is busy with other things. */
    private static final int WAIT_SECONDS_MAX = 120;

    private static final String HOST = "127.0.0.1";

    private final Vertx vertx;
    private final Path folder;
    private final String cluster = "test-" + UUID.randomUUID();
    private final List<Integer> ports = FreePorts.list(3);
    private final Set<Integer> lost = new HashSet<>();
    private final Map<Integer, Sidecar> running = new HashMap<>();

    /** Prepares three. */
    public RaftSidecars(Vertx vertx, Path folder) {
        this.vertx = vertx;
        this.folder = folder;
    }

    public String listen(int number) {
        return HOST + ":" + ports.get(number);
    }

    Path folder(int number) {
        return folder.resolve("member-" + number + (lost.contains(number) ? "-new" : ""));
    }

    /** Gives one that does not run an empty folder. */
    public void loseFolder(int number) {
        lost.add(number);
    }

    /** The variables that a sidecar is started with, and others over them. */
    Map<String, String> environment(int number, Map<String, String> others) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "TANDEM_LISTEN",
                HOST + ":0",
                "TANDEM_ADMIN",
                HOST + ":0",
                "TANDEM_DRAIN_GRACE",
                "0s",
                "TANDEM_STORE",
                "raft:" + folder(number),
                "TANDEM_RAFT_CLUSTER",
                cluster,
                // More than by default, for what is said of several.
                "TANDEM_RAFT_GROUPS",
                "3",
                "TANDEM_RAFT_LISTEN",
                listen(number),
                "TANDEM_RAFT_MEMBERS",
                ports.stream().map(port -> HOST + ":" + port).collect(Collectors.joining(","))));
        environment.putAll(others);
        return environment;
    }

    /** Begins to start one, which completes when most of them are there. */
    public Future<Sidecar> start(int number, Map<String, String> others) throws ConfigException {
        SidecarConfig config = SidecarConfig.of(ConfigLoader.load(null, environment(number, others), Map.of()));
        return Sidecar.start(vertx, config, InstantSource.system()).onSuccess(sidecar -> running.put(number, sidecar));
    }

    /** Starts all that do not run, at the same time. */
    public RaftSidecars startAll() throws ConfigException {
        List<Future<Sidecar>> starts = new ArrayList<>();
        for (int number = 0; number < ports.size(); number++) {
            if (!running.containsKey(number)) {
                starts.add(start(number, Map.of()));
            }
        }
        join(Future.all(starts));
        return this;
    }

    public Sidecar get(int number) {
        Sidecar sidecar = running.get(number);
        if (sidecar == null) {
            throw new IllegalStateException("sidecar " + number + " does not run");
        }
        return sidecar;
    }

    /** Ends one in good order. */
    public void stop(int number) {
        join(get(number).drain());
        running.remove(number);
    }

    /** Waits for several at once, for longer than a call may take. */
    private static void join(Future<?> all) {
        all.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(WAIT_SECONDS_MAX, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        List<Future<Void>> ends = running.values().stream().map(Sidecar::drain).toList();
        running.clear();
        join(Future.join(ends));
    }
}
