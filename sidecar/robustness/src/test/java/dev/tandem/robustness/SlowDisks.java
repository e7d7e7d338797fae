package dev.tandem.robustness;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Makes disks slow, as processes see them, or has them stand still. For Linux with a C compiler. */
final class SlowDisks {
    private final Path folder;
    private final Path library;

    /** Aborts the test where this can't be done. */
    SlowDisks(Path folder) {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "LD_PRELOAD is Linux'");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "no C compiler");
        this.folder = folder;
        library = folder.resolve("slow_disk.so");
        Path source = folder.resolve("slow_disk.c");
        try (InputStream code = SlowDisks.class.getResourceAsStream("/slow_disk.c")) {
            Files.copy(Objects.requireNonNull(code), source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TandemProcess.run(
                "/usr/bin/cc",
                "-Wall",
                "-Werror",
                "-shared",
                "-fPIC",
                "-o",
                library.toString(),
                source.toString(),
                "-ldl");
    }

    /** What to put before the command of a process whose disk has this number. */
    List<String> prefix(int disk) {
        slowDown(disk, Duration.ZERO);
        return List.of("/usr/bin/env", "LD_PRELOAD=" + library, "SLOW_DISK=" + file(disk));
    }

    /** Each flush takes so much longer from now on. */
    void slowDown(int disk, Duration flush) {
        say(disk, Long.toString(flush.toMillis()));
    }

    /** No flush ends until {@link #slowDown}. */
    void stop(int disk) {
        say(disk, "stop");
    }

    private Path file(int disk) {
        return folder.resolve("disk-" + disk);
    }

    private void say(int disk, String what) {
        try {
            // At once: it is read all the time.
            Path next = Files.writeString(folder.resolve("disk-" + disk + ".next"), what);
            Files.move(next, file(disk), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
