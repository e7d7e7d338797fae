package dev.tandem.bench;

import com.google.protobuf.Empty;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One run: starts what is to be measured, measures it, and takes everything down again, in the reverse order. */
final class Bench {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);
    private static final int WARM_UP_IN_FLIGHT = 16;
    private static final long SEED = 1;

    private final BenchOptions options;
    private final String program;
    private final ConsoleProgress progress;
    private final Closings closings = new Closings();
    private volatile boolean endedEarly;

    /** @param program the name of the main class that understands {@code sidecar}, for when there is no launcher */
    Bench(BenchOptions options, String program, ConsoleProgress progress) {
        this.options = options;
        this.program = program;
        this.progress = progress;
    }

    /** Runs on the calling thread, which must not be an event loop. */
    Report run() {
        Instant startedAt = Instant.now();
        double loadAverage = Environment.loadAverage();
        // Whoever ends a run early should find no process, no folder and no tasks of it, either.
        Thread ending = new Thread(this::endEarly, "tandem-bench-end");
        Runtime.getRuntime().addShutdownHook(ending);
        try {
            Path folder = folder();
            Map<String, Object> environment = Environment.describe(folder);
            // One event loop, on which all calls are made: the machine is shared with what is measured.
            Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
            closings.add(() -> Waiting.on(vertx.close(), OPEN_TIMEOUT, "the end of the event loop"));
            LoadGenerator load = new LoadGenerator(vertx.getOrCreateContext());

            Supplier<Future<?>> empty = empty(vertx, folder);
            Backend backend = backend(vertx, folder);
            environment.put("store", backend.describe());
            List<Long> readyNanos = new ArrayList<>();
            SidecarProcess sidecar = options.address() == null ? sidecar(vertx, backend, folder, readyNanos) : null;
            long idleBytes = sidecar == null ? -1 : Footprint.idleBytes(sidecar);
            Map<Way, TaskCalls> calls = new EnumMap<>(backend.direct());
            TaskCalls api = api(vertx, backend, sidecar);
            calls.put(Way.SIDECAR, api);
            String unixStore = backend.unixStore();
            if (unixStore != null && sidecar != null) {
                SidecarProcess second = start(vertx, unixStore, folder);
                closings.add(second::close);
                calls.put(Way.SIDECAR_UNIX, api(vertx, backend, second));
            }
            Results results = measure(load, calls, backend.namespaces(), empty);
            Footprint footprint =
                    sidecar == null ? null : footprint(load, api, backend.namespaces(), sidecar, readyNanos, idleBytes);
            ServerCosts costs = sidecar == null ? null : costs(load, api, backend, sidecar);
            Scale scale = scale(load, api, backend);
            return new Report(
                    startedAt,
                    options.commandLine(),
                    environment,
                    List.of(loadAverage, Environment.loadAverage()),
                    options.plan(),
                    results,
                    footprint,
                    costs,
                    scale);
        } catch (RuntimeException e) {
            // What is closed under a measurement fails in many ways, none of which is worth telling.
            throw endedEarly ? new BenchException("ended before it was done", e) : e;
        } finally {
            progress.end();
            closeAll();
            forget(ending);
        }
    }

    private void endEarly() {
        endedEarly = true;
        closeAll();
    }

    private static void forget(Thread ending) {
        try {
            Runtime.getRuntime().removeShutdownHook(ending);
        } catch (IllegalStateException e) {
            // This process ends already, and the hook has found nothing left to close.
            return;
        }
    }

    private Backend backend(Vertx vertx, Path folder) {
        RedisChoice redis = options.redis();
        return redis == null
                ? SqliteBackend.open(vertx, folder, options.namespace(), closings)
                : RedisBackend.open(
                        vertx,
                        redis,
                        folder,
                        options.namespace(),
                        options.plan().payloadBytes(),
                        closings);
    }

    /** @param sidecar null for the one that runs already */
    private TaskCalls api(Vertx vertx, Backend backend, @Nullable SidecarProcess sidecar) {
        if (sidecar != null) {
            return new ApiCalls(wire(vertx, sidecar.address(), options.connections()), backend.namespaces());
        }
        SocketAddress address = Objects.requireNonNull(options.address());
        TaskCalls api = new ApiCalls(wire(vertx, address, options.connections()), options::namespace);
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

    private Results measure(
            LoadGenerator load, Map<Way, TaskCalls> calls, Namespaces namespaces, Supplier<Future<?>> empty) {
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

    private @Nullable ServerCosts costs(LoadGenerator load, TaskCalls api, Backend backend, SidecarProcess sidecar) {
        if (options.redis() == null) {
            return null;
        }
        progress.step("measuring what calls cost the server");
        return backend.costs(load, api, sidecar, options.plan());
    }

    private @Nullable Scale scale(LoadGenerator load, TaskCalls api, Backend backend) {
        if (options.memoryTasks().isEmpty()) {
            return null;
        }
        progress.step("making " + options.memoryTasks() + " tasks, and measuring beside them");
        return backend.scale(load, api, options.memoryTasks(), options.plan());
    }

    private Footprint footprint(
            LoadGenerator load,
            TaskCalls api,
            Namespaces namespaces,
            SidecarProcess sidecar,
            List<Long> readyNanos,
            long idleBytes) {
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
    private Supplier<Future<?>> empty(Vertx vertx, Path folder) {
        int port = ChildProcess.freePort();
        List<String> command =
                new ArrayList<>(ChildProcess.java(List.of("-XX:+UseSerialGC", "-Xmx96m"), EchoServer.class.getName()));
        command.add(String.valueOf(port));
        ChildProcess process = ChildProcess.start("empty-server", command, folder);
        closings.add(process::close);
        Wire wire = wire(vertx, SocketAddress.inetSocketAddress(port, "127.0.0.1"), options.connections());
        Supplier<Future<?>> call = () -> wire.call(EchoServer.EMPTY, Empty.getDefaultInstance());
        process.awaitAnswer(call);
        return call;
    }

    /** Starts as often as asked for, each time over a store of its own if that can be; the last one stays. */
    private SidecarProcess sidecar(Vertx vertx, Backend backend, Path folder, List<Long> readyNanos) {
        for (int start = 1; ; start++) {
            progress.step("starting the sidecar, " + start + " of " + options.starts());
            SidecarProcess sidecar = start(vertx, backend.sidecarStore(start), folder);
            readyNanos.add(sidecar.readyNanos());
            if (start == options.starts()) {
                closings.add(sidecar::close);
                return sidecar;
            }
            sidecar.close();
        }
    }

    private SidecarProcess start(Vertx vertx, String store, Path folder) {
        return SidecarProcess.start(vertx, SidecarProcess.command(options.launcher(), program), store, folder);
    }

    private Wire wire(Vertx vertx, SocketAddress address, int connections) {
        Wire wire = new Wire(vertx, address, connections);
        closings.add(() -> Waiting.on(wire.close(), OPEN_TIMEOUT, "the end of the connections"));
        return wire;
    }

    private Path folder() {
        Path parent = options.folder();
        try {
            Path folder = parent == null
                    ? Files.createTempDirectory("tandem-bench")
                    : Files.createTempDirectory(Files.createDirectories(parent), "tandem-bench");
            closings.add(() -> remove(folder));
            return folder;
        } catch (IOException e) {
            throw new BenchException("can't make a folder for the stores: " + e.getMessage(), e);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new BenchException("can't remove " + folder + ": " + e.getMessage(), e);
        }
    }

    private void closeAll() {
        RuntimeException failure = closings.closeAll();
        if (failure != null) {
            progress.step("could not tidy up: " + failure.getMessage());
        }
    }
}
