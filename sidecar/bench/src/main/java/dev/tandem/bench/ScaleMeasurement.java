package dev.tandem.bench;

import dev.tandem.task.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/** Fills namespaces with many tasks, weighs them, and measures calls beside them, in turns. */
final class ScaleMeasurement {
    private static final String QUEUE = "many";
    private static final int FILL_IN_FLIGHT = 64;
    private static final Duration FILL_TIMEOUT = Duration.ofMinutes(30);
    private static final int CALLS_IN_FLIGHT = 16;
    /** So that numbers that follow each other make ids that are far apart. */
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private static final int PAYLOAD_BYTES = 1024;

    /** A namespace with tasks. */
    private record Population(String namespace, int tasks) {
        String id(long number) {
            SplittableRandom random = new SplittableRandom(number * GOLDEN);
            return new UUID(random.nextLong(), random.nextLong()).toString();
        }
    }

    /** What a store's tasks weigh. */
    interface Scales {
        /** What {@link #usedBytes} are. */
        String describe();

        /** What all its tasks take now, once what was removed is gone. */
        long usedBytes();
    }

    private final LoadGenerator load;
    private final TaskCalls store;
    private final TaskCalls api;
    private final Scales scales;
    private final ManyNamespaces namespaces;
    private final List<Scale.Memory> memory = new ArrayList<>();
    private final Map<Scale.Point, List<Sample>> samples = new LinkedHashMap<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private long created;

    /**
     * @param store by which namespaces are filled
     * @param api by which calls are measured
     */
    ScaleMeasurement(LoadGenerator load, TaskCalls store, TaskCalls api, Scales scales, ManyNamespaces namespaces) {
        this.load = load;
        this.store = store;
        this.api = api;
        this.scales = scales;
        this.namespaces = namespaces;
    }

    /** @param tasks how many, one number after the other; the first one with payloads as well */
    Scale run(List<Integer> tasks, Plan plan) {
        namespaces.remove(fill(tasks.get(0), PAYLOAD_BYTES).namespace());
        List<Population> populations = new ArrayList<>();
        for (int number : tasks) {
            populations.add(fill(number, 0));
        }
        for (int round = 0; round < plan.rounds(); round++) {
            for (Population each : populations) {
                measure(each, plan.phase());
            }
            Collections.rotate(populations, 1);
        }
        populations.forEach(each -> namespaces.remove(each.namespace()));
        return new Scale(scales.describe(), memory, samples, null);
    }

    private Population fill(int tasks, int payloadBytes) {
        Population population = new Population(namespaces.another(), tasks);
        namespaces.use(population.namespace());
        byte[] bytes = new byte[payloadBytes];
        random.nextBytes(bytes);
        Bytes payload = Bytes.of(bytes);
        long before = scales.usedBytes();
        long[] next = {0};
        Sample filled = LoadGenerator.await(
                load.closed(
                        () -> next[0] < tasks ? store.create(population.id(next[0]++), QUEUE, payload) : null,
                        FILL_IN_FLIGHT,
                        FILL_TIMEOUT),
                FILL_TIMEOUT);
        if (filled.count() < tasks) {
            throw new BenchException(
                    "only " + filled.count() + " of " + tasks + " tasks could be made: " + filled.firstError());
        }
        memory.add(new Scale.Memory(tasks, payloadBytes, (double) (scales.usedBytes() - before) / tasks));
        return population;
    }

    private void measure(Population population, Duration phase) {
        namespaces.use(population.namespace());
        sample(
                population,
                Operation.GET_HIT,
                phase,
                () -> api.get(population.id(random.nextInt(population.tasks()))).map(found -> {
                    if (!found) {
                        throw new BenchException("a task that was created is not found");
                    }
                    return true;
                }));
        sample(
                population,
                Operation.CREATE,
                phase,
                () -> api.create(population.id(population.tasks() + created++), QUEUE, Bytes.EMPTY));
        sample(population, Operation.CLAIM, phase, () -> api.claim(QUEUE));
    }

    private void sample(Population population, Operation operation, Duration phase, LoadGenerator.Calls calls) {
        Sample sample = LoadGenerator.await(load.closed(calls, CALLS_IN_FLIGHT, phase), phase);
        samples.computeIfAbsent(new Scale.Point(population.tasks(), operation), first -> new ArrayList<>())
                .add(sample);
    }
}
