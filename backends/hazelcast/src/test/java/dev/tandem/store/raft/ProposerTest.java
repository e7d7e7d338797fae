package dev.tandem.store.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How commands gather, and what becomes of those that wait too long, without any group behind it. */
class ProposerTest {
    private static final TaskCommand COMMAND = TaskCommand.of("n", 1, Tasks.delete("a"));
    private static final Outcome OUTCOME = new Outcome.Deleted("a", 1);

    private final Vertx vertx = Vertx.vertx();
    private final Silent groups = new Silent(1);
    private final RaftTaskStore store = new RaftTaskStore(vertx, groups);

    @AfterEach
    void close() {
        groups.answersAll();
        StoreCalls.await(store.close());
        StoreCalls.await(vertx.close());
    }

    /** Takes batches, and answers when told to. */
    private static final class Silent implements TaskGroups {
        private final int count;
        private final List<Batch> batches = new ArrayList<>();
        private final List<Answer<Applied>> answers = new ArrayList<>();
        private int answered;
        private boolean answersAtOnce;

        Silent(int count) {
            this.count = count;
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public boolean isOnDisk() {
            return true;
        }

        @Override
        public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
            synchronized (this) {
                batches.add(batch);
                answers.add(answer);
                notifyAll();
            }
            if (answersAtOnce) {
                answersNext();
            }
        }

        /** Who is answered for the batch of an index, once that was proposed. */
        synchronized Answer<Applied> awaitBatch(int index) throws InterruptedException {
            long deadline = System.nanoTime() + StoreCalls.WAIT_MAX.toNanos();
            while (answers.size() <= index) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                assertThat(left).as("batch %d was not proposed", index).isPositive();
                wait(left);
            }
            return answers.get(index);
        }

        void answersNext() {
            int next = answered++;
            answers.get(next)
                    .succeeded(new Applied(batches.get(next).commands().stream()
                            .map(command -> OUTCOME)
                            .toList()));
        }

        void answersAll() {
            answersAtOnce = true;
            while (answered < answers.size()) {
                answersNext();
            }
        }

        @Override
        public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void onChange(ChangeListener listener) {}
    }

    private List<Future<Outcome>> propose(int count) {
        List<Future<Outcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            outcomes.add(store.execute(COMMAND, CallOptions.DEFAULT));
        }
        return outcomes;
    }

    private Future<Outcome> within(Duration time) {
        return store.execute(COMMAND, new CallOptions(System.nanoTime() + time.toNanos(), Consistency.LINEARIZABLE));
    }

    @Test
    void commands_whileABatchIsUnderWay_gather() {
        List<Future<Outcome>> outcomes = propose(1 + 63);
        assertThat(sizes()).containsExactly(1);

        groups.answersNext();
        assertThat(sizes()).containsExactly(1, 63);
        assertThat(groups.batches.get(1).lowest()).isEqualTo(2);
        groups.answersAll();

        outcomes.forEach(outcome -> assertThat(StoreCalls.await(outcome)).isEqualTo(OUTCOME));
    }

    @Test
    void batch_thatIsFull_doesNotWaitForTheOneBefore() {
        List<Future<Outcome>> outcomes = propose(1 + 64 + 100);
        assertThat(sizes()).as("two are under way at most").containsExactly(1, 64);

        groups.answersNext();
        assertThat(sizes()).containsExactly(1, 64, 64);
        groups.answersNext();
        assertThat(sizes()).as("36 wait").containsExactly(1, 64, 64);
        groups.answersAll();

        outcomes.forEach(outcome -> assertThat(StoreCalls.await(outcome)).isEqualTo(OUTCOME));
        assertThat(sizes()).containsExactly(1, 64, 64, 36);
        assertThat(groups.batches).extracting(Batch::number).containsExactly(1L, 2L, 3L, 4L);
    }

    private List<Integer> sizes() {
        return groups.batches.stream().map(batch -> batch.commands().size()).toList();
    }

    @Test
    void commands_beyondTheBound_areOverloadedAndNotSent() {
        int taken = 1 + Proposer.BATCH_COMMANDS_MAX + Proposer.WAITING_MAX;
        propose(taken);

        assertThat(StoreCalls.failureOf(store.execute(COMMAND, CallOptions.DEFAULT))
                        .kind())
                .isEqualTo(FailureKind.OVERLOADED);
        groups.answersAll();
        assertThat(sizes().stream().mapToInt(size -> size).sum()).isEqualTo(taken);
    }

    @Test
    void deadline_beforeItIsSent_isNotApplied() {
        propose(2);
        Future<Outcome> late = within(Duration.ofMillis(50));

        assertThat(StoreCalls.failureOf(late).kind()).isEqualTo(FailureKind.DEADLINE_PASSED);
        groups.answersAll();
        assertThat(groups.batches).hasSize(2);
    }

    @Test
    void deadline_afterItWasSent_mayBeApplied() {
        Future<Outcome> late = within(Duration.ofMillis(50));

        assertThat(StoreCalls.failureOf(late).kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
    }

    @Test
    void batch_thatTheGroupForgot_mayBeAppliedAndTheNextGoesUnderAnotherName() {
        Future<Outcome> forgotten = store.execute(COMMAND, CallOptions.DEFAULT);
        groups.answered++;
        groups.answers.get(0).succeeded(new TaskGroups.Applied(null));
        propose(1);

        assertThat(StoreCalls.failureOf(forgotten).kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
        assertThat(groups.batches.get(1).number()).isEqualTo(1);
        assertThat(groups.batches.get(1).proposer())
                .isNotEqualTo(groups.batches.get(0).proposer());
    }

    @Test
    void batch_thatFails_failsItsCommandsOnceAndOthersGoOn() {
        List<Future<Outcome>> outcomes = propose(3);
        groups.answered++;
        groups.answers.get(0).failed(new StoreException(FailureKind.NOT_APPLIED, "nobody leads"));
        groups.answersAll();

        assertThat(StoreCalls.failureOf(outcomes.get(0)).kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(StoreCalls.await(outcomes.get(1))).isEqualTo(OUTCOME);
        assertThat(StoreCalls.await(outcomes.get(2))).isEqualTo(OUTCOME);
    }

    @Test
    void close_withCallsUnderWay_waitsForThem() {
        List<Future<Outcome>> outcomes = propose(3);
        Future<Void> closed = store.close();
        assertThat(closed.isComplete()).isFalse();
        assertThat(StoreCalls.failureOf(store.execute(COMMAND, CallOptions.DEFAULT))
                        .kind())
                .isEqualTo(FailureKind.NOT_APPLIED);

        groups.answersAll();

        StoreCalls.await(closed);
        outcomes.forEach(outcome -> assertThat(StoreCalls.await(outcome)).isEqualTo(OUTCOME));
    }

    /** A claim that had asked one group when the store was closed was told that it was, and lost what it had been given. */
    @Test
    void close_withAClaimBetweenTwoGroups_waitsForBoth() throws InterruptedException {
        Silent two = new Silent(2);
        TaskStore closing = new RaftTaskStore(vertx, two);
        Future<Outcome> claim = closing.execute(TaskCommand.of("n", 1, Tasks.claim("w", 1)), CallOptions.DEFAULT);
        Future<Void> closed = closing.close();
        assertThat(closed.isComplete()).isFalse();

        for (int group = 0; group < 2; group++) {
            two.awaitBatch(group)
                    .succeeded(new TaskGroups.Applied(List.of(new Outcome.Claimed(List.of(), Long.MAX_VALUE))));
            two.answered++;
        }

        StoreCalls.await(closed);
        assertThat(StoreCalls.await(claim)).isEqualTo(new Outcome.Claimed(List.of(), Long.MAX_VALUE));
        assertThat(StoreCalls.await(closing.close())).isNull();
    }
}
