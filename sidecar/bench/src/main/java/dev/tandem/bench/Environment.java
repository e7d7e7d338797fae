package dev.tandem.bench;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where a benchmark ran: whatever is needed to judge its numbers later. */
final class Environment {
    private static final int FSYNCS = 100;
    private static final int FSYNC_BYTES = 4096;
    private static final int GIT_SECONDS_MAX = 2;

    private Environment() {}

    /** What can be found out, by name. */
    static Map<String, Object> describe(Path folder) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("cpus", Runtime.getRuntime().availableProcessors());
        put(all, "cpu_model", cpuModel());
        put(
                all,
                "os",
                ManagementFactory.getOperatingSystemMXBean().getName() + " "
                        + ManagementFactory.getOperatingSystemMXBean().getVersion());
        put(all, "jdk", ManagementFactory.getRuntimeMXBean().getVmName() + " " + Runtime.version());
        put(all, "tandem", Environment.class.getPackage().getImplementationVersion());
        put(all, "vertx", Vertx.class.getPackage().getImplementationVersion());
        put(all, "git_commit", gitCommit());
        all.put("fsync_p50_micros", Math.round(fsyncNanos(folder) / 1000));
        return all;
    }

    /** How many threads wanted a CPU in the last minute; below 0 if the system does not tell. */
    static double loadAverage() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static void put(Map<String, Object> all, String name, @Nullable Object value) {
        all.put(name, Objects.requireNonNullElse(value, "unknown"));
    }

    private static @Nullable String cpuModel() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable String gitCommit() {
        try {
            Process git = new ProcessBuilder("git", "rev-parse", "--short=12", "HEAD")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            git.getOutputStream().close();
            if (!git.waitFor(GIT_SECONDS_MAX, TimeUnit.SECONDS) || git.exitValue() != 0) {
                git.destroyForcibly();
                return null;
            }
            return new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** What it takes to get a page onto the disk: the floor under every durable write that comes alone. */
    static double fsyncNanos(Path folder) {
        Path file = folder.resolve("fsync");
        double[] nanos = new double[FSYNCS];
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            for (int i = 0; i < FSYNCS; i++) {
                long start = System.nanoTime();
                channel.write(ByteBuffer.allocate(FSYNC_BYTES));
                channel.force(false);
                nanos[i] = System.nanoTime() - start;
            }
            Files.delete(file);
        } catch (IOException e) {
            throw new BenchException("can't write in " + folder + ": " + e.getMessage(), e);
        }
        return Results.median(nanos);
    }
}
