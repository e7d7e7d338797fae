package dev.tandem.testkit;

import static dev.tandem.testkit.StoreCalls.lease;
import static dev.tandem.testkit.StoreCalls.token;
import static dev.tandem.testkit.Tasks.LEASE_MILLIS;
import static dev.tandem.testkit.Tasks.claim;
import static dev.tandem.testkit.Tasks.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskFilter;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Progress;
import dev.tandem.task.Task;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Workers get the due tasks of their queues, each to one worker, in order; and only the holder's token counts. */
abstract class ClaimContract extends ContractGroup {
    ClaimContract(TaskStoreContract contract) {
        super(contract);
    }

    private List<String> claimIds(int limit, String... queues) {
        return calls.claim(claim("w", limit, queues)).tasks().stream()
                .map(Task::id)
                .toList();
    }

    @Test
    void claim_due_isProcessingUnderALease() {
        Task before = calls.apply(Tasks.create("a"));
        clock.advanceMillis(7);

        Task claimed = calls.claimOne("w1");

        assertThat(claimed.state()).isEqualTo(TaskState.PROCESSING);
        assertThat(claimed.attempts()).isEqualTo(1);
        assertThat(claimed.startedAtMillis()).isEqualTo(clock.millis());
        assertThat(claimed.version()).isGreaterThan(before.version());
        assertThat(lease(claimed))
                .isEqualTo(new TaskLease("w1", claimed.version(), clock.millis() + LEASE_MILLIS, LEASE_MILLIS));
        assertThat(calls.get("a")).isEqualTo(claimed);
        assertThat(calls.claim(claim("w2", 10)).tasks()).isEmpty();
    }

    @Test
    void claim_largeTasks_getsNoMoreThanFitIntoAMessage() {
        List<Task> large = calls.createLarge(16, this::inOneShard);

        List<Task> claimed = calls.claim(claim("w", Limits.BATCH_MAX)).tasks();

        assertThat(claimed).hasSizeLessThan(large.size());
        assertThat(claimed.stream().mapToLong(Task::contentBytes).sum())
                .isBetween(
                        (long) Limits.PAGE_BYTES_MAX / 2, (long) Limits.PAGE_BYTES_MAX + Limits.PAYLOAD_BYTES_DEFAULT);
        assertThat(calls.claim(claim("w", Limits.BATCH_MAX)).tasks()).hasSize(large.size() - claimed.size());
    }

    @Test
    void claim_several_goesByPriorityThenDueTimeThenId() {
        String late = inOneShard("late");
        calls.apply(Tasks.create(inOneShard("low"), spec().withPriority(-1)));
        calls.apply(Tasks.create(late, spec()));
        calls.apply(Tasks.update(late).dueAtMillis(clock.millis() + 5).verb());
        calls.apply(Tasks.create(inOneShard("b"), spec()));
        calls.apply(Tasks.create(inOneShard("a"), spec()));
        calls.apply(Tasks.create(inOneShard("high"), spec().withPriority(10)));
        calls.apply(Tasks.create(inOneShard("top"), spec().withPriority(11)));
        clock.advanceMillis(10);

        assertThat(claimIds(2, Tasks.QUEUE)).containsExactly(inOneShard("top"), inOneShard("high"));
        assertThat(claimIds(10, Tasks.QUEUE))
                .containsExactly(inOneShard("a"), inOneShard("b"), late, inOneShard("low"));
    }

    @Test
    void claim_ofOne_givesTheFirstWithinAsManyClaimsAsThereAreShards() {
        for (int i = 0; i < 20; i++) {
            calls.apply(Tasks.create("low" + i, spec()));
        }
        for (int i = 0; i < 10; i++) {
            calls.apply(Tasks.create("first" + i, spec().withPriority(1)));
            List<String> claimed = new ArrayList<>();
            for (int claim = 0; claim < store.capabilities().shards(); claim++) {
                claimed.addAll(claimIds(1, Tasks.QUEUE));
            }
            assertThat(claimed).contains("first" + i);
            claimed.forEach(calls::delete);
            for (int gone = 0; gone < claimed.size(); gone++) {
                calls.apply(Tasks.create("more" + i + "-" + gone, spec()));
            }
        }
    }

    @Test
    void claim_ofSeveralQueues_mergesThemInOneOrder() {
        calls.apply(Tasks.create(inOneShard("a2"), spec().withQueue("qa").withPriority(2)));
        calls.apply(Tasks.create(inOneShard("b3"), spec().withQueue("qb").withPriority(3)));
        calls.apply(Tasks.create(inOneShard("a1"), spec().withQueue("qa").withPriority(1)));
        calls.apply(Tasks.create(inOneShard("b0"), spec().withQueue("qb").withPriority(0)));
        calls.apply(Tasks.create("c9", spec().withQueue("qc").withPriority(9)));

        assertThat(claimIds(3, "qa", "qb")).containsExactly(inOneShard("b3"), inOneShard("a2"), inOneShard("a1"));
        assertThat(claimIds(3, "qb", "qa")).containsExactly(inOneShard("b0"));
        assertThat(calls.get("c9").state()).isEqualTo(TaskState.ENQUEUED);
    }

    @Test
    void claim_queueNamedTwice_givesEachTaskOnce() {
        calls.apply(Tasks.create("a"));
        calls.apply(Tasks.create("b"));

        assertThat(claimIds(10, Tasks.QUEUE, Tasks.QUEUE)).containsExactlyInAnyOrder("a", "b");
        assertThat(calls.get("a").attempts()).isEqualTo(1);
    }

    @Test
    void claim_taskWithoutQueue_isNeverGiven() {
        calls.apply(Tasks.create("a", spec().withQueue("")));

        assertThat(claimIds(10, "", Tasks.QUEUE)).isEmpty();
    }

    @Test
    void claim_beforeDueTime_getsNothingAndSaysWhenToAskAgain() {
        long due = clock.millis() + 1_000;
        calls.apply(new Verb.Create("later", spec(), due + 500, 0, Map.of()));
        calls.apply(new Verb.Create("a", spec(), due, 0, Map.of()));
        calls.apply(new Verb.Create("elsewhere", spec().withQueue("other"), due - 500, 0, Map.of()));

        assertThat(calls.claim(claim("w", 10))).isEqualTo(new Claimed(List.of(), due));
        clock.set(due - 1);
        assertThat(claimIds(10, Tasks.QUEUE)).isEmpty();
        clock.set(due);
        assertThat(claimIds(10, Tasks.QUEUE)).containsExactly("a");
    }

    @Test
    void claim_nothingScheduled_saysThatNothingIs() {
        calls.apply(Tasks.create("a", spec().withQueue("other")));

        assertThat(calls.claim(claim("w", 10))).isEqualTo(new Claimed(List.of(), Long.MAX_VALUE));
    }

    @Test
    void claim_othersHoldLeases_saysWhenTheFirstRunsOut() {
        calls.apply(Tasks.create("a"));
        Task held = calls.claimOne("w1");

        assertThat(calls.claim(claim("w2", 10)))
                .isEqualTo(new Claimed(List.of(), lease(held).expiresAtMillis()));
    }

    @Test
    void claim_afterMoveToAnotherQueueOrPriority_followsIt() {
        String b = inOneShard("b");
        String c = inOneShard("c");
        for (String id : List.of("a", b, c)) {
            calls.apply(Tasks.create(id));
        }
        calls.apply(Tasks.update("a").queue("other").verb());
        calls.apply(Tasks.update(c).priority(1).verb());

        assertThat(claimIds(10, Tasks.QUEUE)).containsExactly(c, b);
        assertThat(claimIds(10, "other")).containsExactly("a");
    }

    @Test
    void claim_byManyAtOnce_givesEachTaskToExactlyOne() {
        int tasks = 200;
        int workers = 8;
        for (int i = 0; i < tasks; i++) {
            calls.apply(Tasks.create("t" + i));
        }
        List<Future<Outcome>> claims = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
            StoreCalls caller = calls.onAnotherContext();
            for (int turn = 0; turn < 10; turn++) {
                claims.add(caller.start(caller.command(claim("w" + worker, 4))));
            }
        }

        Map<String, String> owners = new HashMap<>();
        for (Future<Outcome> claim : claims) {
            for (Task task : ((Claimed) StoreCalls.await(claim)).tasks()) {
                assertThat(owners.put(task.id(), lease(task).workerId()))
                        .as("another owner of %s", task.id())
                        .isNull();
            }
        }
        assertThat(owners).hasSize(tasks);
        assertThat(calls.list(TaskFilter.ALL, tasks)).allSatisfy(task -> {
            assertThat(lease(task).workerId()).isEqualTo(owners.get(task.id()));
            assertThat(task.attempts()).isEqualTo(1);
        });
    }

    @Test
    void renew_byHolder_extendsFromNowAndKeepsTheToken() {
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");
        clock.advanceMillis(LEASE_MILLIS - 1);

        Task renewed = calls.apply(new Verb.Renew("a", token(claimed), 0, new Progress(40, "half way")));
        Task longer = calls.apply(new Verb.Renew("a", token(claimed), 3 * LEASE_MILLIS, null));

        assertThat(lease(renewed))
                .isEqualTo(new TaskLease("w", token(claimed), clock.millis() + LEASE_MILLIS, LEASE_MILLIS));
        assertThat(renewed.version()).isGreaterThan(claimed.version());
        assertThat(lease(longer).expiresAtMillis()).isEqualTo(clock.millis() + 3 * LEASE_MILLIS);
        assertThat(longer.progress()).isEqualTo(new Progress(40, "half way"));
        clock.advanceMillis(2 * LEASE_MILLIS);
        assertThat(calls.claim(claim("w2", 1)).tasks()).isEmpty();
    }

    @Test
    void lease_atItsEnd_isLostForEveryVerbThatTakesTheToken() {
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");
        clock.advanceMillis(LEASE_MILLIS);

        for (Verb verb : verbsUnder("a", token(claimed))) {
            Rejected rejected = calls.reject(verb, Reason.LEASE_LOST);
            assertThat(rejected.task()).isEqualTo(claimed);
        }
        assertThat(calls.get("a")).isEqualTo(claimed);
    }

    @Test
    void token_ofAnother_isRefusedByEveryVerbThatTakesOne() {
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");

        for (long wrong : new long[] {token(claimed) - 1, token(claimed) + 1, Long.MAX_VALUE}) {
            for (Verb verb : verbsUnder("a", wrong)) {
                calls.reject(verb, Reason.LEASE_LOST);
            }
        }
        assertThat(calls.get("a")).isEqualTo(claimed);
    }

    @Test
    void token_none_isNotEnoughWhileAWorkerHoldsTheTask() {
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");

        for (Verb verb : verbsUnder("a", 0)) {
            calls.reject(verb, verb instanceof Verb.Renew ? Reason.LEASE_LOST : Reason.LEASE_REQUIRED);
        }
        assertThat(calls.get("a")).isEqualTo(claimed);
    }

    private static List<Verb> verbsUnder(String id, long token) {
        return List.of(
                Tasks.renew(id, token),
                Tasks.complete(id, token),
                Tasks.fail(id, token),
                Tasks.release(id, token),
                new Verb.Transition(id, 0, token, TaskState.SUCCEEDED, Tasks.bytes("x"), null));
    }

    @Test
    void lease_thatRanOut_isTakenBackByTheNextClaim() {
        calls.apply(Tasks.create("a", spec().withRetry(Tasks.retries(3, 0, 0))));
        Task first = calls.claimOne("w1");
        clock.advanceMillis(LEASE_MILLIS);

        Task second = calls.claimOne("w2");

        assertThat(second.attempts()).isEqualTo(2);
        assertThat(token(second)).isGreaterThan(token(first));
        calls.reject(Tasks.complete("a", token(first)), Reason.LEASE_LOST);
        assertThat(calls.get("a")).isEqualTo(second);
        assertThat(calls.apply(Tasks.complete("a", token(second))).state()).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void tokens_overManyClaims_onlyRise() {
        calls.apply(Tasks.create("a"));
        long highest = 0;
        for (int i = 0; i < 5; i++) {
            Task claimed = calls.claimOne("w");
            assertThat(token(claimed)).isGreaterThan(highest);
            highest = token(claimed);
            calls.apply(Tasks.release("a", highest));
        }
    }

    @Test
    void complete_byHolder_keepsTheResultAndEndsTheLease() {
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");
        clock.advanceMillis(9);

        Task done = calls.apply(Tasks.complete("a", token(claimed)));

        assertThat(done.state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(done.result()).isEqualTo(Tasks.bytes("done"));
        assertThat(done.lease()).isNull();
        assertThat(done.finishedAtMillis()).isEqualTo(clock.millis());
        calls.reject(Tasks.complete("a", token(claimed)), Reason.LEASE_LOST);
        calls.reject(Tasks.renew("a", token(claimed)), Reason.LEASE_LOST);
        assertThat(calls.get("a")).isEqualTo(done);
    }

    @Test
    void release_byHolder_givesTheAttemptBack() {
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");

        Task released = calls.apply(new Verb.Release("a", token(claimed), 500));

        assertThat(released.state()).isEqualTo(TaskState.ENQUEUED);
        assertThat(released.attempts()).isZero();
        assertThat(released.dueAtMillis()).isEqualTo(clock.millis() + 500);
        assertThat(claimIds(1, Tasks.QUEUE)).isEmpty();
        clock.advanceMillis(500);
        assertThat(claimIds(1, Tasks.QUEUE)).containsExactly("a");
    }

    @Test
    void cancel_ofClaimedTask_takesItFromTheWorker() {
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");

        Task canceled = calls.apply(Tasks.cancel("a"));

        assertThat(canceled.lease()).isNull();
        calls.reject(Tasks.complete("a", token(claimed)), Reason.LEASE_LOST);
        assertThat(calls.get("a")).isEqualTo(canceled);
    }

    @Test
    void claim_inAnotherNamespace_seesNothingOfThisOne() {
        calls.apply(Tasks.create("a"));

        assertThat(calls.in("other").claim(claim("w", 10))).isEqualTo(new Claimed(List.of(), Long.MAX_VALUE));
        assertThat(calls.get("a").state()).isEqualTo(TaskState.ENQUEUED);
    }
}
