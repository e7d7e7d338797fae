package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists, counts and changes of more tasks than one run of a script looks at, and than one page holds. */
class LargeListTest extends StoreTest {
    private static final int TASKS = 10_500;
    private static final int CANCELED_EVERY = 7;
    /** So that most runs of a script find none or few. */
    private static final int RARE_EVERY = 900;

    private final RedisServer server = SharedServers.standalone();
    private Sidecar sidecar;
    private List<Task> tasks;

    @BeforeEach
    void create() {
        server.command("FLUSHALL");
        sidecar = new Sidecar(server.url());
        List<Future<Outcome>> started = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            // Ten of a creation time.
            clock.advanceMillis(i % 10 == 0 ? 1 : 0);
            String id = "t" + Integer.toString(i * 7919 % TASKS, 36);
            started.add(sidecar.calls.start(sidecar.calls.command(Tasks.create(
                    id,
                    Tasks.spec()
                            .withKind(i % RARE_EVERY == 0 ? "rare" : "usual")
                            .withLabels(i % 3 == 0 ? Map.of("third", "yes") : Map.of())))));
            if (started.size() % 2_000 == 0) {
                started.forEach(StoreCalls::await);
            }
        }
        tasks = new ArrayList<>(started.stream()
                .map(outcome -> ((Outcome.Applied) StoreCalls.await(outcome)).task())
                .toList());
        for (int i = 0; i < TASKS; i += CANCELED_EVERY) {
            tasks.set(i, sidecar.calls.apply(Tasks.cancel(tasks.get(i).id())));
        }
        tasks.sort(Comparator.comparingLong(Task::createdAtMillis).thenComparing(Task::id));
    }

    private TaskPage page(TaskFilter filter, boolean newestFirst, ListPosition after, int limit) {
        return sidecar.calls.query(new TaskQuery.ListTasks(NS, filter, newestFirst, after, limit));
    }

    private List<Task> all(TaskFilter filter, boolean newestFirst, int limit) {
        List<Task> found = new ArrayList<>();
        ListPosition after = null;
        do {
            TaskPage page = page(filter, newestFirst, after, limit);
            assertThat(page.tasks()).hasSizeLessThanOrEqualTo(limit);
            found.addAll(page.tasks());
            after = page.next();
        } while (after != null);
        return found;
    }

    private static TaskFilter ofKind(String kind) {
        return new TaskFilter(Set.of(), Set.of(), Set.of(kind), "", Map.of(), 0, Long.MAX_VALUE);
    }

    private static TaskFilter ofLabel(long from, long before) {
        return new TaskFilter(Set.of(), Set.of(), Set.of(), "", Map.of("third", "yes"), from, before);
    }

    @Test
    void everything_listedCountedAndFollowed_isThereOnceAndInOrder() {
        long middle = tasks.get(TASKS / 2).createdAtMillis();
        List<TaskFilter> filters = List.of(
                TaskFilter.ALL,
                TaskFilter.ofStates(TaskState.CANCELED),
                ofKind("rare"),
                ofLabel(0, Long.MAX_VALUE),
                ofLabel(middle, middle + 500),
                ofKind("none"));
        for (TaskFilter filter : filters) {
            List<Task> expected = tasks.stream().filter(filter::matches).toList();
            assertThat(all(filter, false, 1_000)).as("%s", filter).isEqualTo(expected);
            List<Task> backwards = new ArrayList<>(expected);
            Collections.reverse(backwards);
            assertThat(all(filter, true, 777)).as("%s, newest first", filter).isEqualTo(backwards);
            TaskCounts counts = sidecar.calls.query(new TaskQuery.Count(NS, filter));
            Map<TaskState, Long> byState = new HashMap<>();
            expected.forEach(task -> byState.merge(task.state(), 1L, Long::sum));
            assertThat(counts.byState()).as("%s", filter).isEqualTo(byState);
        }
        assertThat(follow(new Cursor(List.of(0L)))).isEqualTo(byId(tasks));
    }

    private Map<String, Task> follow(Cursor from) {
        Map<String, Task> seen = new HashMap<>();
        ChangePage page;
        Cursor cursor = from;
        do {
            page = sidecar.calls.query(new TaskQuery.Changes(NS, cursor, 1_000));
            assertThat(page.isExpired()).isFalse();
            for (Change change : page.changes()) {
                seen.put(change.taskId(), change.task());
            }
            cursor = page.next();
        } while (page.more());
        return seen;
    }

    private static Map<String, Task> byId(List<Task> tasks) {
        Map<String, Task> byId = new HashMap<>();
        tasks.forEach(task -> byId.put(task.id(), task));
        return byId;
    }

    /** What was there all the time is listed once; what came, went or changed in between, at most once. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void pages_withChangesBetweenThem_neitherRepeatNorHide(boolean newestFirst) {
        List<String> stayed = new ArrayList<>(tasks.stream().map(Task::id).toList());
        List<String> found = new ArrayList<>();
        ListPosition after = null;
        int next = 0;
        do {
            TaskPage page = page(TaskFilter.ALL, newestFirst, after, 500);
            page.tasks().forEach(task -> found.add(task.id()));
            after = page.next();
            // One that was listed, or is yet to be; one that changes its state; one that is new.
            String deleted = tasks.get(next).id();
            sidecar.calls.delete(deleted);
            stayed.remove(deleted);
            sidecar.calls.execute(Tasks.cancel(tasks.get(TASKS - 1 - next).id()));
            sidecar.calls.apply(Tasks.create("new" + next));
            next += 301;
        } while (after != null);
        assertThat(found).doesNotHaveDuplicates().containsAll(stayed);
    }
}
