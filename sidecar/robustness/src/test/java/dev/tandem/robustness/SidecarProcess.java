package dev.tandem.robustness;

import dev.tandem.testkit.FreePorts;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A `tandem sidecar` in a process of its own, which can be started again and again on the same store and port.
 *
 * <p>Used by one thread.
 */
final class SidecarProcess implements AutoCloseable {
    /** The longest that a start may take on a machine that is busy with other things. */
    static final Duration READY_MAX = Duration.ofSeconds(60);

    private static final String SQLITE = "sqlite:";
    private static final Duration EXIT_MAX = Duration.ofSeconds(60);

    /** How many lines of each life's output are kept for a failure's report. */
    private static final int OUTPUT_LINES_MAX = 400;

    /** As the launcher starts it, so that bounds on memory mean something. */
    private static final List<String> JAVA_OPTIONS = List.of(
            "-XX:+UseSerialGC",
            // But for this: most of these processes do not live long enough to profit from the second compiler.
            "-XX:TieredStopAtLevel=1",
            "-Xms8m",
            "-Xmx96m",
            "-XX:MaxDirectMemorySize=64m",
            "-XX:ReservedCodeCacheSize=64m",
            "-XX:+ExitOnOutOfMemoryError",
            "-Dio.netty.allocator.type=pooled",
            "-Dio.netty.allocator.numDirectArenas=1",
            "-Dio.netty.allocator.numHeapArenas=1");

    private final String store;
    private final int port;
    private final List<String> flags;
    private final List<String> prefix;
    private final Deque<String> output = new ArrayDeque<>();

    private @Nullable Process process;
    private @Nullable Thread reader;

    /**
     * Prepares a sidecar; {@link #start} starts it.
     *
     * @param file the database
     * @param flags of `tandem sidecar`, beyond those for the store and the ports
     */
    SidecarProcess(Path file, String... flags) {
        this(file, FreePorts.next(), List.of(), flags);
    }

    /** @param prefix a command that runs the one that follows it */
    SidecarProcess(Path file, int port, List<String> prefix, String... flags) {
        this(SQLITE + file, port, prefix, flags);
    }

    /** @param store as `tandem sidecar --store` takes it */
    SidecarProcess(String store, int port, List<String> prefix, String... flags) {
        this.store = store;
        this.port = port;
        this.flags = List.of(flags);
        this.prefix = prefix;
    }

    /** The database, of one over SQLite. */
    Path file() {
        if (!store.startsWith(SQLITE)) {
            throw new IllegalStateException("it has no file, but " + store);
        }
        return Path.of(store.substring(SQLITE.length()));
    }

    int port() {
        return port;
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    /** Starts it and waits until it serves. */
    void start() {
        CompletableFuture<Void> ready = new CompletableFuture<>();
        launch(ready);
        try {
            ready.get(READY_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the sidecar did not come up:\n" + output(), e);
        }
    }

    /** Starts one that is expected to give up; returns its exit code. */
    int startAndExit() {
        launch(new CompletableFuture<>());
        return awaitExit();
    }

    private void launch(CompletableFuture<Void> ready) {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException("it runs");
        }
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JAVA_OPTIONS);
        command.addAll(List.of("-cp", classPath(), "dev.tandem.app.Main", "sidecar"));
        command.addAll(List.of("--listen", address(), "--admin", "off", "--store", store));
        command.addAll(List.of("--sweep-interval", "200ms", "--log-format", "text"));
        command.addAll(flags);
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("MALLOC_ARENA_MAX", "2");
            Process started = builder.start();
            process = started;
            reader = new Thread(() -> read(started, ready), "output of " + started.pid());
            reader.setDaemon(true);
            reader.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The classes that this test was built with, without the tests. */
    private static String classPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(all.split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void read(Process from, CompletableFuture<Void> ready) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(from.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                keep(from.pid() + " " + line);
                if (line.contains("listening on")) {
                    ready.complete(null);
                }
            }
        } catch (IOException e) {
            keep(from.pid() + " (its output broke off: " + e.getMessage() + ")");
        }
        ready.completeExceptionally(new IllegalStateException("it ended"));
    }

    private void keep(String line) {
        synchronized (output) {
            output.add(line);
            if (output.size() > OUTPUT_LINES_MAX) {
                output.remove();
            }
        }
    }

    /** The last of what all its lives printed. */
    String output() {
        synchronized (output) {
            return String.join("\n", output);
        }
    }

    /** SIGKILL; waits until it is gone. */
    void kill() {
        running().destroyForcibly();
        awaitExit();
    }

    /** SIGTERM; does not wait. */
    void terminate() {
        signal("TERM"); // Process.destroy would close its output, too
    }

    /** SIGSTOP: it stands still until {@link #resume}. */
    void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        run("kill", "-" + name, Long.toString(pid()));
    }

    /** Runs a command that must succeed. */
    static void run(String... command) {
        try {
            Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (run.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed: " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    long pid() {
        return running().pid();
    }

    boolean isRunning() {
        return process != null && process.isAlive();
    }

    private Process running() {
        Process now = process;
        if (now == null || !now.isAlive()) {
            throw new IllegalStateException("it does not run");
        }
        return now;
    }

    /** Waits until it is gone; returns its exit code. */
    int awaitExit() {
        Process now = process;
        if (now == null) {
            throw new IllegalStateException("it was not started");
        }
        try {
            if (!now.waitFor(EXIT_MAX.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("it does not end:\n" + output());
            }
            reader.join(EXIT_MAX.toMillis());
            return now.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The memory that it takes from the machine, in MiB. */
    long residentMib() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("no VmRSS");
    }

    @Override
    public void close() {
        Process now = process;
        if (now != null && now.isAlive()) {
            now.destroyForcibly();
            awaitExit();
        }
    }
}
