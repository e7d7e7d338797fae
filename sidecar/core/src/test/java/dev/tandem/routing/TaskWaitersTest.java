package dev.tandem.routing;

import static dev.tandem.routing.Stage.got;
import static dev.tandem.routing.TaskWaiters.FINAL_STATES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TaskWaitersTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private interface Play {
        void play(Stage stage, TaskWaiters waiters) throws Exception;
    }

    /** Plays, and looks whether anything is left behind. */
    private static void play(Play play) throws Exception {
        Stage.play(stage -> {
            ChangeFeed feed = new ChangeFeed(stage.timers, stage.store);
            TaskWaiters waiters = new TaskWaiters(stage.timers, stage.store, feed);
            play.play(stage, waiters);
            Future<Void> closed = waiters.close();
            stage.store.settle();
            got(closed);
            assertThat(waiters.size()).as("waiters").isZero();
            assertThat(feed.tails()).as("tails").isZero();
            assertThat(stage.store.subscriptions()).as("subscriptions").isZero();
            assertThat(stage.timers.size()).as("timers").isZero();
        });
    }

    private static Future<Optional<Task>> await(TaskWaiters waiters, String id, Set<TaskState> until, long beyond) {
        return waiters.await(Stage.NAMESPACE, id, until, beyond, LONG, CallOptions.DEFAULT);
    }

    private static Future<Optional<Task>> await(TaskWaiters waiters, String id) {
        return await(waiters, id, FINAL_STATES, 0);
    }

    @Test
    void await_taskIsDone_isAnsweredByOneRead() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Task canceled = stage.apply(Tasks.cancel("a"));
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.store.settle();
            assertThat(got(answer)).contains(canceled);
            assertThat(stage.store.queries).hasSize(1);
        });
    }

    @Test
    void await_noSuchTask_isEmptyAtOnce() throws Exception {
        play((stage, waiters) -> {
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.store.settle();
            assertThat(got(answer)).isEmpty();
        });
    }

    @Test
    void await_taskComesToTheState_isAnsweredThen() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            stage.run(Tasks.create("b"));
            Future<Optional<Task>> a = await(waiters, "a");
            Future<Optional<Task>> b = await(waiters, "b");
            stage.store.settle();
            stage.run(Tasks.update("a").priority(3).verb());
            stage.store.settle();
            assertThat(a.isComplete()).isFalse();
            Task done = stage.apply(Tasks.cancel("a"));
            stage.store.settle();
            assertThat(got(a)).contains(done);
            assertThat(b.isComplete()).isFalse();
        });
    }

    @Test
    void await_beyondTheVersionThatItHas_waitsForTheNext() throws Exception {
        play((stage, waiters) -> {
            Task created = stage.apply(Tasks.create("a"));
            Future<Optional<Task>> answer = await(waiters, "a", EnumSet.of(TaskState.ENQUEUED), created.version());
            stage.store.settle();
            assertThat(answer.isComplete()).isFalse();
            Task updated = stage.apply(Tasks.update("a").priority(3).verb());
            stage.store.settle();
            assertThat(got(answer)).contains(updated);
        });
    }

    @Test
    void await_doneBetweenTheLookAndTheTail_isNotMissed() throws Exception {
        for (int moment = 0; moment < 8; moment++) {
            int steps = moment;
            play((stage, waiters) -> {
                stage.run(Tasks.create("a"));
                Future<Optional<Task>> answer = await(waiters, "a");
                for (int i = 0; i < steps; i++) {
                    stage.store.step(null);
                }
                stage.run(Tasks.cancel("a"));
                stage.store.settle();
                assertThat(got(answer)).as("after " + steps + " steps").isPresent();
            });
        }
    }

    @Test
    void await_storeMissesNotices_isAnsweredByThePoll() throws Exception {
        play((stage, waiters) -> {
            stage.store.loseNotices(true);
            stage.run(Tasks.create("a"));
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.store.settle();
            stage.run(Tasks.cancel("a"));
            stage.advance(Duration.ofMillis(Waits.POLL_MILLIS));
            assertThat(got(answer)).isPresent();
        });
    }

    @Test
    void await_taskIsDeleted_isEmpty() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.store.settle();
            stage.run(new Verb.Delete("a", 0));
            stage.store.settle();
            assertThat(got(answer)).isEmpty();
        });
    }

    @Test
    void await_waitIsOver_isTheTaskAsItIs() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.advance(LONG.minusMillis(1));
            assertThat(answer.isComplete()).isFalse();
            stage.advance(Duration.ofMillis(1));
            assertThat(got(answer)).map(Task::state).contains(TaskState.ENQUEUED);
        });
    }

    @Test
    void await_many_shareOneReader() throws Exception {
        play((stage, waiters) -> {
            List<Future<Optional<Task>>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                stage.run(Tasks.create("t" + i));
                answers.add(await(waiters, "t" + i));
            }
            stage.store.settle();
            stage.store.queries.clear();
            for (int i = 0; i < 50; i++) {
                stage.run(Tasks.cancel("t" + i));
            }
            stage.store.settle();
            assertThat(answers).allMatch(answer -> got(answer).orElseThrow().state() == TaskState.CANCELED);
            assertThat(stage.store.queries).hasSizeLessThanOrEqualTo(2);
            assertThat(stage.store.queries).allMatch(query -> query instanceof TaskQuery.Changes);
        });
    }

    @Test
    void await_storeFailsForAWhile_waitsOn() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.store.settle();
            for (int i = 0; i < 10; i++) {
                stage.store.failNext(FailureKind.NOT_APPLIED);
            }
            stage.run(Tasks.cancel("a"));
            stage.advance(Duration.ofSeconds(3));
            assertThat(answer.isComplete()).isFalse();
            stage.store.failNoMore();
            stage.advance(Duration.ofMillis(Waits.RETRY_MILLIS_MAX));
            assertThat(got(answer)).isPresent();
        });
    }

    @Test
    void await_firstReadFails_failsWithIt() throws Exception {
        play((stage, waiters) -> {
            stage.store.failNext(FailureKind.OVERLOADED);
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.store.settle();
            assertThat(((StoreException) answer.cause()).kind()).isEqualTo(FailureKind.OVERLOADED);
        });
    }

    @Test
    void await_changesWereForgotten_looksAgain() throws Exception {
        SimStore[] made = new SimStore[1];
        Stage.play(vertx -> made[0] = new SimStore(vertx, 1, true, new java.util.Random(1)), stage -> {
            ChangeFeed feed = new ChangeFeed(stage.timers, stage.store);
            TaskWaiters waiters = new TaskWaiters(stage.timers, stage.store, feed);
            stage.run(Tasks.create("a"));
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.store.settle();
            stage.run(Tasks.cancel("a"));
            made[0].expireBelow(2);
            stage.store.settle();
            assertThat(got(answer)).map(Task::state).contains(TaskState.CANCELED);
            assertThat(feed.tails()).isZero();
        });
    }

    @Test
    void cancel_whileItWaits_leavesNothing() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Cancellation cancellation = new Cancellation();
            waiters.await(Stage.NAMESPACE, "a", FINAL_STATES, 0, LONG, CallOptions.DEFAULT, cancellation);
            stage.store.settle();
            cancellation.cancel();
            assertThat(waiters.size()).isZero();
            assertThat(stage.store.subscriptions()).isZero();
        });
    }

    @Test
    void await_asManyWaitAsMay_isRefusedAsOverloaded() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            for (int i = 0; i < TaskWaiters.WAITERS_MAX; i++) {
                await(waiters, "a");
            }
            assertThat(((StoreException) await(waiters, "a").cause()).kind()).isEqualTo(FailureKind.OVERLOADED);
        });
    }

    @Test
    void close_someWait_areToldHowItIs() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Future<Optional<Task>> answer = await(waiters, "a");
            stage.store.settle();
            Future<Void> closed = waiters.close();
            stage.store.settle();
            got(closed);
            assertThat(got(answer)).map(Task::state).contains(TaskState.ENQUEUED);
        });
    }
}
