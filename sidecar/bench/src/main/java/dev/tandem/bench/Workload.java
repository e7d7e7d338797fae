package dev.tandem.bench;

import dev.tandem.bench.TaskCalls.Held;
import dev.tandem.task.Bytes;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One pass: the operations one after the other on tasks of its own, as each needs what those before it left. Reads find
 * what was created, claims take it, completions finish what was claimed.
 */
final class Workload {
    static final String WORKER = "bench";

    /** The most tasks that one pass makes, so that neither this process nor the store grows without bound. */
    static final int TASKS_MAX = 50_000;

    /** How many tasks reads and claims are given if creating is not measured itself. */
    private static final int TASKS_UNMEASURED = 2_000;

    private static final int UNMEASURED_IN_FLIGHT = 64;

    /** Hears of each measured operation. */
    interface Phases {
        default void begin(Operation operation) {}

        void end(Operation operation, Sample sample);
    }

    private final LoadGenerator load;
    private final TaskCalls calls;
    private final Plan plan;
    private final int inFlight;
    private final Bytes payload;
    private final SplittableRandom random;
    private final String queue;
    private final List<String> created = new ArrayList<>();
    private final Deque<Held> held = new ArrayDeque<>();
    private int claims;

    Workload(LoadGenerator load, TaskCalls calls, Plan plan, int inFlight, int payloadBytes, SplittableRandom random) {
        this.load = load;
        this.calls = calls;
        this.plan = plan;
        this.inFlight = inFlight;
        this.random = random;
        byte[] bytes = new byte[payloadBytes];
        random.nextBytes(bytes);
        this.payload = Bytes.of(bytes);
        // Leftovers of other passes are not to be claimed.
        this.queue = "q-" + newId();
    }

    /** Runs on the calling thread, which waits for each operation. */
    void run(Phases results) {
        if (plan.operations().contains(Operation.CREATE)) {
            measure(Operation.CREATE, this::create, results);
        } else {
            unmeasured(() -> created.size() < TASKS_UNMEASURED ? create() : null);
        }
        measure(Operation.GET_HIT, this::getHit, results);
        measure(Operation.GET_MISS, this::getMiss, results);
        measure(Operation.CLAIM, this::claim, results);
        if (isMeasured(Operation.COMPLETE) && !isMeasured(Operation.CLAIM)) {
            unmeasured(this::claim);
        }
        measure(Operation.COMPLETE, this::complete, results);
        measure(Operation.LIFE, this::life, results);
        if (plan.cleansUp()) {
            Deque<String> left = new ArrayDeque<>(created);
            unmeasured(() -> left.isEmpty() ? null : calls.delete(left.poll()));
        }
    }

    private void measure(Operation operation, LoadGenerator.Calls next, Phases results) {
        if (!isMeasured(operation)) {
            return;
        }
        results.begin(operation);
        Future<Sample> phase = plan.rate() > 0
                ? load.open(next, plan.rate(), plan.phase())
                : load.closed(next, inFlight, plan.phase());
        results.end(operation, LoadGenerator.await(phase, plan.phase()));
    }

    private boolean isMeasured(Operation operation) {
        return plan.operations().contains(operation) && calls.operations().contains(operation);
    }

    /** What must be done but is not measured. */
    private void unmeasured(LoadGenerator.Calls next) {
        Sample sample = LoadGenerator.await(
                load.closed(next, UNMEASURED_IN_FLIGHT, LoadGenerator.DRAIN_TIMEOUT), LoadGenerator.DRAIN_TIMEOUT);
        if (sample.errors() > 0) {
            throw new BenchException(
                    "what the measurement needs failed " + sample.errors() + " times; first: " + sample.firstError());
        }
    }

    private @Nullable Future<?> create() {
        if (created.size() >= TASKS_MAX) {
            return null;
        }
        String id = newId();
        return calls.create(id, queue, payload).onSuccess(done -> created.add(id));
    }

    private @Nullable Future<?> getHit() {
        if (created.isEmpty()) {
            return null;
        }
        String id = created.get(random.nextInt(created.size()));
        return calls.get(id).map(found -> expect(found, "a task that was created is not found"));
    }

    private Future<?> getMiss() {
        return calls.get(newId()).map(found -> expect(!found, "a task that was never created is found"));
    }

    private @Nullable Future<?> claim() {
        if (claims >= created.size()) {
            return null;
        }
        claims++;
        return calls.claim(queue).onSuccess(held::add);
    }

    private @Nullable Future<?> complete() {
        Held next = held.poll();
        return next == null ? null : calls.complete(next);
    }

    private @Nullable Future<?> life() {
        if (created.size() >= 2 * TASKS_MAX) {
            return null;
        }
        String id = newId();
        return calls.create(id, id, payload).compose(done -> {
            created.add(id);
            return calls.claim(id).compose(calls::complete);
        });
    }

    private static boolean expect(boolean right, String otherwise) {
        if (!right) {
            throw new BenchException(otherwise);
        }
        return true;
    }

    /** A UUIDv7, as the sidecar itself would make it. */
    private String newId() {
        long high = System.currentTimeMillis() << 16 | 0x7000 | random.nextInt(0x1000);
        long low = 0x8000_0000_0000_0000L | random.nextLong() >>> 2;
        return new UUID(high, low).toString();
    }
}
