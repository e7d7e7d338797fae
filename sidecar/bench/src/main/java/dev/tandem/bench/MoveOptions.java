package dev.tandem.bench;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that move a namespace. */
final class MoveOptions {
    private static final int TASKS_MAX = 1_000_000;
    private static final double RATE_MAX = 20_000;
    private static final String HOW_TO_INSTALL = "; `apt install redis-server` or `brew install redis` brings one";

    @Option(
            names = "--tasks",
            paramLabel = "N",
            description = "Tasks that there are before (default: demo: 20000; bench migrate: 50000).")
    private @Nullable Integer tasks;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Calls a second that go on meanwhile (default: 500).",
            defaultValue = "500")
    private double rate = 500;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Picks the calls (default: ${DEFAULT-VALUE}).",
            defaultValue = "1")
    private long seed = 1;

    @Option(
            names = "--redis-server",
            paramLabel = "FILE",
            defaultValue = "${env:TANDEM_REDIS_SERVER}",
            description = "The program of the Redis server (default: TANDEM_REDIS_SERVER, else one on the PATH).")
    private @Nullable Path redisServer;

    /** @param badUsage is called with a sentence if something is out of its bounds */
    void check(Consumer<String> badUsage) {
        if (tasks != null && (tasks < 1 || tasks > TASKS_MAX)) {
            badUsage.accept("--tasks: " + tasks + " is not 1 to 1,000,000");
        }
        if (!(rate >= 1 && rate <= RATE_MAX)) {
            badUsage.accept("--rate: 1 to 20,000 calls a second");
        }
    }

    int tasks(int byDefault) {
        return tasks == null ? byDefault : tasks;
    }

    double rate() {
        return rate;
    }

    long seed() {
        return seed;
    }

    /** Gives the program of a Redis server, or fails with a sentence on how to get one. */
    Supplier<Path> redis(Map<String, String> environment) {
        return () -> RedisProcess.program(PlaceOptions.given(redisServer), environment.get("PATH"), HOW_TO_INSTALL);
    }
}
