package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.testkit.HistoryChecks;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.Operation;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Several clients that work at once on one or more stores, from one seed, while a test does harm to the servers. All that
 * they saw is in the history.
 *
 * <p>Some of the work is in namespaces that stay, without claims, so that versions are followed from the first to the last
 * fault. Most is in one namespace after the other, which keeps each history short enough to check: a claim whose answer
 * got lost may have met any of its tasks.
 */
final class Work {
    private static final int TASKS_STEADY = 24;
    private static final int TASKS = 6;
    /** After how many acknowledged commands the next namespace is begun. */
    private static final long CALLS_PER_NAMESPACE = 400;

    /**
     * A namespace that clients work in, with few ids so that they meet.
     *
     * @param hasClaims whether tasks are claimed in it
     */
    record Area(String namespace, long leaseMillis, int tasks, boolean hasClaims) {
        String anyTask(Random random) {
            return "t" + random.nextInt(tasks);
        }
    }

    /**
     * What is done.
     *
     * @param steady the namespaces that stay
     * @param steadyPercent how much of the work is in these
     * @param reads whether anybody reads before the end
     */
    record Plan(List<String> steady, int steadyPercent, boolean reads) {}

    private final List<RedisTaskStore> stores;
    private final List<Area> steady;
    private final int steadyPercent;
    private final HistoryRecorder history = new HistoryRecorder();
    private final WorkProgress progress = new WorkProgress();
    private final List<WorkClient> clients;

    /**
     * Starts so many clients.
     *
     * @param stores which take turns
     * @param deadline of each call
     */
    Work(Vertx vertx, List<RedisTaskStore> stores, int count, Plan plan, Duration deadline) {
        long seed = Long.getLong("tandem.seed", System.nanoTime());
        System.out.println("clients of the seed " + seed + ": again by -Dtandem.seed=" + seed
                + ", though how they and the faults meet is up to the machine");
        this.stores = stores;
        this.steady = plan.steady().stream()
                .map(name -> new Area(name, 200, TASKS_STEADY, false))
                .toList();
        this.steadyPercent = plan.steadyPercent();
        Random random = new Random(seed);
        this.clients = IntStream.rangeClosed(1, count)
                .mapToObj(number -> {
                    TaskStore store = history.client(number, stores.get(number % stores.size()));
                    return new WorkClient(
                            number,
                            store,
                            ((VertxInternal) vertx).createEventLoopContext(),
                            random.nextLong(),
                            deadline,
                            plan.reads(),
                            this::area,
                            progress);
                })
                .toList();
        clients.forEach(WorkClient::start);
    }

    private Area area(Random random) {
        if (random.nextInt(100) < steadyPercent) {
            return steady.get(random.nextInt(steady.size()));
        }
        long generation = progress.count(WorkProgress.ACKNOWLEDGED) / CALLS_PER_NAMESPACE;
        // Short leases run out while their worker still works, or while the server is away.
        return new Area("n" + generation, generation % 3 == 1 ? 30_000 : 150, TASKS, true);
    }

    WorkProgress progress() {
        return progress;
    }

    /** Ends the work: what is under way is finished. */
    void finish() {
        StoreCalls.await(Future.all(clients.stream().map(WorkClient::finish).toList()));
        progress.assertNoSurprise();
    }

    /** Ends the work, reads everything once more, and checks all that was seen. */
    void finishAndCheck() {
        finish();
        HistoryChecks.check(wholeHistory());
    }

    /** What was seen, and what is there to be seen in the end. */
    List<Operation> wholeHistory() {
        TaskStore reader = history.client(0, stores.get(0));
        TreeSet<String> namespaces = new TreeSet<>();
        history.operations().forEach(seen -> namespaces.add(seen.call().namespace()));
        for (String namespace : namespaces) {
            StoreTest.awaitServer(() -> reader.query(new TaskQuery.Get(namespace, "none"), CallOptions.DEFAULT));
            List<Future<?>> reads = new ArrayList<>();
            for (int task = 0; task < TASKS_STEADY; task++) {
                reads.add(reader.query(new TaskQuery.Get(namespace, "t" + task), CallOptions.DEFAULT));
            }
            for (int scope = 0; scope < 2; scope++) {
                reads.add(reader.query(new TaskQuery.GetLease(namespace, "s" + scope), CallOptions.DEFAULT));
            }
            StoreCalls.await(Future.all(reads));
        }
        return history.operations();
    }
}
