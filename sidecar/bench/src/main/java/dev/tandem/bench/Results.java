package dev.tandem.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** All samples, by cell, in the order in which they came. */
final class Results {
    private final Map<Cell, List<Sample>> samples = new LinkedHashMap<>();

    void add(Cell cell, Sample sample) {
        samples.computeIfAbsent(cell, first -> new ArrayList<>()).add(sample);
    }

    Map<Cell, List<Sample>> samples() {
        return Collections.unmodifiableMap(samples);
    }

    boolean has(Cell cell) {
        return samples.containsKey(cell);
    }

    /** The median over the rounds; NaN for a cell that was not measured. */
    double median(Cell cell, ToDoubleFunction<Sample> of) {
        return median(samples.getOrDefault(cell, List.of()).stream()
                .filter(sample -> sample.count() > 0)
                .mapToDouble(of)
                .toArray());
    }

    /** The middle one, or the mean of the middle two; NaN of none. */
    static double median(double[] values) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /** The direct way that a call through a sidecar is compared with: the cheapest that was measured; null if none was. */
    @Nullable
    Way direct(Cell sidecar) {
        return sidecar.way().direct().stream()
                .filter(way -> has(sidecar.by(way)))
                .findFirst()
                .orElse(null);
    }

    /** How much longer a call through the sidecar takes than a direct one and an empty one together, at the median. */
    double latencyRatio(Cell sidecar, Way direct) {
        double apart = median(sidecar.by(direct), Sample::p50Nanos) + median(sidecar.by(Way.EMPTY), Sample::p50Nanos);
        return median(sidecar, Sample::p50Nanos) / apart;
    }

    /** What part of the direct calls' throughput goes through the sidecar. */
    double throughputRatio(Cell sidecar, Way direct) {
        return median(sidecar, Sample::throughput) / median(sidecar.by(direct), Sample::throughput);
    }

    long errors() {
        return samples.values().stream()
                .flatMap(List::stream)
                .mapToLong(Sample::errors)
                .sum();
    }
}
