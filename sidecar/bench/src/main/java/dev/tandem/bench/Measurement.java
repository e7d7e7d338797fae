package dev.tandem.bench;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures a plan by all ways, in turns: each round goes through everything once, and each next round begins with
 * another way, so that whatever else the machine does hits all alike.
 */
final class Measurement {
    /** Hears how far it has come. */
    interface Progress {
        void at(int pass, int passes, Way way, int inFlight, int payloadBytes);

        default void begin(Cell cell) {}

        default void end(Cell cell, Sample sample) {}
    }

    private final LoadGenerator load;
    private final Map<Way, TaskCalls> calls;
    private final Namespaces namespaces;
    private final @Nullable Supplier<Future<?>> empty;
    private final SplittableRandom random;

    /**
     * @param namespaces where {@code calls} are made
     * @param empty makes a call that does nothing; null if there is nothing to make it to
     */
    Measurement(
            LoadGenerator load,
            Map<Way, TaskCalls> calls,
            Namespaces namespaces,
            @Nullable Supplier<Future<?>> empty,
            long seed) {
        this.load = load;
        this.calls = new EnumMap<>(calls);
        this.namespaces = namespaces;
        this.empty = empty;
        this.random = new SplittableRandom(seed);
    }

    Results run(Plan plan, Progress progress) {
        Results results = new Results();
        List<Way> ways = new ArrayList<>(calls.keySet());
        if (empty != null) {
            ways.add(Way.EMPTY);
        }
        int pass = 0;
        for (int round = 0; round < plan.rounds(); round++) {
            for (int inFlight : plan.inFlights()) {
                for (int payloadBytes : plan.payloadBytes()) {
                    for (Way way : ways) {
                        progress.at(pass, plan.passes(), way, inFlight, payloadBytes);
                        measure(plan, way, inFlight, payloadBytes, progress, results);
                    }
                    pass++;
                }
            }
            Collections.rotate(ways, 1);
        }
        return results;
    }

    private void measure(Plan plan, Way way, int inFlight, int payloadBytes, Progress progress, Results results) {
        TaskCalls by = calls.get(way);
        if (by != null) {
            namespaces.begin();
            new Workload(load, by, plan, inFlight, payloadBytes, random.split()).run(new Workload.Phases() {
                @Override
                public void begin(Operation operation) {
                    progress.begin(new Cell(way, operation, inFlight, payloadBytes));
                }

                @Override
                public void end(Operation operation, Sample sample) {
                    Cell cell = new Cell(way, operation, inFlight, payloadBytes);
                    progress.end(cell, sample);
                    results.add(cell, sample);
                }
            });
            namespaces.end();
        } else if (empty != null) {
            Future<Sample> phase = plan.rate() > 0
                    ? load.open(empty::get, plan.rate(), plan.phase())
                    : load.closed(empty::get, inFlight, plan.phase());
            results.add(
                    new Cell(Way.EMPTY, Operation.EMPTY, inFlight, payloadBytes),
                    LoadGenerator.await(phase, plan.phase()));
        }
    }
}
