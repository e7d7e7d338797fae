package dev.tandem.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever is done between any two steps of an export, its file is the state at its last page of changes. */
class BackupUnderLoadTest {
    private static final int TASKS = 3_000;

    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = new TestClock();
    private final BackupCalls backups = new BackupCalls(vertx);
    private final ReferenceTaskStore store = new ReferenceTaskStore(vertx);
    private final StoreCalls calls = new StoreCalls(vertx, store, clock, "default");
    private final long seed = Long.getLong("tandem.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private int requests;

    @AfterEach
    void close() {
        StoreCalls.await(vertx.close());
    }

    @Test
    void export_whileTasksChange_hasEachAsItWasAtTheLastPageOfChanges() {
        for (int i = 0; i < TASKS; i++) {
            calls.apply(Tasks.create("task" + i));
            clock.advanceMillis(random.nextInt(3));
        }
        int[] steps = {0};
        Map<String, StoredRecord> atLastPage = new HashMap<>();
        HookedStore busy = new HookedStore(store, command -> {}, query -> {
            steps[0]++;
            change(random.nextInt(60));
            if (query instanceof TaskQuery.Changes) {
                atLastPage.clear();
                atLastPage.putAll(tasksAndTombstones(calls));
            }
        });

        byte[] file = backups.export(busy, () -> change(random.nextInt(20)), "default");

        assertThat(steps[0]).as("steps").isGreaterThan(10);
        ReferenceTaskStore target = new ReferenceTaskStore(vertx);
        StoreCalls there = new StoreCalls(vertx, target, clock, "default");
        backups.restore(file, target);
        Map<String, StoredRecord> found = tasksAndTombstones(there);
        Set<String> names = new TreeSet<>(found.keySet());
        names.addAll(atLastPage.keySet());
        names.removeIf(name -> Objects.equals(found.get(name), atLastPage.get(name)));
        assertThat(names)
                .as("-Dtandem.seed=%s: tasks that are not as they were", seed)
                .isEmpty();
        assertRequestsHaveTheirEffects(there, found);
        assertThat(BackupCalls.check(file).namespaces().get(0).changes()).isPositive();
    }

    private static Map<String, StoredRecord> tasksAndTombstones(StoreCalls calls) {
        Map<String, StoredRecord> found = new HashMap<>();
        for (StoredRecord record : calls.scanAll()) {
            if (record instanceof Task || record instanceof Tombstone) {
                assertThat(found.put(record.position().name(), record)).isNull();
            }
        }
        return found;
    }

    private void assertRequestsHaveTheirEffects(StoreCalls there, Map<String, StoredRecord> found) {
        int seen = 0;
        for (StoredRecord record : there.scanAll()) {
            if (record instanceof RequestRecord request) {
                seen++;
                for (RequestRecord.Touched touched : request.touched()) {
                    StoredRecord now = found.get(touched.id());
                    long version = now instanceof Task task
                            ? task.version()
                            : now instanceof Tombstone tombstone ? tombstone.version() : 0;
                    assertThat(version)
                            .as("-Dtandem.seed=%s: what %s wrote", seed, request)
                            .isGreaterThanOrEqualTo(touched.version());
                }
            }
        }
        assertThat(seen).as("requests").isPositive();
    }

    private void change(int times) {
        for (int i = 0; i < times; i++) {
            clock.advanceMillis(random.nextInt(2));
            String id = "task" + random.nextInt(TASKS + 200);
            Verb verb = switch (random.nextInt(6)) {
                case 0 -> Tasks.delete(id);
                case 1 -> Tasks.cancel(id);
                case 2 -> Tasks.update(id).priority(random.nextInt(100)).verb();
                case 3 -> Tasks.claim("worker", 3);
                default -> Tasks.create(id);
            };
            Outcome outcome = store.execute(
                            Tasks.request("default", clock.millis(), "request" + requests++, verb), CallOptions.DEFAULT)
                    .result();
            assertThat(outcome).isNotNull();
        }
    }
}
