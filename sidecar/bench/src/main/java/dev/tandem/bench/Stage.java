package dev.tandem.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What every run stands on: a folder, one event loop for all calls, and a list of what is open. At the run's end, also when somebody
 * ends it early, no process, no folder and no tasks of it are left.
 */
final class Stage {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    private final Instant startedAt = Instant.now();
    private final double loadAverage = Environment.loadAverage();
    private final ConsoleProgress progress;
    private final Closings closings;
    private final Path folder;
    private final Map<String, Object> environment;
    private final Vertx vertx;
    private final LoadGenerator load;

    private Stage(@Nullable Path parent, boolean keepsFolder, ConsoleProgress progress, Closings closings) {
        this.progress = progress;
        this.closings = closings;
        this.folder = newFolder(parent);
        if (!keepsFolder) {
            closings.add(() -> remove(folder));
        }
        this.environment = Environment.describe(folder);
        // One event loop: the machine is shared with what is measured.
        this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        closings.add(() -> Waiting.on(vertx.close(), CLOSE_TIMEOUT, "the end of the event loop"));
        this.load = new LoadGenerator(vertx.getOrCreateContext());
    }

    /**
     * Runs {@code run} on the calling thread, which must not be an event loop, and takes everything down again.
     *
     * @param parent where the run's folder is made; null for where temporary ones are
     */
    static <T> T run(@Nullable Path parent, ConsoleProgress progress, Function<Stage, T> run) {
        return run(parent, false, progress, run);
    }

    /**
     * As {@link #run(Path, ConsoleProgress, Function)}.
     *
     * @param keepsFolder whether the run's folder is left behind, with the logs of all processes
     */
    static <T> T run(@Nullable Path parent, boolean keepsFolder, ConsoleProgress progress, Function<Stage, T> run) {
        Closings closings = new Closings();
        Thread ending = new Thread(closings::closeForGood, "tandem-bench-end");
        Runtime.getRuntime().addShutdownHook(ending);
        try {
            return run.apply(new Stage(parent, keepsFolder, progress, closings));
        } catch (RuntimeException e) {
            // What is closed under a measurement fails in many ways, none of which is worth telling.
            throw closings.isClosedForGood() ? new BenchException("ended before it was done", e) : e;
        } finally {
            progress.end();
            RuntimeException failure = closings.closeAll();
            if (failure != null) {
                progress.step("could not tidy up: " + failure.getMessage());
            }
            forget(ending);
        }
    }

    private static void forget(Thread ending) {
        try {
            Runtime.getRuntime().removeShutdownHook(ending);
        } catch (IllegalStateException e) {
            // This process ends already, and the hook has found nothing left to close.
            return;
        }
    }

    /** Of a run that is over. */
    Circumstances circumstances(List<String> commandLine) {
        return new Circumstances(startedAt, commandLine, environment, List.of(loadAverage, Environment.loadAverage()));
    }

    /** By name, as {@link Environment} tells it. The run may add what it finds out. */
    Map<String, Object> environment() {
        return environment;
    }

    ConsoleProgress progress() {
        return progress;
    }

    /** What is added here is closed at the end. */
    Closings closings() {
        return closings;
    }

    Path folder() {
        return folder;
    }

    /** A new folder in the run's. */
    Path folder(String name) {
        try {
            return Files.createDirectory(folder.resolve(name));
        } catch (IOException e) {
            throw new BenchException("can't make a folder in " + folder + ": " + e.getMessage(), e);
        }
    }

    Vertx vertx() {
        return vertx;
    }

    LoadGenerator load() {
        return load;
    }

    /** Connects when it is first used. */
    Wire wire(SocketAddress address, int connections) {
        Wire wire = new Wire(vertx, address, connections);
        closings.add(() -> Waiting.on(wire.close(), CLOSE_TIMEOUT, "the end of the connections"));
        return wire;
    }

    private static Path newFolder(@Nullable Path parent) {
        try {
            return parent == null
                    ? Files.createTempDirectory("tandem-bench")
                    : Files.createTempDirectory(Files.createDirectories(parent), "tandem-bench");
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
}
