package dev.tandem.store.redis.servers;

import dev.tandem.testkit.FreePorts;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * What the servers of this JVM share: the program, a folder, ports, and a watchman who ends the servers and deletes the
 * folder once this JVM is gone, however it went.
 */
final class Workshop {
    /** A cluster's nodes speak to each other on this port above their own. */
    private static final int BUS_OFFSET = 10_000;

    /** Reads "+ pid" and "- pid" until the pipe from this JVM breaks; then ends those that are left. */
    private static final String WATCHMAN = """
            trap '' INT TERM HUP
            pids=' '
            while read -r what pid; do
              case $what in
                +) pids="$pids$pid " ;;
                -) pids="${pids%% $pid *} ${pids#* $pid }" ;;
              esac
            done
            for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
            rm -rf "$1"
            """;

    static final Workshop INSTANCE = new Workshop();

    private final Path folder;
    private final Path program;
    private final OutputStream watchman;
    private int foldersMade;

    private Workshop() {
        try {
            folder = Files.createTempDirectory("tandem-redis");
            // It sees the end of this JVM by the end of its standard input; no signal to the JVM can miss it.
            Process shell = new ProcessBuilder("/bin/sh", "-c", WATCHMAN, "watchman", folder.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            watchman = shell.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        program = ServerProgram.choose(folder);
    }

    Path program() {
        return program;
    }

    synchronized Path newFolder(String name) {
        try {
            return Files.createDirectory(folder.resolve(name + "-" + ++foldersMade));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port that is free now, as is the one of a cluster's bus above it. Not given twice. */
    static int freePort() {
        return FreePorts.next(port -> port < BUS_OFFSET + BUS_OFFSET && FreePorts.isFree(port + BUS_OFFSET));
    }

    void watch(long pid) {
        tell("+ " + pid);
    }

    void unwatch(long pid) {
        tell("- " + pid);
    }

    private synchronized void tell(String line) {
        try {
            watchman.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            watchman.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("The watchman of the test servers is gone", e);
        }
    }

    /** Looks at {@code condition} every few milliseconds; the servers give no other notice. */
    static void await(String what, Duration bound, BooleanSupplier condition) {
        long deadline = System.nanoTime() + bound.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("Not within " + bound + ": " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}
