package dev.tandem.bench;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that one run of the benchmark found.
 *
 * @param environment by name, as {@link Environment} tells it
 * @param loadAverages of the machine, at the start and at the end
 * @param footprint null if the benchmark did not start the sidecar itself
 * @param costs null if no Redis was measured, or not by a sidecar of our own
 * @param scale null if it was not asked for
 */
record Report(
        Instant startedAt,
        List<String> commandLine,
        Map<String, Object> environment,
        List<Double> loadAverages,
        Plan plan,
        Results results,
        @Nullable Footprint footprint,
        @Nullable ServerCosts costs,
        @Nullable Scale scale) {
    Report {
        commandLine = List.copyOf(commandLine);
        environment = Map.copyOf(environment);
        loadAverages = List.copyOf(loadAverages);
    }

    List<Target> targets() {
        List<Target> targets = new ArrayList<>(Target.of(plan, results, footprint));
        targets.addAll(Target.ofServer(costs, scale));
        return targets;
    }

    /** Calls that did not do what was asked, in all that was measured. */
    long errors() {
        Sample load = footprint == null ? null : footprint.load();
        return results.errors() + (load == null ? 0 : load.errors()) + (scale == null ? 0 : scale.errors());
    }
}
