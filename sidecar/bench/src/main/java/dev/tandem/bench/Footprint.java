package dev.tandem.bench;

import dev.tandem.task.Bytes;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a sidecar takes of its machine: time to start, memory when idle and under a given rate of calls.
 *
 * @param readyNanos of each start, from the start of the process to the first answered call
 * @param idleBytes resident memory after the first call, once things have settled; -1 if the system does not tell
 * @param loadedBytes the same at the end of the load
 * @param rate calls a second that were asked for: four reads to each create
 * @param load what the calls came to; null if none were made
 */
record Footprint(
        List<Long> readyNanos,
        long idleBytes,
        long loadedBytes,
        double rate,
        @Nullable Sample load) {
    private static final Duration SETTLE = Duration.ofSeconds(1);
    private static final int READS_PER_CREATE = 4;
    private static final int TASKS_FIRST = 1_000;
    private static final int FIRST_IN_FLIGHT = 16;

    Footprint {
        readyNanos = List.copyOf(readyNanos);
    }

    double medianReadyMillis() {
        return Results.median(
                readyNanos.stream().mapToDouble(nanos -> nanos / 1e6).toArray());
    }

    static long idleBytes(SidecarProcess sidecar) {
        Waiting.pause(SETTLE);
        return resident(sidecar);
    }

    static long resident(SidecarProcess sidecar) {
        OptionalLong bytes = sidecar.process().residentBytes();
        return bytes.isPresent() ? bytes.getAsLong() : -1;
    }

    /** Makes {@code rate} calls a second, one of five a create with a payload of 100 bytes, the others reads. */
    static Sample load(LoadGenerator load, TaskCalls calls, double rate, Duration time) {
        SplittableRandom random = new SplittableRandom(1);
        Bytes payload = Bytes.of(new byte[100]);
        List<String> ids = new ArrayList<>();
        LoadGenerator.Calls create = () -> {
            String id = UUID.randomUUID().toString();
            return calls.create(id, "footprint", payload).onSuccess(done -> {
                if (ids.size() < Workload.TASKS_MAX) {
                    ids.add(id);
                }
            });
        };
        Sample first = LoadGenerator.await(
                load.closed(
                        () -> ids.size() < TASKS_FIRST ? create.get() : null, FIRST_IN_FLIGHT, SETTLE.multipliedBy(10)),
                SETTLE.multipliedBy(10));
        if (ids.isEmpty()) {
            throw new BenchException("no task could be created: " + first.firstError());
        }
        int[] made = {0};
        LoadGenerator.Calls mixed = () -> {
            if (made[0]++ % (READS_PER_CREATE + 1) == 0) {
                return create.get();
            }
            Future<Boolean> read = calls.get(ids.get(random.nextInt(ids.size())));
            return read;
        };
        return LoadGenerator.await(load.open(mixed, rate, time), time);
    }
}
