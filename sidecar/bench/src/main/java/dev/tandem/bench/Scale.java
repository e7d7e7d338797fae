package dev.tandem.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What many tasks take of a Redis server's memory, and of the time of calls.
 *
 * @param memory each number of tasks and payload
 * @param samples of calls through the sidecar, by how many tasks there are; one of each round
 */
record Scale(List<Memory> memory, Map<Point, List<Sample>> samples) {
    /**
     * Tasks that wait to be claimed.
     *
     * @param bytesPerTask by which the server's used_memory grew
     */
    record Memory(int tasks, int payloadBytes, double bytesPerTask) {}

    /** An operation in a namespace of so many tasks. */
    record Point(int tasks, Operation operation) {}

    static Scale empty() {
        return new Scale(new ArrayList<>(), new LinkedHashMap<>());
    }

    double median(Point point, ToDoubleFunction<Sample> of) {
        return Results.median(samples.getOrDefault(point, List.of()).stream()
                .filter(sample -> sample.count() > 0)
                .mapToDouble(of)
                .toArray());
    }

    long errors() {
        return samples.values().stream()
                .flatMap(List::stream)
                .mapToLong(Sample::errors)
                .sum();
    }

    /** The numbers of tasks, in the order in which they were asked for. */
    List<Integer> tasks() {
        return samples.keySet().stream().map(Point::tasks).distinct().toList();
    }
}
