package dev.tandem.store.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.Task;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How questions gather, and what becomes of those that wait too long, without any group behind it. */
class AskerTest {
    private final Vertx vertx = Vertx.vertx();
    private final Asked groups = new Asked();
    private final RaftTaskStore store = new RaftTaskStore(vertx, groups);

    @AfterEach
    void close() {
        groups.answersAll = true;
        while (groups.answered < groups.answers.size()) {
            groups.answer();
        }
        StoreCalls.await(store.close());
        StoreCalls.await(vertx.close());
    }

    /** One group, which has no task, and answers when told to. */
    private static final class Asked implements TaskGroups {
        private final List<GroupQuery> queries = new ArrayList<>();
        private final List<Answer<Object>> answers = new ArrayList<>();
        private final List<Long> timeouts = new ArrayList<>();
        private int answered;
        private boolean answersAll;

        @Override
        public int count() {
            return 1;
        }

        @Override
        public boolean isOnDisk() {
            return true;
        }

        @Override
        public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
            queries.add(query);
            answers.add(answer);
            timeouts.add(timeoutMillis);
            if (answersAll) {
                answer();
            }
        }

        @Override
        public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
            answer.succeeded(Optional.empty());
        }

        @Override
        public void onChange(ChangeListener listener) {}

        /** How many questions each set has. */
        List<Integer> sizes() {
            return queries.stream().map(Asked::size).toList();
        }

        private static int size(GroupQuery query) {
            return query instanceof GroupQuery.Each each ? each.queries().size() : 1;
        }

        void answer() {
            answer(Integer.MAX_VALUE);
        }

        /** Answers the first ones of the next set. */
        void answer(int countMax) {
            GroupQuery query = queries.get(answered);
            List<Object> found = new ArrayList<>();
            while (found.size() < Math.min(countMax, size(query))) {
                found.add(Optional.empty());
            }
            answers.get(answered++).succeeded(query instanceof GroupQuery.Each ? found : found.get(0));
        }
    }

    private List<Future<Optional<Task>>> get(int from, int to) {
        List<Future<Optional<Task>>> found = new ArrayList<>();
        for (int i = from; i < to; i++) {
            found.add(store.query(query(i), CallOptions.DEFAULT));
        }
        return found;
    }

    private static TaskQuery<Optional<Task>> query(int task) {
        return new TaskQuery.Get("n", "task-" + task);
    }

    private static CallOptions within(Duration time) {
        return new CallOptions(System.nanoTime() + time.toNanos(), Consistency.LINEARIZABLE);
    }

    private static void assertAnswered(List<Future<Optional<Task>>> found) {
        found.forEach(each -> assertThat(StoreCalls.await(each)).isEmpty());
    }

    @Test
    void questions_whileOneIsUnderWay_goTogetherInTheirOrder() {
        List<Future<Optional<Task>>> found = get(0, 4);
        assertThat(groups.queries).containsExactly(new GroupQuery.Ask(query(0)));

        groups.answer();
        assertThat(groups.queries.get(1))
                .isEqualTo(new GroupQuery.Each(List.of(
                        new GroupQuery.Ask(query(1)), new GroupQuery.Ask(query(2)), new GroupQuery.Ask(query(3)))));
        groups.answer();

        assertAnswered(found);
    }

    @Test
    void set_thatIsFull_doesNotWaitForTheOneBefore() {
        List<Future<Optional<Task>>> found = get(0, 1 + 4 * 64 + 10);
        assertThat(groups.sizes()).as("four are under way at most").containsExactly(1, 64, 64, 64);

        groups.answer();
        assertThat(groups.sizes()).containsExactly(1, 64, 64, 64, 64);
        groups.answer();
        groups.answer();
        groups.answer();
        assertThat(groups.sizes()).as("ten wait").hasSize(5);
        groups.answer();
        assertThat(groups.sizes()).hasSize(6).last().isEqualTo(10);
        groups.answer();

        assertAnswered(found);
    }

    @Test
    void questions_withoutRoomForTheirAnswers_areAskedAgainFirst() {
        List<Future<Optional<Task>>> found = get(0, 5);
        groups.answer();
        found.addAll(get(5, 6));
        groups.answer(1);

        GroupQuery again = groups.queries.get(2);
        assertThat(((GroupQuery.Each) again).queries())
                .startsWith(new GroupQuery.Ask(query(2)))
                .endsWith(new GroupQuery.Ask(query(5)))
                .hasSize(4);
        groups.answer();
        assertAnswered(found);
    }

    @Test
    void question_thatLooksAtManyTasks_holdsUpNoOther() {
        get(0, 1);
        var unused = store.query(new TaskQuery.Count("n", TaskFilter.ALL), CallOptions.DEFAULT);
        assertThat(groups.queries)
                .hasSize(2)
                .last()
                .isEqualTo(new GroupQuery.Ask(new TaskQuery.Count("n", TaskFilter.ALL)));
    }

    @Test
    void deadline_ofAQuestionThatWaits_isKept() {
        List<Future<Optional<Task>>> found = get(0, 1);
        Future<Optional<Task>> late = store.query(query(1), within(Duration.ofMillis(50)));
        assertThat(StoreCalls.failureOf(late).kind()).isEqualTo(FailureKind.DEADLINE_PASSED);

        groups.answer();
        assertAnswered(found);
        assertThat(groups.queries).as("it is not asked any more").hasSize(1);
    }

    @Test
    void deadline_ofAQuestionUnderWay_isKept_andTheMostPatientIsWaitedFor() {
        List<Future<Optional<Task>>> found = get(0, 1);
        Future<Optional<Task>> late = store.query(query(1), within(Duration.ofMillis(200)));
        found.addAll(get(2, 3));
        groups.answer();
        assertThat(groups.timeouts.get(1)).isEqualTo(Asker.TRY_MILLIS);

        assertThat(StoreCalls.failureOf(late).kind()).isEqualTo(FailureKind.DEADLINE_PASSED);
        groups.answer();
        assertAnswered(found);
    }

    @Test
    void failure_isToldToAllOfItsSet_andOthersGoOn() {
        List<Future<Optional<Task>>> found = get(0, 3);
        groups.answer();
        List<Future<Optional<Task>>> next = get(3, 4);
        groups.answered++;
        groups.answers.get(1).failed(new StoreException(FailureKind.MAYBE_APPLIED, "gone"));

        assertThat(StoreCalls.failureOf(found.get(1)).kind())
                .as("nothing is applied by a question")
                .isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(StoreCalls.failureOf(found.get(2))).hasMessageContaining("gone");
        groups.answer();
        assertAnswered(next);
    }

    @Test
    void several_ofWhichOneIsLong_areRefused() {
        GroupQuery count = new GroupQuery.Ask(new TaskQuery.Count("n", TaskFilter.ALL));
        assertThatThrownBy(() -> new GroupQuery.Each(List.of(count))).isInstanceOf(IllegalArgumentException.class);
    }
}
