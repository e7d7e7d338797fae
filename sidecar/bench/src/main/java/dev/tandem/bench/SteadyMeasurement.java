package dev.tandem.bench;

import dev.tandem.task.Bytes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/** Creates tasks at a fixed rate until the nodes have written their states, and measures what the calls feel of that. */
final class SteadyMeasurement {
    /** What nodes that have just been started keep up with, on a machine that they share. */
    private static final double RATE = 500;

    private static final Duration TIME_MIN = Duration.ofSeconds(10);
    private static final Duration TIME_MAX = Duration.ofMinutes(2);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);
    private static final int PAYLOAD_BYTES = 1024;

    private final LoadGenerator load;
    private final TaskCalls api;
    private final StoreNodes nodes;
    private final Map<String, Long> snapshots = new HashMap<>();
    private int written;

    SteadyMeasurement(LoadGenerator load, TaskCalls api, StoreNodes nodes) {
        this.load = load;
        this.api = api;
        this.nodes = nodes;
    }

    /**
     * Goes on until as many states were written as there are groups on all nodes, or the time is over.
     *
     * @param tasks that there are now
     */
    Scale.Steady run(int tasks) {
        look();
        written = 0;
        byte[] bytes = new byte[PAYLOAD_BYTES];
        new SplittableRandom(1).nextBytes(bytes);
        Bytes payload = Bytes.of(bytes);
        AtomicBoolean enough = new AtomicBoolean();
        Future<Sample> phase = load.open(
                () -> enough.get() ? null : api.create(UUID.randomUUID().toString(), "steady", payload),
                RATE,
                TIME_MAX);
        long start = System.nanoTime();
        while (!phase.isComplete()) {
            Waiting.pause(POLL);
            look();
            boolean isLong = System.nanoTime() - start > TIME_MIN.toNanos();
            enough.set(isLong && written >= snapshots.size());
        }
        return new Scale.Steady(tasks, RATE, LoadGenerator.await(phase, TIME_MAX), written);
    }

    /** Counts the states that are newer than at the last look. */
    private void look() {
        for (StoreNodes.Node node : nodes.nodes()) {
            Waiting.on(node.raft(), ANSWER_TIMEOUT, "the state of " + node.name()).getJsonArray("groups").stream()
                    .map(JsonObject.class::cast)
                    .filter(group -> group.getInteger("group") > 0 && group.containsKey("snapshot_index"))
                    .forEach(group -> {
                        String key = node.name() + " " + group.getInteger("group");
                        long index = group.getLong("snapshot_index");
                        Long before = snapshots.put(key, index);
                        written += before == null || before == index ? 0 : 1;
                    });
        }
    }
}
