package dev.tandem.robustness;

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
 * Tandem in a process of its own, which can be started again and again with the same arguments.
 *
 * <p>Used by one thread.
 */
class TandemProcess implements AutoCloseable {
    /** The longest that a start may take on a machine that is busy with other things. */
    static final Duration READY_MAX = Duration.ofSeconds(60);

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

    private final String name;
    private final List<String> prefix;
    private final List<String> arguments;
    private final Deque<String> output = new ArrayDeque<>();

    private @Nullable Process process;
    private @Nullable Thread reader;
    private CompletableFuture<Void> ready = new CompletableFuture<>();

    /**
     * Prepares a process; {@link #start} starts it.
     *
     * @param name for messages
     * @param prefix a command that runs the one that follows it
     * @param arguments of `tandem`
     */
    TandemProcess(String name, List<String> prefix, List<String> arguments) {
        this.name = name;
        this.prefix = List.copyOf(prefix);
        this.arguments = List.copyOf(arguments);
    }

    @Override
    public String toString() {
        return name;
    }

    /** Starts it and waits until it serves. */
    void start() {
        launch();
        awaitReady();
    }

    /** Starts it; it does not serve yet. */
    void launch() {
        ready = new CompletableFuture<>();
        launch(ready);
    }

    /** Waits until it serves. */
    void awaitReady() {
        try {
            ready.get(READY_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(name + " did not come up:\n" + output(), e);
        }
    }

    /** Starts one that is expected to give up; returns its exit code. */
    int startAndExit() {
        launch(new CompletableFuture<>());
        return awaitExit();
    }

    private void launch(CompletableFuture<Void> listening) {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException("it runs");
        }
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JAVA_OPTIONS);
        command.addAll(List.of("-cp", classPath(), "dev.tandem.app.Main"));
        command.addAll(arguments);
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("MALLOC_ARENA_MAX", "2");
            Process started = builder.start();
            process = started;
            reader = new Thread(() -> read(started, listening), "output of " + started.pid());
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

    private void read(Process from, CompletableFuture<Void> listening) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(from.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                keep(from.pid() + " " + line);
                if (line.contains("listening on")) {
                    listening.complete(null);
                }
            }
        } catch (IOException e) {
            keep(from.pid() + " (its output broke off: " + e.getMessage() + ")");
        }
        listening.completeExceptionally(new IllegalStateException("it ended"));
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
