package dev.tandem.app.sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** How long ago this process began. */
final class ProcessAge {
    private static final Path STAT = Path.of("/proc/self/stat");
    private static final Path UPTIME = Path.of("/proc/uptime");

    /** What the kernel counts starts in, on every architecture that Java runs on. */
    private static final int TICK_MILLIS = 10;

    /** The place of the start, counted from the field behind the command's name. */
    private static final int START_FIELD = 19;

    private ProcessAge() {}

    /**
     * In milliseconds: on Linux to the hundredth of a second, elsewhere to the second, because there the start is only known
     * as a time of day.
     */
    static long millis() {
        try {
            String stat = Files.readString(STAT);
            // The command's name may hold anything, but ends with the last parenthesis.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            double uptimeSeconds = Double.parseDouble(Files.readString(UPTIME).split(" ", 2)[0]);
            return Math.round(uptimeSeconds * 1000) - Long.parseLong(fields[START_FIELD]) * TICK_MILLIS;
        } catch (IOException | NumberFormatException e) {
            Instant start = ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
            return Duration.between(start, Instant.now()).toMillis();
        }
    }
}
