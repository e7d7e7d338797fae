package dev.tandem.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what to measure, and how long. */
final class PlanOptions {
    private static final int IN_FLIGHT_MAX = 4096;
    private static final int PAYLOAD_BYTES_MAX = 256 * 1024;

    @Option(
            names = "--in-flight",
            split = ",",
            paramLabel = "N",
            description = "How many calls are kept under way (default: 1,16,64,256; compare: 1,64).")
    private List<Integer> inFlights = new ArrayList<>();

    @Option(
            names = "--payload",
            split = ",",
            paramLabel = "SIZE",
            converter = Converters.Sizes.class,
            description = "Bytes of a task's payload, such as 100 or 16KiB (default: 0,1KiB,16KiB; compare: 0,1KiB).")
    private List<Integer> payloads = new ArrayList<>();

    @Option(
            names = "--operations",
            split = ",",
            paramLabel = "NAME",
            converter = Converters.Operations.class,
            description = "Of create, get-hit, get-miss, claim, complete and life (default: all; compare: all but"
                    + " get-miss and life).")
    private List<Operation> operations = new ArrayList<>();

    @Option(
            names = "--phase",
            paramLabel = "TIME",
            converter = Converters.Times.class,
            description = "How long each operation is measured in a round, such as 400ms or 2s (default: 400ms).")
    private @Nullable Duration phase;

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            converter = Converters.Times.class,
            description = "How long each operation runs unmeasured first (default: 1s; compare: 3s).")
    private @Nullable Duration warmUp;

    @Option(
            names = "--quick",
            description = "Half a minute: payloads of 1 KiB, 1 and 64 in flight, 3 short rounds, 1 start.")
    private boolean quick;

    boolean quick() {
        return quick;
    }

    Duration warmUp(Duration byDefault) {
        return warmUp != null ? warmUp : quick ? Duration.ofMillis(150) : byDefault;
    }

    /** What was asked for, checked; of what was not, {@code byDefault}. */
    Plan plan(RunCommand command, Plan byDefault) {
        List<Integer> flights = !inFlights.isEmpty() ? inFlights : quick ? List.of(1, 64) : byDefault.inFlights();
        flights.forEach(n ->
                command.check(1 <= n && n <= IN_FLIGHT_MAX, "--in-flight: " + n + " is not 1 to " + IN_FLIGHT_MAX));
        List<Integer> sizes = !payloads.isEmpty() ? payloads : quick ? List.of(1024) : byDefault.payloadBytes();
        sizes.forEach(n -> command.check(n <= PAYLOAD_BYTES_MAX, "--payload: at most 256KiB"));
        Set<Operation> wanted = operations.isEmpty() ? byDefault.operations() : EnumSet.copyOf(operations);
        return new Plan(
                // A rate takes the place of the number in flight.
                byDefault.rate() > 0 ? flights.subList(0, 1) : flights,
                sizes,
                wanted,
                command.rounds(quick ? 3 : byDefault.rounds()),
                phase != null ? phase : quick ? Duration.ofMillis(150) : byDefault.phase(),
                byDefault.rate(),
                byDefault.cleansUp());
    }
}
