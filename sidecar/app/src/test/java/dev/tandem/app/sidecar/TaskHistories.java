package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Callers that change tasks at random, each its own, and keep what every task was, one after the other. */
final class TaskHistories implements AutoCloseable {
    private static final int CALLERS = 4;
    private static final int TASKS_OF_EACH = 150;
    private static final long DELETED = -1;

    private final long seed = Long.getLong("tandem.seed", System.nanoTime());
    private final SidecarCalls calls;
    private final Sidecar sidecar;
    private final String tasks;

    /** The versions of each task in their order, and {@link #DELETED} where it was deleted. */
    private final Map<String, List<Long>> histories = new ConcurrentHashMap<>();

    private final AtomicLong made = new AtomicLong();
    private final List<Thread> callers = new ArrayList<>();
    private volatile boolean stopping;
    private volatile @Nullable Throwable failure;

    TaskHistories(SidecarCalls calls, Sidecar sidecar, String tasks) {
        this.calls = calls;
        this.sidecar = sidecar;
        this.tasks = tasks;
        for (int number = 0; number < CALLERS; number++) {
            int caller = number;
            Thread thread = new Thread(() -> run(caller), "caller-" + caller);
            thread.setDaemon(true);
            thread.start();
            callers.add(thread);
        }
    }

    private void run(int caller) {
        Random random = new Random(seed + caller);
        try {
            while (!stopping) {
                call(random, caller);
                made.incrementAndGet();
            }
        } catch (Exception | AssertionError e) {
            failure = e;
        }
    }

    private void call(Random random, int caller) throws IOException, InterruptedException {
        String id = "c" + caller + "-" + random.nextInt(TASKS_OF_EACH);
        String task = tasks + "/" + id;
        switch (random.nextInt(5)) {
            case 0 ->
                written(calls.post(
                        sidecar,
                        tasks + ":claim",
                        new JsonObject()
                                .put("queues", new JsonArray().add("q" + caller))
                                .put("worker_id", "w")
                                .put("max_tasks", 3)
                                .put("lease_duration", "3600s")
                                .encode()));
            case 1 -> {
                int status = calls.http()
                        .send(calls.request(sidecar, task).DELETE().build(), BodyHandlers.ofString())
                        .statusCode();
                if (status == 200) {
                    add(id, DELETED);
                }
            }
            case 2 -> written(calls.post(sidecar, task + ":cancel", "{}"));
            default ->
                written(calls.post(
                        sidecar,
                        tasks,
                        new JsonObject()
                                .put("task_id", id)
                                .put("task", new JsonObject().put("queue", "q" + caller))
                                .encode()));
        }
    }

    /** What is refused has changed nothing. */
    private void written(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer::body).isIn(200, 400, 404, 409);
        if (answer.statusCode() != 200) {
            return;
        }
        JsonObject body = new JsonObject(answer.body());
        JsonArray all = body.getJsonArray("tasks", new JsonArray());
        for (Object each : body.containsKey("task_id") ? new JsonArray().add(body) : all) {
            JsonObject task = (JsonObject) each;
            add(task.getString("task_id"), Long.parseLong(task.getString("etag")));
        }
    }

    private void add(String id, long version) {
        List<Long> history = histories.computeIfAbsent(id, key -> new CopyOnWriteArrayList<>());
        // Canceling twice changes nothing.
        if (history.isEmpty() || history.get(history.size() - 1) != version) {
            history.add(version);
        }
    }

    /** Waits until so many more calls have been answered. */
    void awaitCalls(long more) throws Exception {
        long until = made.get() + more;
        SidecarCalls.awaitThat(more + " calls", () -> {
            assertThat(failure).isNull();
            return made.get() >= until;
        });
    }

    /** How much of each task's history was acknowledged by now. */
    Map<String, Integer> acknowledged() {
        Map<String, Integer> lengths = new HashMap<>();
        histories.forEach((id, history) -> lengths.put(id, history.size()));
        return lengths;
    }

    /**
     * Checks that every task is as it was at some moment after {@code acknowledged}. Calls that were under way then must have been
     * answered.
     */
    void check(List<StoredRecord> records, Map<String, Integer> acknowledged) {
        Map<String, Long> found = new HashMap<>();
        for (StoredRecord record : records) {
            if (record instanceof Task task) {
                found.put(task.id(), task.version());
            }
        }
        assertThat(acknowledged).hasSizeGreaterThan(100);
        assertThat(histories.keySet()).containsAll(found.keySet());
        histories.forEach((id, history) -> {
            int from = Math.max(0, acknowledged.getOrDefault(id, 0) - 1);
            List<Long> allowed = new ArrayList<>(history.subList(from, history.size()));
            if (!acknowledged.containsKey(id)) {
                allowed.add(DELETED);
            }
            assertThat(allowed)
                    .as("-Dtandem.seed=%s: what %s may be, of %s", seed, id, history)
                    .contains(found.getOrDefault(id, DELETED));
        });
    }

    @Override
    public void close() {
        stopping = true;
        try {
            for (Thread caller : callers) {
                caller.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertThat(failure).isNull();
    }
}
