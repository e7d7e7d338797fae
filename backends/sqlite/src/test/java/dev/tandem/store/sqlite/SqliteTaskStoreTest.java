package dev.tandem.store.sqlite;

import static dev.tandem.store.sqlite.Stores.NS;
import static dev.tandem.store.sqlite.Stores.QUEUE;
import static dev.tandem.store.sqlite.Stores.applied;
import static dev.tandem.store.sqlite.Stores.ask;
import static dev.tandem.store.sqlite.Stores.claim;
import static dev.tandem.store.sqlite.Stores.claimed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.Cursor;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Applied;
import dev.tandem.task.Task;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the file holds after it was closed and opened again, and what the store does with large and many tasks. */
class SqliteTaskStoreTest {
    @TempDir
    Path folder;

    private final Stores stores = new Stores();

    @AfterEach
    void close() {
        stores.close();
    }

    @Test
    void reopen_afterALife_everythingIsAsItWas() {
        Path file = folder.resolve("tandem.db");
        SqliteTaskStore store = stores.open(file);
        Task one = applied(Stores.run(store, 10, Stores.create("one")));
        applied(Stores.run(
                store,
                11,
                Stores.create(
                        "two", TaskSpec.of(QUEUE, Bytes.of(new byte[] {1, 2})).withPriority(3))));
        Task two = claimed(Stores.run(store, 12, claim(1))).get(0);
        Stores.run(store, 13, new Verb.Delete("one", 0));
        Stores.run(store, 14, new Verb.AcquireLease("leader", "a", 1_000));
        var lease = ask(store, new TaskQuery.GetLease(NS, "leader"));
        Stores.await(store.close());

        SqliteTaskStore again = stores.open(file);

        assertThat(Stores.get(again, "one")).isEmpty();
        assertThat(Stores.get(again, "two")).contains(two);
        assertThat(lease).isPresent();
        assertThat(ask(again, new TaskQuery.GetLease(NS, "leader"))).isEqualTo(lease);
        assertThat(ask(again, new TaskQuery.Count(NS, TaskFilter.ALL)).byState())
                .containsExactly(Map.entry(TaskState.PROCESSING, 1L));
        assertThat(ask(again, new TaskQuery.Namespaces())).containsExactly(NS);
        assertThat(applied(Stores.run(again, 15, Stores.create("one"))).version())
                .isGreaterThan(one.version());
    }

    @Test
    void complete_aLargePayload_isReadBackWhole() {
        SqliteTaskStore store = stores.open(Stores.quick(folder.resolve("tandem.db")));
        byte[] payload = new byte[256 * 1024];
        new Random(1).nextBytes(payload);
        Stores.run(store, 1, Stores.create("big", TaskSpec.of(QUEUE, Bytes.of(payload))));
        Task task = claimed(Stores.run(store, 2, claim(1))).get(0);

        var outcome = Stores.run(store, 3, new Verb.Complete("big", task.version(), Bytes.of(payload)));

        assertThat(outcome).isInstanceOf(Applied.class);
        Task read = Stores.get(store, "big").orElseThrow();
        assertThat(read.spec().payload().array()).isEqualTo(payload);
        assertThat(read.result().array()).isEqualTo(payload);
        assertThat(read).isEqualTo(applied(outcome));
    }

    @Test
    void changes_largePayloads_pagesEndBeforeTheyFillTheMemory() {
        SqliteTaskStore store = stores.open(Stores.quick(folder.resolve("tandem.db")));
        TaskSpec large = TaskSpec.of(QUEUE, Bytes.of(new byte[256 * 1024]));
        for (int i = 10; i < 50; i++) {
            Stores.run(store, i, Stores.create("t" + i, large));
        }

        var changes = ask(store, new TaskQuery.Changes(NS, new Cursor(List.of(0L)), 100));
        assertThat(changes.changes()).hasSizeBetween(10, 17);
        assertThat(changes.more()).isTrue();
    }

    @Test
    void claim_manyScheduledAndManyPriorities_findsTheDueOnesInOrder() {
        SqliteTaskStore store = stores.open(Stores.quick(folder.resolve("tandem.db")));
        List<Future<?>> created = new ArrayList<>();
        List<Map.Entry<Integer, String>> expected = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            TaskSpec spec = TaskSpec.of(QUEUE, Bytes.EMPTY).withPriority(i % 100);
            // One in a thousand or so is due; the others are an hour ahead.
            boolean due = i % 999 == 7;
            if (due) {
                expected.add(Map.entry(100 - i % 100, "t" + i));
            }
            created.add(Stores.execute(store, 1, new Verb.Create("t" + i, spec, due ? 0 : 3_600_000, 0, Map.of())));
            if (created.size() == 4_000) {
                Stores.await(Future.join(created));
                created.clear();
            }
        }

        List<Task> first = claimed(Stores.run(store, 2, claim(5)));
        List<Task> rest = claimed(Stores.run(store, 3, claim(100)));

        expected.sort(Map.Entry.<Integer, String>comparingByKey().thenComparing(Map.Entry.comparingByValue()));
        assertThat(first).hasSize(5);
        assertThat(Stream.concat(first.stream(), rest.stream()).map(Task::id))
                .hasSizeGreaterThan(20)
                .containsExactlyElementsOf(
                        expected.stream().map(Map.Entry::getValue).toList());
        assertThat(Stores.run(store, 4, new Verb.Claim(List.of(QUEUE), "w", 30_000, 1)))
                .isEqualTo(new Outcome.Claimed(List.of(), 30_002));
    }
}
