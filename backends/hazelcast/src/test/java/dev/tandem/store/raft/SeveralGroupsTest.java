package dev.tandem.store.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Consistency;
import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.member.TaskCluster;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.Outcome.Swept;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A namespace whose tasks are spread over three groups is one namespace all the same. */
class SeveralGroupsTest {
    private static final int GROUPS = 3;
    private static final String NAMESPACE = "default";
    private static final long TRY_MILLIS = 20_000;

    @TempDir
    static Path folder;

    private static @Nullable TaskCluster cluster;
    private static @Nullable Vertx vertx;

    private final TestClock clock = new TestClock();
    private TaskStore store;
    private StoreCalls calls;

    @BeforeAll
    static void startCluster() throws Exception {
        vertx = Vertx.vertx();
        cluster = TaskCluster.start(folder, GROUPS);
    }

    @AfterAll
    static void stopCluster() {
        cluster().close();
        StoreCalls.await(Objects.requireNonNull(vertx).close());
    }

    private static TaskCluster cluster() {
        return Objects.requireNonNull(cluster);
    }

    @BeforeEach
    void open() {
        cluster().clear();
        Vertx own = Objects.requireNonNull(vertx);
        store = new RaftTaskStore(own, cluster().groups(0));
        calls = new StoreCalls(own, store, clock, NAMESPACE);
    }

    @AfterEach
    void close() {
        StoreCalls.await(calls.start(store::close));
    }

    private Set<String> create(int count) {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < count; i++) {
            calls.apply(Tasks.create("t" + i));
            ids.add("t" + i);
            clock.advanceMillis(1);
        }
        for (int group = 1; group <= GROUPS; group++) {
            int wanted = group;
            assertThat(ids).as("some are in each group").anyMatch(id -> Shards.group(id, GROUPS) == wanted);
        }
        return ids;
    }

    @Test
    void capabilities_ofThreeGroups_areThreeShardsOnDisks() {
        assertThat(store.capabilities().shards()).isEqualTo(GROUPS);
        assertThat(store.capabilities().durability()).isEqualTo(Durability.MAJORITY_DISK);
    }

    @Test
    void shards_ofWellKnownNames_areAsTheyEverWere() {
        assertThat(List.of("a", "b", "t1", "t2", "0191f3c0-1111-7abc-8def-000000000001"))
                .extracting(name -> Shards.group(name, GROUPS))
                .containsExactly(3, 2, 3, 2, 1);
    }

    @Test
    void claims_untilNothingIsLeft_giveEachTaskOnce() {
        Set<String> ids = create(20);

        Map<String, String> owners = new HashMap<>();
        int claims = 0;
        Claimed claimed = calls.claim(Tasks.claim("w", 6));
        while (!claimed.tasks().isEmpty()) {
            assertThat(claimed.tasks()).hasSizeLessThanOrEqualTo(6);
            claimed.tasks()
                    .forEach(task -> assertThat(owners.put(task.id(), "w")).isNull());
            assertThat(++claims).isLessThan(20);
            claimed = calls.claim(Tasks.claim("w", 6));
        }

        assertThat(owners.keySet()).isEqualTo(ids);
        assertThat(claims).as("each claim but the last is full").isEqualTo(4);
        assertThat(claimed.nextDueAtMillis()).isEqualTo(clock.millis() + Tasks.LEASE_MILLIS);
    }

    @Test
    void claim_repeatedUnderItsRequestId_givesTheSameTasksAndNoMore() {
        create(12);
        List<String> first = ids((Claimed) calls.request("r", Tasks.claim("w", 7)));
        calls.apply(Tasks.create("later"));

        List<String> again = ids((Claimed) calls.request("r", Tasks.claim("w", 7)));

        assertThat(first).hasSize(7);
        assertThat(again).containsExactlyElementsOf(first);
        assertThat(calls.list(TaskFilter.ofStates(TaskState.ENQUEUED), 100)).hasSize(6);
    }

    private static List<String> ids(Claimed claimed) {
        return claimed.tasks().stream().map(Task::id).toList();
    }

    @Test
    void prune_acrossGroups_keepsToItsLimitAndIsRepeatedOnce() {
        create(12);
        for (int i = 0; i < 12; i++) {
            calls.apply(Tasks.cancel("t" + i));
        }
        clock.advanceMillis(10);
        Verb prune = new Verb.Prune(Set.of(TaskState.CANCELED), clock.millis(), 8);

        assertThat(calls.request("r", prune)).isEqualTo(new Swept(0, 8, true));
        assertThat(((Swept) calls.request("r", prune)).deleted()).isEqualTo(8);
        assertThat(calls.list(TaskFilter.ALL, 100)).hasSize(4);
        assertThat(calls.execute(prune)).isEqualTo(new Swept(0, 4, false));
    }

    @Test
    void sweep_acrossGroups_takesBackAllLeases() {
        create(9);
        assertThat(calls.claim(Tasks.claim("w", 100)).tasks()).hasSize(9);
        clock.advanceMillis(Tasks.LEASE_MILLIS);

        assertThat(calls.sweep(1000).requeued()).isEqualTo(9);
        assertThat(calls.sweep(1000)).isEqualTo(new Swept(0, 0, false));
    }

    @Test
    void list_inPages_hasAllTasksInOrderBothWays() {
        create(20);
        for (boolean newestFirst : List.of(false, true)) {
            List<Task> listed = new ArrayList<>();
            ListPosition after = null;
            do {
                TaskPage page = calls.query(new TaskQuery.ListTasks(NAMESPACE, TaskFilter.ALL, newestFirst, after, 6));
                listed.addAll(page.tasks());
                after = page.next();
            } while (after != null && listed.size() < 100);

            List<Long> times = listed.stream()
                    .map(task -> newestFirst ? -task.createdAtMillis() : task.createdAtMillis())
                    .toList();
            assertThat(listed).hasSize(20);
            assertThat(times).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void countsAndNamespaces_ofAllGroups_areOneAnswer() {
        create(9);
        calls.claim(Tasks.claim("w", 2));
        for (int i = 0; i < 6; i++) {
            calls.in("other").apply(Tasks.create("t" + i));
        }

        assertThat(calls.query(new TaskQuery.Count(NAMESPACE, TaskFilter.ALL)).byState())
                .isEqualTo(Map.of(TaskState.ENQUEUED, 7L, TaskState.PROCESSING, 2L));
        assertThat(calls.query(new TaskQuery.Namespaces())).containsExactly(NAMESPACE, "other");
    }

    @Test
    void changes_readOnFromACursor_missNoGroup() {
        Cursor cursor = new Cursor(Collections.nCopies(GROUPS, 0L));
        Set<String> ids = create(15);
        Map<String, Task> seen = new HashMap<>();
        ChangePage page;
        int pages = 0;
        do {
            page = calls.query(new TaskQuery.Changes(NAMESPACE, cursor, 4));
            assertThat(page.isExpired()).isFalse();
            for (Change change : page.changes()) {
                seen.put(change.taskId(), Objects.requireNonNull(change.task()));
            }
            cursor = page.next();
            assertThat(++pages).isLessThan(100);
        } while (page.more());

        assertThat(seen.keySet()).isEqualTo(ids);
        assertThat(calls.query(new TaskQuery.Changes(NAMESPACE, null, 4)).next())
                .isEqualTo(cursor);
        assertThat(calls.query(new TaskQuery.Changes(NAMESPACE, new Cursor(List.of(0L)), 4))
                        .isExpired())
                .isTrue();
    }

    @Test
    void restart_ofAllMembers_keepsEveryTaskAndLease() throws Exception {
        create(12);
        calls.claim(Tasks.claim("w", 5));
        LeaderLease lease = calls.grant(Tasks.acquire("s", "h"));
        List<Task> before = calls.list(TaskFilter.ALL, 100);
        close();

        cluster().restart();
        Vertx own = Objects.requireNonNull(vertx);
        store = new RaftTaskStore(own, cluster().groups(1));
        calls = new StoreCalls(own, store, clock, NAMESPACE);

        assertThat(calls.list(TaskFilter.ALL, 100)).isEqualTo(before);
        assertThat(calls.query(new TaskQuery.GetLease(NAMESPACE, "s"))).contains(lease);
        assertThat(calls.claim(Tasks.claim("w", 100)).tasks()).hasSize(7);
    }

    @Test
    void read_thatMayBeOlder_comesFromEachMembersOwnState() throws Exception {
        calls.apply(Tasks.create("a"));
        for (int member = 0; member < TaskCluster.MEMBERS; member++) {
            TaskStore other =
                    new RaftTaskStore(Objects.requireNonNull(vertx), cluster().groups(member));
            CallOptions eventual = new CallOptions(CallOptions.NEVER, Consistency.EVENTUAL);
            long deadline = System.nanoTime() + StoreCalls.WAIT_MAX.toNanos();
            while (StoreCalls.await(calls.start(() -> other.query(new TaskQuery.Get(NAMESPACE, "a"), eventual)))
                    .isEmpty()) {
                assertThat(System.nanoTime())
                        .as("member %s has applied it", member)
                        .isLessThan(deadline);
            }
            assertThat(StoreCalls.await(calls.start(() -> other.query(
                                    new TaskQuery.ListTasks(NAMESPACE, TaskFilter.ALL, false, null, 5), eventual)))
                            .tasks())
                    .hasSize(1);
        }
    }

    @Test
    void batch_sentTwice_isAppliedOnceAndAnsweredTheSame() {
        TaskGroups groups = cluster().groups(0);
        String id = "a";
        int group = Shards.group(id, GROUPS);
        Batch batch = new Batch(
                UUID.randomUUID(),
                1,
                1,
                List.of(
                        TaskCommand.of(NAMESPACE, clock.millis(), Tasks.create(id)),
                        TaskCommand.of(NAMESPACE, clock.millis(), Tasks.claim("w", 1)),
                        TaskCommand.of(NAMESPACE, clock.millis(), Tasks.claim("w", 1))));

        List<Outcome> first = StoreCalls.await(apply(groups, group, batch));
        List<Outcome> again = StoreCalls.await(apply(cluster().groups(1), group, batch));

        assertThat(again).isEqualTo(first);
        assertThat(((Claimed) first.get(1)).tasks()).hasSize(1);
        assertThat(((Claimed) first.get(2)).tasks()).isEmpty();
        assertThat(calls.get(id)).isEqualTo(((Claimed) first.get(1)).tasks().get(0));
    }

    private static Future<List<Outcome>> apply(TaskGroups groups, int group, Batch batch) {
        Promise<List<Outcome>> promise = Promise.promise();
        groups.apply(group, batch, TRY_MILLIS, new TaskGroups.Answer<>() {
            @Override
            public void succeeded(TaskGroups.Applied applied) {
                promise.complete(applied.outcomes());
            }

            @Override
            public void failed(Throwable failure) {
                promise.fail(failure);
            }
        });
        return promise.future();
    }
}
