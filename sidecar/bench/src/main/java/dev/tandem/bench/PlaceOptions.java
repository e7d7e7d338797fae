package dev.tandem.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where a run takes place, and how its processes are started. */
final class PlaceOptions {
    @Option(
            names = "--folder",
            paramLabel = "DIR",
            description = "Where stores of its own are made, and removed again (default: a temporary folder).")
    private @Nullable Path folder;

    @Option(
            names = "--launcher",
            paramLabel = "FILE",
            defaultValue = "${env:TANDEM_LAUNCHER}",
            description = "The tandem that starts the sidecar (default: the one that started this; else plain Java).")
    private @Nullable Path launcher;

    @Nullable
    Path folder() {
        return folder;
    }

    /** @param main the name of the main class, for when there is no launcher */
    Program program(String main) {
        return new Program(given(launcher), main);
    }

    /** An option that may be empty, as a variable of the environment is. */
    static @Nullable Path given(@Nullable Path path) {
        return path == null || path.toString().isEmpty() ? null : path;
    }
}
