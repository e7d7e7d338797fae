package dev.tandem.bench;

import com.google.protobuf.Empty;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One run: starts what is to be measured, and measures it. */
final class Bench {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);
    private static final int WARM_UP_IN_FLIGHT = 16;
    private static final long SEED = 1;

    private final BenchOptions options;
    private final Program program;
    private final Stage stage;
    private final ConsoleProgress progress;
    private final LoadGenerator load;

    Bench(BenchOptions options, Program program, Stage stage) {
        this.options = options;
        this.program = program;
        this.stage = stage;
        this.progress = stage.progress();
        this.load = stage.load();
    }

    /** Runs on the calling thread, which must not be an event loop. */
    Report run() {
        Supplier<Future<?>> empty = empty();
        Backend backend = backend();
        stage.environment().put("store", backend.describe());
        List<Long> readyNanos = new ArrayList<>();
        SidecarProcess sidecar = options.address() == null ? sidecar(backend, readyNanos) : null;
        long idleBytes = sidecar == null ? -1 : Footprint.idleBytes(sidecar);
        Map<Way, TaskCalls> calls = new EnumMap<>(backend.direct());
        TaskCalls api = api(backend, sidecar);
        calls.put(Way.SIDECAR, api);
        String unixStore = backend.unixStore();
        if (unixStore != null && sidecar != null) {
            SidecarProcess second = start("sidecar-unix", unixStore);
            stage.closings().add(second::close);
            calls.put(Way.SIDECAR_UNIX, api(backend, second));
        }
        Results results = measure(calls, backend.namespaces(), empty);
        Footprint footprint =
                sidecar == null ? null : footprint(api, backend.namespaces(), sidecar, readyNanos, idleBytes);
        ServerCosts costs = sidecar == null ? null : costs(api, backend, sidecar);
        Scale scale = scale(api, backend);
        return new Report(
                stage.circumstances(options.commandLine()),
                backend.kind(),
                options.plan(),
                results,
                footprint,
                costs,
                scale);
    }

    private Backend backend() {
        RedisChoice redis = options.redis();
        RaftPlace.Durability raft = options.raft();
        if (raft != null) {
            return RaftBackend.open(stage, program, raft, options.namespace());
        }
        return redis == null
                ? SqliteBackend.open(stage.vertx(), stage.folder(), options.namespace(), stage.closings())
                : RedisBackend.open(
                        stage.vertx(),
                        redis,
                        stage.folder(),
                        options.namespace(),
                        options.plan().payloadBytes(),
                        stage.closings());
    }

    /** @param sidecar null for the one that runs already */
    private TaskCalls api(Backend backend, @Nullable SidecarProcess sidecar) {
        if (sidecar != null) {
            return new ApiCalls(stage.wire(sidecar.address(), options.connections()), backend.namespaces());
        }
        SocketAddress address = Objects.requireNonNull(options.address());
        TaskCalls api = new ApiCalls(stage.wire(address, options.connections()), options::namespace);
        requireAnswer(api, address);
        return api;
    }

    /** Nothing can be measured where nobody answers, so it is said at once. */
    private static void requireAnswer(TaskCalls api, SocketAddress address) {
        try {
            Waiting.on(api.get("nothing"), ANSWER_TIMEOUT, "an answer");
        } catch (BenchException e) {
            throw new BenchException(
                    "no sidecar answers at " + address + " (" + e.getMessage()
                            + "): start one by `tandem sidecar`, or leave out --address",
                    e);
        }
    }

    private Results measure(Map<Way, TaskCalls> calls, Namespaces namespaces, Supplier<Future<?>> empty) {
        progress.step("warming up");
        new Measurement(load, calls, namespaces, empty, SEED)
                .run(options.plan().warmUp(options.warmUp()), (pass, passes, way, inFlight, payload) -> {});
        // The empty server has had one of many operations; it is to be as warm as the others.
        Duration rest =
                options.warmUp().multipliedBy(options.plan().operations().size());
        LoadGenerator.await(load.closed(empty::get, WARM_UP_IN_FLIGHT, rest), rest);
        progress.step("measuring " + options.plan().rounds() + " rounds");
        Results results = new Measurement(load, calls, namespaces, empty, SEED + 1).run(options.plan(), progress);
        progress.end();
        return results;
    }

    private @Nullable ServerCosts costs(TaskCalls api, Backend backend, SidecarProcess sidecar) {
        if (backend.kind() != Backend.Kind.REDIS) {
            return null;
        }
        progress.step("measuring what calls cost the server");
        return backend.costs(load, api, sidecar, options.plan());
    }

    private @Nullable Scale scale(TaskCalls api, Backend backend) {
        if (options.memoryTasks().isEmpty()) {
            return null;
        }
        progress.step("making " + options.memoryTasks() + " tasks, and measuring beside them");
        return backend.scale(load, api, options.memoryTasks(), options.plan());
    }

    private Footprint footprint(
            TaskCalls api, Namespaces namespaces, SidecarProcess sidecar, List<Long> readyNanos, long idleBytes) {
        if (options.memoryRate() == 0) {
            return new Footprint(readyNanos, idleBytes, -1, 0, null);
        }
        progress.step("measuring memory under load");
        namespaces.begin();
        Sample sample = Footprint.load(load, api, options.memoryRate(), options.memoryTime());
        long loadedBytes = Footprint.resident(sidecar);
        namespaces.end();
        return new Footprint(readyNanos, idleBytes, loadedBytes, options.memoryRate(), sample);
    }

    /** Starts the server that does nothing, and gives the call to it. */
    private Supplier<Future<?>> empty() {
        int port = ChildProcess.freePort();
        List<String> command =
                new ArrayList<>(ChildProcess.java(List.of("-XX:+UseSerialGC", "-Xmx96m"), EchoServer.class.getName()));
        command.add(String.valueOf(port));
        ChildProcess process = ChildProcess.start("empty-server", command, stage.folder());
        stage.closings().add(process::close);
        Wire wire = stage.wire(SocketAddress.inetSocketAddress(port, "127.0.0.1"), options.connections());
        Supplier<Future<?>> call = () -> wire.call(EchoServer.EMPTY, Empty.getDefaultInstance());
        process.awaitAnswer(call);
        return call;
    }

    /** Starts as often as asked for, each time over a store of its own if that can be; the last one stays. */
    private SidecarProcess sidecar(Backend backend, List<Long> readyNanos) {
        for (int start = 1; ; start++) {
            progress.step("starting the sidecar, " + start + " of " + options.starts());
            SidecarProcess sidecar = start("sidecar", backend.sidecarStore(start));
            readyNanos.add(sidecar.readyNanos());
            if (start == options.starts()) {
                stage.closings().add(sidecar::close);
                return sidecar;
            }
            sidecar.close();
        }
    }

    private SidecarProcess start(String name, String store) {
        return SidecarProcess.start(stage, program, name, List.of("--store", store));
    }
}
