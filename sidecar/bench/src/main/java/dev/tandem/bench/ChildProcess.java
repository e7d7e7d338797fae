package dev.tandem.bench;

import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A process that the benchmark has started and ends, and may start again. What it prints goes to a file. */
final class ChildProcess implements AutoCloseable {
    /** How long it may take to end when asked to, before it is killed. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(15);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration ANSWER_POLL = Duration.ofMillis(5);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final int TAIL_LINES = 20;

    /** A port is free again at once, and the system may give it twice before any process has taken it. */
    private static final int PORT_FIRST = 12_000;

    private static final int PORT_COUNT = 20_000;
    private static final Set<Integer> PORTS_GIVEN = ConcurrentHashMap.newKeySet();

    private final String name;
    private final List<String> command;
    private final Path output;
    private volatile Process process;
    private volatile long startedNanos;

    private ChildProcess(String name, List<String> command, Path output) {
        this.name = name;
        this.command = command;
        this.output = output;
        this.startedNanos = System.nanoTime();
        this.process = launch();
    }

    static ChildProcess start(String name, List<String> command, Path folder) {
        return new ChildProcess(name, List.copyOf(command), folder.resolve(name + ".log"));
    }

    private Process launch() {
        try {
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
            started.getOutputStream().close();
            return started;
        } catch (IOException e) {
            throw new BenchException("can't start " + name + " by " + command.get(0) + ": " + e.getMessage(), e);
        }
    }

    /** Starts it once more, after it has ended. */
    void startAgain() {
        if (process.isAlive()) {
            throw new IllegalStateException(name + " has not ended");
        }
        startedNanos = System.nanoTime();
        process = launch();
    }

    /** The command that runs a main class with this process's own Java and class path. */
    static List<String> java(List<String> options, String main) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current()
                .info()
                .command()
                .orElseThrow(() -> new BenchException("the system does not tell which java this is")));
        command.addAll(options);
        if (Runtime.version().feature() >= 24) {
            command.add("--sun-misc-unsafe-memory-access=allow");
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("-cp");
        command.add(ManagementFactory.getRuntimeMXBean().getClassPath());
        command.add(main);
        return command;
    }

    /**
     * A TCP port that is free now, and was not given before. It is below the range for outgoing connections, none of
     * which can take it while the server that it is for is away.
     */
    static int freePort() {
        while (true) {
            int port = PORT_FIRST + ThreadLocalRandom.current().nextInt(PORT_COUNT);
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                if (PORTS_GIVEN.add(port)) {
                    return port;
                }
            } catch (BindException e) {
                // Taken: the next one.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * Calls until it answers.
     *
     * @return how long from the start of the process to the first answer, in nanoseconds
     */
    long awaitAnswer(Supplier<Future<?>> call) {
        while (true) {
            try {
                Waiting.on(call.get(), CALL_TIMEOUT, "the first answer");
                return System.nanoTime() - startedNanos;
            } catch (BenchException e) {
                if (!process.isAlive()) {
                    throw new BenchException(
                            name + " ended with exit code " + process.exitValue() + "; it printed:\n" + tail(), e);
                }
                if (System.nanoTime() - startedNanos > ANSWER_TIMEOUT.toNanos()) {
                    throw new BenchException(
                            name + " did not answer within " + ANSWER_TIMEOUT.toSeconds() + " s (" + e.getMessage()
                                    + "); it printed:\n" + tail(),
                            e);
                }
            }
            Waiting.pause(ANSWER_POLL);
        }
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(output);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(its output can't be read: " + e.getMessage() + ")";
        }
    }

    /** The bytes of memory that it has in RAM; empty where the system does not tell. */
    OptionalLong residentBytes() {
        return residentBytes(Path.of("/proc", String.valueOf(process.pid()), "status"));
    }

    static OptionalLong residentBytes(Path status) {
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmRSS:")) {
                    return OptionalLong.of(Long.parseLong(line.replaceAll("\\D", "")) * 1024);
                }
            }
        } catch (IOException e) {
            // Not Linux, or the process has just ended.
            return OptionalLong.empty();
        }
        return OptionalLong.empty();
    }

    /** The CPU time that it has taken; -1 where the system does not tell. */
    long cpuNanos() {
        return process.info().totalCpuDuration().map(Duration::toNanos).orElse(-1L);
    }

    String name() {
        return name;
    }

    /** Asks it to end, and does not wait for that. */
    void end() {
        process.destroy();
    }

    /** Ends it on the spot, as kill -9 does, and waits until it is gone. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** Has it stand still until {@link #resume}. */
    void pause() {
        signal("-STOP");
    }

    void resume() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("kill", signal, String.valueOf(process.pid()))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (kill.waitFor() != 0) {
                throw new BenchException("kill " + signal + " of " + name + " failed: " + said);
            }
        } catch (IOException e) {
            throw new BenchException("can't run kill: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    @Override
    public void close() {
        end();
        try {
            // One that stands still does not end, but to be killed.
            if (!process.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
