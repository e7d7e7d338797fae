package dev.tandem.testkit;

import static dev.tandem.testkit.Tasks.fanOut;
import static dev.tandem.testkit.Tasks.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists and counts: every filter, alone and together; pages that neither repeat nor hide while tasks are written. */
abstract class ListContract extends ContractGroup {
    ListContract(TaskStoreContract contract) {
        super(contract);
    }

    private TaskPage page(boolean newestFirst, ListPosition after, int limit) {
        return calls.query(new TaskQuery.ListTasks(NAMESPACE, TaskFilter.ALL, newestFirst, after, limit));
    }

    private TaskPage firstPage(boolean newestFirst, int limit) {
        return calls.query(new TaskQuery.ListTasks(NAMESPACE, TaskFilter.ALL, newestFirst, null, limit));
    }

    /** Two tasks a millisecond, with ids that do not rise in the order of creation. */
    private List<Task> someTasks(int count) {
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(calls.apply(Tasks.create("t" + (i * 7 % count))));
            clock.advanceMillis(i % 2);
        }
        tasks.sort(Comparator.comparingLong(Task::createdAtMillis).thenComparing(Task::id));
        return tasks;
    }

    @Test
    void list_largeTasks_pagesEndSoonerAndMissNone() {
        List<Task> expected = calls.createLarge(16);

        List<Task> listed = new ArrayList<>();
        TaskPage page = firstPage(false, Limits.PAGE_SIZE_MAX);
        while (true) {
            listed.addAll(page.tasks());
            assertThat(page.tasks().stream().mapToLong(Task::contentBytes).sum())
                    .isLessThan(Limits.PAGE_BYTES_MAX + Limits.PAYLOAD_BYTES_DEFAULT);
            if (page.next() == null) {
                break;
            }
            page = page(false, page.next(), Limits.PAGE_SIZE_MAX);
        }
        assertThat(listed).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void list_pageByPage_givesEachTaskOnceInOrder(boolean newestFirst) {
        List<Task> expected = someTasks(23);
        if (newestFirst) {
            Collections.reverse(expected);
        }

        for (int limit : new int[] {1, 5, 22, 23, 24, Limits.PAGE_SIZE_MAX}) {
            List<Task> listed = new ArrayList<>();
            TaskPage page = firstPage(newestFirst, limit);
            listed.addAll(page.tasks());
            for (ListPosition next = page.next(); next != null; next = page.next()) {
                assertThat(page.tasks()).hasSize(limit);
                page = page(newestFirst, next, limit);
                assertThat(page.tasks()).as("a page that was announced").isNotEmpty();
                listed.addAll(page.tasks());
            }
            assertThat(listed).as("pages of %s", limit).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void list_whileTasksComeAndGo_neitherRepeatsNorHidesAnother(boolean newestFirst) {
        List<String> all = new ArrayList<>(someTasks(20).stream().map(Task::id).toList());
        if (newestFirst) {
            Collections.reverse(all);
        }
        TaskPage page = firstPage(newestFirst, 6);
        List<String> listed = new ArrayList<>(ids(page));
        int round = 0;
        while (page.next() != null) {
            ListPosition next = page.next();
            calls.delete(next.id());
            calls.delete(listed.get(round));
            calls.execute(Tasks.cancel(all.get(all.size() - 1)));
            clock.advanceMillis(1);
            calls.apply(Tasks.create("new-" + round++));
            page = calls.query(new TaskQuery.ListTasks(NAMESPACE, TaskFilter.ALL, newestFirst, next, 6));
            listed.addAll(ids(page));
        }

        assertThat(listed).doesNotHaveDuplicates();
        assertThat(listed.stream().filter(id -> id.startsWith("t")).toList()).isEqualTo(all);
    }

    private static List<String> ids(TaskPage page) {
        return page.tasks().stream().map(Task::id).toList();
    }

    @Test
    void list_fromAPositionWhereNoTaskIs_continuesBehindIt() {
        long now = clock.millis();
        calls.apply(Tasks.create("b"));

        assertThat(ids(page(false, new ListPosition(now, "a"), 5))).containsExactly("b");
        assertThat(ids(page(false, new ListPosition(now, "b"), 5))).isEmpty();
        assertThat(ids(page(true, new ListPosition(now, "c"), 5))).containsExactly("b");
        assertThat(ids(page(true, new ListPosition(now, "b"), 5))).isEmpty();
        assertThat(ids(page(true, new ListPosition(0, ""), 5))).isEmpty();
        assertThat(ids(page(false, new ListPosition(Long.MAX_VALUE, "z"), 5))).isEmpty();
    }

    private static TaskFilter filter(
            Set<TaskState> states, Set<String> queues, Set<String> kinds, String node, Map<String, String> labels) {
        return new TaskFilter(states, queues, kinds, node, labels, 0, Long.MAX_VALUE);
    }

    @Test
    void filters_aloneAndTogether_giveWhatTheyNameAndCountTheSame() {
        long start = clock.millis();
        String[] queues = {"q1", "q2", ""};
        String[] kinds = {"k1", "k2"};
        for (int i = 0; i < 24; i++) {
            Map<String, String> labels = Map.of("mod", "" + i % 3, "odd", "" + i % 2);
            var create = i % 4 == 0 ? fanOut("t" + i, "n1", "n2") : Tasks.create("t" + i);
            calls.apply(new Verb.Create(
                    "t" + i,
                    spec().withQueue(queues[i % 3]).withKind(kinds[i / 2 % 2]).withLabels(labels),
                    0,
                    0,
                    create.parts()));
            if (i % 5 == 0) {
                calls.apply(Tasks.cancel("t" + i));
            }
            clock.advanceMillis(10);
        }
        Set<TaskState> open = Set.of(TaskState.ENQUEUED, TaskState.PROCESSING);
        Set<TaskState> gone = Set.of(TaskState.CANCELED, TaskState.SUCCEEDED);
        List<TaskFilter> filters = List.of(
                TaskFilter.ALL,
                filter(open, Set.of(), Set.of(), "", Map.of()),
                filter(gone, Set.of(), Set.of(), "", Map.of()),
                filter(Set.of(TaskState.FAILED), Set.of(), Set.of(), "", Map.of()),
                filter(Set.of(), Set.of("q1"), Set.of(), "", Map.of()),
                filter(Set.of(), Set.of("q1", "q2"), Set.of(), "", Map.of()),
                filter(Set.of(), Set.of("", "none"), Set.of(), "", Map.of()),
                filter(Set.of(), Set.of(), Set.of("k2"), "", Map.of()),
                filter(Set.of(), Set.of(), Set.of(), "n2", Map.of()),
                filter(Set.of(), Set.of(), Set.of(), "n", Map.of()),
                filter(Set.of(), Set.of(), Set.of(), "", Map.of("mod", "1")),
                filter(Set.of(), Set.of(), Set.of(), "", Map.of("mod", "1", "odd", "1")),
                filter(Set.of(), Set.of(), Set.of(), "", Map.of("mod", "1%")),
                filter(Set.of(), Set.of(), Set.of(), "", Map.of("none", "1")),
                new TaskFilter(Set.of(), Set.of(), Set.of(), "", Map.of(), start + 50, start + 100),
                new TaskFilter(Set.of(), Set.of(), Set.of(), "", Map.of(), start + 100, start + 50),
                new TaskFilter(open, Set.of("q1"), Set.of("k1"), "", Map.of("odd", "0"), start + 10, start + 200),
                new TaskFilter(gone, Set.of("q1", ""), Set.of("k1", "k2"), "n1", Map.of(), 0, start + 900));
        List<Task> all = calls.list(TaskFilter.ALL, 100);
        assertThat(all).hasSize(24);

        for (TaskFilter filter : filters) {
            List<Task> expected = all.stream().filter(filter::matches).toList();
            assertThat(calls.list(filter, 100)).as("%s", filter).isEqualTo(expected);
            assertThat(calls.list(filter, 2))
                    .as("%s", filter)
                    .isEqualTo(expected.subList(0, Math.min(2, expected.size())));
            var counts = calls.query(new TaskQuery.Count(NAMESPACE, filter));
            assertThat(counts.total()).as("%s", filter).isEqualTo(expected.size());
            counts.byState()
                    .forEach((state, count) -> assertThat(expected.stream()
                                    .filter(task -> task.state() == state)
                                    .count())
                            .as("%s", filter)
                            .isEqualTo(count)
                            .isPositive());
        }
    }

    @Test
    void counts_overALife_followEachMove() {
        calls.apply(Tasks.create("a"));
        calls.apply(Tasks.create("b"));
        Task claimed = calls.claimOne("w");
        assertThat(counts()).isEqualTo(Map.of(TaskState.ENQUEUED, 1L, TaskState.PROCESSING, 1L));
        calls.apply(Tasks.complete(claimed.id(), StoreCalls.token(claimed)));
        assertThat(counts()).isEqualTo(Map.of(TaskState.ENQUEUED, 1L, TaskState.SUCCEEDED, 1L));
        calls.delete("a");
        calls.delete("b");
        assertThat(counts()).isEmpty();
    }

    private Map<TaskState, Long> counts() {
        return calls.query(new TaskQuery.Count(NAMESPACE, TaskFilter.ALL)).byState();
    }

    @Test
    void list_ofOneNamespace_showsNothingOfAnother() {
        calls.apply(Tasks.create("a"));
        StoreCalls other = calls.in("other");

        assertThat(other.list(TaskFilter.ALL, 10)).isEmpty();
        assertThat(other.query(new TaskQuery.Count("other", TaskFilter.ALL)).total())
                .isZero();
    }

    @Test
    void namespaces_withTasks_areListedInOrder() {
        assertThat(calls.query(new TaskQuery.Namespaces())).isEmpty();
        calls.in("beta").apply(Tasks.create("a"));
        calls.in("alpha").apply(Tasks.create("a"));
        calls.in("unasked").find("a");

        assertThat(calls.query(new TaskQuery.Namespaces())).containsExactly("alpha", "beta");
    }
}
