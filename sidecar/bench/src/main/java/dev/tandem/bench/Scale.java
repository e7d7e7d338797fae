package dev.tandem.bench;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What many tasks take of a store's memory, and of the time of calls.
 *
 * @param weighed what grows by the tasks' memory
 * @param memory each number of tasks and payload
 * @param samples of calls through the sidecar, by how many tasks there are; one of each round
 * @param steady null if the store writes no states
 */
record Scale(
        String weighed,
        List<Memory> memory,
        Map<Point, List<Sample>> samples,
        @Nullable Steady steady) {
    /**
     * Tasks that wait to be claimed.
     *
     * @param bytesPerTask by which the store's memory grew
     */
    record Memory(int tasks, int payloadBytes, double bytesPerTask) {}

    /** An operation in a namespace of so many tasks. */
    record Point(int tasks, Operation operation) {}

    /**
     * Creates at a fixed rate, through the sidecar, while the store writes its state to its disk.
     *
     * @param tasks that there are at the beginning
     * @param rate calls a second
     * @param snapshots how many states were written meanwhile, by all nodes
     */
    record Steady(int tasks, double rate, Sample sample, int snapshots) {}

    Scale with(Steady steady) {
        return new Scale(weighed, memory, samples, steady);
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
                        .sum()
                + (steady == null ? 0 : steady.sample().errors());
    }

    /** The numbers of tasks, in the order in which they were asked for. */
    List<Integer> tasks() {
        return samples.keySet().stream().map(Point::tasks).distinct().toList();
    }
}
