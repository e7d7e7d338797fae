package dev.tandem.routing;

import static dev.tandem.routing.Stage.got;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ClaimWaitersTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private interface Play {
        void play(Stage stage, ClaimWaiters waiters) throws Exception;
    }

    /** Plays, and looks whether anything is left behind. */
    private static void play(Play play) throws Exception {
        Stage.play(stage -> {
            ClaimWaiters waiters = new ClaimWaiters(stage.timers, stage.store, stage.clock);
            play.play(stage, waiters);
            stage.store.settle();
            Future<Void> closed = waiters.close();
            stage.store.settle();
            got(closed);
            assertThat(waiters.size()).as("waiters").isZero();
            assertThat(waiters.rooms()).as("rooms").isZero();
            assertThat(stage.store.subscriptions()).as("subscriptions").isZero();
            assertThat(stage.timers.size()).as("timers").isZero();
        });
    }

    private static Future<Outcome> claim(Stage stage, ClaimWaiters waiters, String worker, String... queues) {
        Verb.Claim verb = queues.length == 0 ? Tasks.claim(worker, 1) : Tasks.claim(worker, 1, queues);
        return waiters.claim(stage.command(verb), LONG, CallOptions.DEFAULT);
    }

    /** Takes steps until the next try is on its way to the store, and no further. */
    private static void untilNextTry(Stage stage) {
        int before = stage.store.commands.size();
        while (stage.store.commands.size() == before) {
            assertThat(stage.store.step(null)).as("somebody asks").isTrue();
        }
    }

    private static List<String> ids(Future<Outcome> claim) {
        return ((Claimed) got(claim)).tasks().stream().map(Task::id).toList();
    }

    @Test
    void claim_taskIsThere_isServedByTheFirstTry() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.settle();
            assertThat(ids(claim)).containsExactly("a");
            assertThat(stage.store.commands).hasSize(1);
        });
    }

    @Test
    void claim_nothingThere_isServedWhenATaskIsCreated() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.settle();
            assertThat(claim.isComplete()).isFalse();
            stage.run(Tasks.create("a"));
            stage.store.settle();
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void claim_laterTry_carriesItsOwnTime() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.advance(Duration.ofSeconds(7));
            stage.run(Tasks.create("a"));
            stage.store.settle();
            Task task = ((Claimed) got(claim)).tasks().get(0);
            assertThat(task.leaseExpiresAtMillis()).isEqualTo(stage.clock.millis() + Tasks.LEASE_MILLIS);
        });
    }

    @Test
    void claim_waitIsOver_isEmpty() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.advance(LONG.minusMillis(1));
            assertThat(claim.isComplete()).isFalse();
            stage.advance(Duration.ofMillis(1));
            assertThat(ids(claim)).isEmpty();
            assertThat(waiters.size()).isZero();
        });
    }

    @Test
    void claim_noWait_asksOnce() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> claim =
                    waiters.claim(stage.command(Tasks.claim("w", 1)), Duration.ZERO, CallOptions.DEFAULT);
            stage.store.settle();
            assertThat(ids(claim)).isEmpty();
            assertThat(stage.store.commands).hasSize(1);
        });
    }

    @Test
    void claim_deadlineBeforeTheEndOfTheWait_isAnsweredBeforeTheDeadline() throws Exception {
        play((stage, waiters) -> {
            CallOptions options =
                    new CallOptions(System.nanoTime() + TimeUnit.SECONDS.toNanos(20), Consistency.LINEARIZABLE);
            Future<Outcome> claim = waiters.claim(stage.command(Tasks.claim("w", 1)), LONG, options);
            stage.advance(Duration.ofMillis(20_000 - Waits.ANSWER_MARGIN_MILLIS));
            assertThat(ids(claim)).isEmpty();
        });
    }

    @Test
    void claim_waitIsOverWhileTheStoreWorksOnIt_getsWhatTheStoreGave() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.settle();
            stage.run(Tasks.create("a"));
            untilNextTry(stage);
            assertThat(stage.timers.fireNext(stage.clock.millis() + LONG.toMillis()))
                    .isTrue();
            while (stage.timers.fireNext(stage.clock.millis() + LONG.toMillis())) {
                assertThat(claim.isComplete()).isFalse();
            }
            stage.store.settle();
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void claim_manyWaitForOneTask_fewAsk() throws Exception {
        play((stage, waiters) -> {
            List<Future<Outcome>> claims = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                claims.add(claim(stage, waiters, "w" + i));
                stage.store.settle();
            }
            stage.store.commands.clear();
            stage.run(Tasks.create("a"));
            stage.store.settle();
            assertThat(ids(claims.get(0))).containsExactly("a");
            assertThat(claims.stream().filter(Future::isComplete)).hasSize(1);
            assertThat(stage.store.commands).hasSizeLessThanOrEqualTo(4);
        });
    }

    @Test
    void claim_manyWaitForManyTasks_areServedInTheirOrder() throws Exception {
        play((stage, waiters) -> {
            List<Future<Outcome>> claims = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                claims.add(claim(stage, waiters, "w" + i));
                stage.store.settle();
            }
            for (int i = 10; i < 20; i++) {
                stage.run(Tasks.create("t" + i));
            }
            stage.store.settle();
            for (int i = 0; i < 10; i++) {
                assertThat(ids(claims.get(i))).containsExactly("t" + (10 + i));
            }
            assertThat(claims.subList(10, 20)).noneMatch(Future::isComplete);
        });
    }

    @Test
    void claim_anotherQueue_isNotWokenFor() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> sms = claim(stage, waiters, "w1", "sms");
            Future<Outcome> both = claim(stage, waiters, "w2", "sms", "mail");
            stage.store.settle();
            stage.run(Tasks.create("a"));
            stage.store.settle();
            assertThat(sms.isComplete()).isFalse();
            assertThat(ids(both)).containsExactly("a");
        });
    }

    @Test
    void claim_scheduledTask_isServedWhenItIsDue() throws Exception {
        play((stage, waiters) -> {
            stage.run(new Verb.Create("a", Tasks.spec(), 0, 1_234, Map.of()));
            stage.store.loseNotices(true);
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.advance(Duration.ofMillis(1_233));
            assertThat(claim.isComplete()).isFalse();
            stage.advance(Duration.ofMillis(1));
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void claim_anotherWorkersLeaseRunsOut_isServedAfterTheBackoff() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a", Tasks.spec().withRetry(Tasks.retries(3, 500, 500))));
            stage.run(Tasks.claim("dead", 1));
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.advance(Duration.ofMillis(Tasks.LEASE_MILLIS + 499));
            assertThat(claim.isComplete()).isFalse();
            stage.advance(Duration.ofMillis(1));
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void claim_storeMissesNotices_isServedByThePoll() throws Exception {
        play((stage, waiters) -> {
            stage.store.loseNotices(true);
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.settle();
            stage.run(Tasks.create("a"));
            stage.advance(Duration.ofMillis(Waits.POLL_MILLIS));
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void claim_taskComesWhileTheFirstTryIsOnItsWayBack_isNotMissed() throws Exception {
        play((stage, waiters) -> {
            claim(stage, waiters, "other", "sms");
            stage.store.settle();
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.step(null); // evaluated, with nothing there
            stage.run(Tasks.create("a"));
            stage.store.stepNewest(); // the notice overtakes the answer
            stage.store.settle();
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void claim_taskComesWhileALaterTryIsOnItsWayBack_isNotMissed() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.settle();
            stage.store.notice(Stage.NAMESPACE);
            stage.store.step(null); // the notice
            stage.store.step(null); // the second try, evaluated
            stage.run(Tasks.create("a"));
            stage.store.stepNewest(); // the notice overtakes the answer
            stage.store.settle();
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void cancel_whileItWaits_neverAsksAgain() throws Exception {
        play((stage, waiters) -> {
            Cancellation cancellation = new Cancellation();
            waiters.claim(stage.command(Tasks.claim("gone", 1)), LONG, CallOptions.DEFAULT, cancellation);
            stage.store.settle();
            stage.store.commands.clear();
            cancellation.cancel();
            stage.run(Tasks.create("a"));
            stage.advance(LONG);
            assertThat(stage.store.commands).isEmpty();
            assertThat(waiters.size()).isZero();
        });
    }

    @Test
    void cancel_whileTheStoreWorksOnIt_releasesWhatItGotAndServesTheNext() throws Exception {
        play((stage, waiters) -> {
            Cancellation cancellation = new Cancellation();
            waiters.claim(stage.command(Tasks.claim("gone", 1)), LONG, CallOptions.DEFAULT, cancellation);
            Future<Outcome> next = claim(stage, waiters, "next");
            stage.store.settle();
            stage.run(Tasks.create("a"));
            untilNextTry(stage);
            cancellation.cancel();
            stage.store.settle();
            Task task = ((Claimed) got(next)).tasks().get(0);
            assertThat(task.lease().workerId()).isEqualTo("next");
            assertThat(task.attempts()).isEqualTo(1);
        });
    }

    @Test
    void cancel_underARequestId_keepsWhatItGotForTheRepetition() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Cancellation cancellation = new Cancellation();
            var claim = Tasks.request(Stage.NAMESPACE, stage.clock.millis(), "r1", Tasks.claim("w", 1));
            waiters.claim(claim, LONG, CallOptions.DEFAULT, cancellation);
            cancellation.cancel();
            stage.store.settle();
            Future<Outcome> again = waiters.claim(claim, LONG, CallOptions.DEFAULT);
            stage.store.settle();
            assertThat(ids(again)).containsExactly("a");
        });
    }

    @Test
    void claim_repeatedRequestWhoseTaskIsDone_isAnsweredAtOnceAndHidesNothingFromOthers() throws Exception {
        play((stage, waiters) -> {
            var claim = Tasks.request(Stage.NAMESPACE, stage.clock.millis(), "r1", Tasks.claim("w", 1));
            stage.run(Tasks.create("a"));
            Task task = ((Claimed) stage.run(claim)).tasks().get(0);
            stage.run(Tasks.complete("a", task.lease().token()));
            Future<Outcome> again = waiters.claim(claim, LONG, CallOptions.DEFAULT);
            stage.store.settle();
            assertThat(ids(again)).isEmpty();
            assertThat(waiters.size()).isZero();
        });
    }

    @Test
    void claim_storeFailsLater_waitsOn() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.settle();
            stage.run(Tasks.create("a"));
            stage.store.failNext(FailureKind.OVERLOADED);
            stage.store.settle();
            assertThat(claim.isComplete()).isFalse();
            stage.advance(Duration.ofMillis(Waits.RETRY_MILLIS));
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void claim_firstTryFails_failsWithIt() throws Exception {
        play((stage, waiters) -> {
            stage.store.failNext(FailureKind.NOT_APPLIED);
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.settle();
            assertThat(((StoreException) claim.cause()).kind()).isEqualTo(FailureKind.NOT_APPLIED);
        });
    }

    @Test
    void claim_storeMayHaveApplied_saysSoAndServesTheNext() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> first = claim(stage, waiters, "first");
            Future<Outcome> second = claim(stage, waiters, "second");
            stage.store.settle();
            stage.run(Tasks.create("a"));
            stage.run(Tasks.create("b"));
            stage.store.failNext(FailureKind.MAYBE_APPLIED);
            stage.advance(Duration.ofMillis(Waits.RETRY_MILLIS));
            assertThat(((StoreException) first.cause()).kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
            assertThat(ids(second)).containsExactly("b");
        });
    }

    @Test
    void claim_asManyWaitAsMay_isRefusedAsOverloaded() throws Exception {
        play((stage, waiters) -> {
            for (int i = 0; i < ClaimWaiters.WAITERS_MAX; i++) {
                claim(stage, waiters, "w");
            }
            Future<Outcome> refused = claim(stage, waiters, "w");
            assertThat(((StoreException) refused.cause()).kind()).isEqualTo(FailureKind.OVERLOADED);
            assertThat(waiters.size()).isEqualTo(ClaimWaiters.WAITERS_MAX);
        });
    }

    @Test
    void claim_noticesThatAreForOthers_slowTheLineDown() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.store.settle();
            stage.store.commands.clear();
            for (int i = 0; i < 1_000; i++) {
                stage.store.notice(Stage.NAMESPACE);
                stage.advance(Duration.ofMillis(1));
            }
            assertThat(stage.store.commands).hasSizeLessThan(120);
            stage.run(Tasks.create("a"));
            stage.advance(Duration.ofMillis(ClaimLine.VAIN_PAUSE_MILLIS_MAX));
            assertThat(ids(claim)).containsExactly("a");
        });
    }

    @Test
    void claim_storeGivesNoticeOfItsOwnTries_doesNotAskWithoutEnd() throws Exception {
        play((stage, waiters) -> {
            stage.store.noticeNothing(true);
            Future<Outcome> claim = claim(stage, waiters, "w");
            stage.advance(Duration.ofSeconds(1));
            assertThat(stage.store.commands).hasSizeLessThan(120);
            stage.run(Tasks.create("a"));
            stage.advance(Duration.ofMillis(ClaimLine.VAIN_PAUSE_MILLIS_MAX));
            assertThat(ids(claim)).containsExactly("a");
            stage.store.noticeNothing(false);
        });
    }

    @Test
    void close_whileSomeWaitAndOneAsks_answersAllAndLosesNothing() throws Exception {
        play((stage, waiters) -> {
            Future<Outcome> asking = claim(stage, waiters, "w1");
            Future<Outcome> waiting = claim(stage, waiters, "w2");
            stage.store.settle();
            stage.run(Tasks.create("a"));
            untilNextTry(stage);
            Future<Void> closed = waiters.close();
            assertThat(ids(waiting)).isEmpty();
            assertThat(closed.isComplete()).isFalse();
            stage.store.settle();
            assertThat(ids(asking)).containsExactly("a");
            got(closed);
            Future<Outcome> late = claim(stage, waiters, "late");
            stage.store.settle();
            assertThat(ids(late)).isEmpty();
        });
    }

    @Test
    void claim_fromAnotherThread_isRefused() throws Exception {
        play((stage, waiters) -> {
            var stranger = new java.util.concurrent.CompletableFuture<Void>();
            new Thread(() -> {
                        try {
                            assertThatThrownBy(() -> claim(stage, waiters, "w"))
                                    .isInstanceOf(IllegalStateException.class);
                            stranger.complete(null);
                        } catch (AssertionError wrong) {
                            stranger.completeExceptionally(wrong);
                        }
                    })
                    .start();
            stranger.get(20, TimeUnit.SECONDS);
            assertThat(stage.store.commands).isEmpty();
        });
    }

    @Test
    void make_outsideOfAnEventLoop_isRefused() {
        assertThatThrownBy(() -> new ChangeFeed(Stage.vertx(), null)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void giveBack_goneCaller_leavesTheTaskEnqueued() throws Exception {
        play((stage, waiters) -> {
            stage.run(Tasks.create("a"));
            Cancellation cancellation = new Cancellation();
            waiters.claim(stage.command(Tasks.claim("gone", 1)), Duration.ZERO, CallOptions.DEFAULT, cancellation);
            cancellation.cancel();
            stage.store.settle();
            Task task = stage.apply(Tasks.update("a").priority(5).verb());
            assertThat(task.state()).isEqualTo(TaskState.ENQUEUED);
            assertThat(task.attempts()).isZero();
        });
    }
}
