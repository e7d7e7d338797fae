package dev.tandem.bench;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * When, where and by which command a run was made: the beginning of every report.
 *
 * @param environment by name, as {@link Environment} tells it
 * @param loadAverages of the machine, at the start and at the end
 */
record Circumstances(
        Instant startedAt, List<String> commandLine, Map<String, Object> environment, List<Double> loadAverages) {
    Circumstances {
        commandLine = List.copyOf(commandLine);
        environment = Map.copyOf(environment);
        loadAverages = List.copyOf(loadAverages);
    }
}
