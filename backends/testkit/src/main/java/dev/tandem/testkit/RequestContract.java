package dev.tandem.testkit;

import static dev.tandem.testkit.StoreCalls.token;
import static dev.tandem.testkit.Tasks.KEEP_MILLIS;
import static dev.tandem.testkit.Tasks.claim;
import static dev.tandem.testkit.Tasks.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskFilter;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Applied;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.Outcome.Deleted;
import dev.tandem.task.Outcome.Granted;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Outcome.Swept;
import dev.tandem.task.Outcome.Unchanged;
import dev.tandem.task.RequestKey;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A command that comes again under its request id is answered again, and not applied again. */
abstract class RequestContract extends ContractGroup {
    RequestContract(TaskStoreContract contract) {
        super(contract);
    }

    private static Reason reasonOf(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Rejected.class);
        return ((Rejected) outcome).reason();
    }

    @Test
    void create_repeated_isAnsweredWithTheTaskAsItIs() {
        Verb create = Tasks.create("a");
        calls.request("r", create);
        Task claimed = calls.claimOne("w");

        assertThat(calls.request("r", create)).isEqualTo(new Unchanged(claimed));
        assertThat(calls.get("a")).isEqualTo(claimed);
    }

    @Test
    void create_repeatedWithAnotherBody_isRefused() {
        Outcome first = calls.request("r", Tasks.create("a"));
        String b = inOneShard("b");

        assertThat(reasonOf(calls.request("r", Tasks.create("a", spec().withPriority(1)))))
                .isEqualTo(Reason.REQUEST_ID_REUSED);
        assertThat(reasonOf(calls.request("r", Tasks.create(b)))).isEqualTo(Reason.REQUEST_ID_REUSED);
        assertThat(reasonOf(calls.request("r", Tasks.cancel("a")))).isEqualTo(Reason.REQUEST_ID_REUSED);

        assertThat(new Applied(calls.get("a"))).isEqualTo(first);
        assertThat(calls.find(b)).isEmpty();
    }

    @Test
    void create_repeatedWithAnotherNewId_isAnsweredWithTheFirst() {
        // As by the API, which makes a new id each time for a task that was given none, and hashes what was asked.
        long bodyHash = CommandCodec.bodyHash(Tasks.create(""));
        for (int i = 0; i < 20; i++) {
            List<Outcome> outcomes = new ArrayList<>();
            RequestKey request = new RequestKey("request" + i, bodyHash, KEEP_MILLIS);
            for (int turn = 0; turn < 2; turn++) {
                String id = store.newTaskId(
                        NAMESPACE, request.id(), () -> UUID.randomUUID().toString());
                outcomes.add(StoreCalls.await(
                        calls.start(new TaskCommand(NAMESPACE, clock.millis(), request, Tasks.create(id)))));
            }
            assertThat(outcomes).first().isInstanceOf(Applied.class);
            assertThat(outcomes.get(1)).isEqualTo(new Unchanged(((Applied) outcomes.get(0)).task()));
        }
        assertThat(calls.list(TaskFilter.ALL, 100)).hasSize(20);
    }

    @Test
    void create_repeatedAfterDelete_doesNotBringTheTaskBack() {
        calls.request("r", Tasks.create("a"));
        calls.delete("a");

        assertThat(reasonOf(calls.request("r", Tasks.create("a")))).isEqualTo(Reason.NOT_FOUND);
        assertThat(calls.find("a")).isEmpty();
    }

    @Test
    void complete_repeated_isAnsweredThoughTheLeaseIsGone() {
        calls.apply(Tasks.create("a"));
        Verb complete = Tasks.complete("a", token(calls.claimOne("w")));
        Applied first = (Applied) calls.request("r", complete);

        assertThat(calls.request("r", complete)).isEqualTo(new Unchanged(first.task()));
    }

    @Test
    void fail_repeated_countsOnce() {
        calls.apply(Tasks.create("a", spec().withRetry(Tasks.retries(3, 0, 0))));
        Verb fail = Tasks.fail("a", token(calls.claimOne("w")));
        Applied first = (Applied) calls.request("r", fail);

        assertThat(calls.request("r", fail)).isEqualTo(new Unchanged(first.task()));
        assertThat(calls.get("a").attempts()).isEqualTo(1);
    }

    @Test
    void delete_repeated_isAnsweredWithTheSameVersionAndSparesASuccessor() {
        calls.apply(Tasks.create("a"));
        Deleted first = (Deleted) calls.request("r", Tasks.delete("a"));
        Task successor = calls.apply(Tasks.create("a"));

        assertThat(calls.request("r", Tasks.delete("a"))).isEqualTo(first);
        assertThat(calls.get("a")).isEqualTo(successor);
    }

    @Test
    void claim_repeated_givesTheSameTasksAndNoMore() {
        for (String id : List.of("a", inOneShard("b"), inOneShard("c"))) {
            calls.apply(Tasks.create(id));
        }
        Claimed first = (Claimed) calls.request("r", claim("w", 2));

        Claimed again = (Claimed) calls.request("r", claim("w", 2));

        assertThat(again.tasks()).isEqualTo(first.tasks()).hasSize(2);
        assertThat(calls.list(TaskFilter.ofStates(TaskState.ENQUEUED), 10))
                .extracting(Task::id)
                .containsExactly(inOneShard("c"));
    }

    @Test
    void claim_repeatedAfterSomeWereFinished_givesWhatIsStillHeld() {
        calls.apply(Tasks.create("a"));
        calls.apply(Tasks.create(inOneShard("b")));
        Claimed first = (Claimed) calls.request("r", claim("w", 2));
        calls.apply(Tasks.complete("a", token(first.tasks().get(0))));

        assertThat(((Claimed) calls.request("r", claim("w", 2))).tasks())
                .containsExactly(first.tasks().get(1));
    }

    @Test
    void claim_thatGotNothing_mayBeRepeatedAndGetSomething() {
        assertThat(((Claimed) calls.request("r", claim("w", 1))).tasks()).isEmpty();
        calls.apply(Tasks.create("a"));

        assertThat(((Claimed) calls.request("r", claim("w", 1))).tasks())
                .extracting(Task::id)
                .containsExactly("a");
    }

    @Test
    void rejection_isNotRemembered() {
        assertThat(reasonOf(calls.request("r", Tasks.cancel("a")))).isEqualTo(Reason.NOT_FOUND);
        calls.apply(Tasks.create("a"));

        assertThat(calls.request("r", Tasks.cancel("a"))).isInstanceOf(Applied.class);
    }

    @Test
    void prune_repeated_deletesOnce() {
        calls.apply(Tasks.create("a"));
        calls.apply(Tasks.cancel("a"));
        clock.advanceMillis(1);
        Verb prune = new Verb.Prune(Set.of(TaskState.CANCELED), clock.millis(), 10);
        assertThat(((Swept) calls.request("r", prune)).deleted()).isEqualTo(1);
        calls.apply(Tasks.create("b"));
        calls.apply(Tasks.cancel("b"));

        assertThat(((Swept) calls.request("r", prune)).deleted()).isEqualTo(1);
        assertThat(calls.find("b")).isPresent();
    }

    @Test
    void acquire_repeated_isTheSameLeaseAndNoRenewal() {
        Granted first = (Granted) calls.request("r", Tasks.acquire("s", "h"));
        clock.advanceMillis(10);

        assertThat(calls.request("r", Tasks.acquire("s", "h"))).isEqualTo(first);
    }

    @Test
    void acquire_repeatedAfterAnotherTookOver_isLost() {
        calls.request("r", Tasks.acquire("s", "h"));
        clock.advanceMillis(Tasks.LEASE_MILLIS);
        calls.grant(Tasks.acquire("s", "other"));

        assertThat(reasonOf(calls.request("r", Tasks.acquire("s", "h")))).isEqualTo(Reason.LEASE_LOST);
    }

    @Test
    void requestId_afterItsTime_isForgottenWithAndWithoutASweep() {
        calls.request("r", Tasks.create("a"));
        calls.request("s", Tasks.create("b"));
        clock.advanceMillis(KEEP_MILLIS - 1);
        assertThat(calls.request("r", Tasks.create("a"))).isInstanceOf(Unchanged.class);
        calls.sweep(10);
        assertThat(calls.request("s", Tasks.create("b"))).isInstanceOf(Unchanged.class);

        clock.advanceMillis(1);
        assertThat(reasonOf(calls.request("r", Tasks.create("a")))).isEqualTo(Reason.ALREADY_EXISTS);
        calls.sweep(10);
        assertThat(reasonOf(calls.request("s", Tasks.create("b")))).isEqualTo(Reason.ALREADY_EXISTS);
    }

    @Test
    void requestId_inAnotherNamespace_isAnother() {
        calls.request("r", Tasks.create("a"));

        assertThat(calls.in("other").request("r", Tasks.create("b"))).isInstanceOf(Applied.class);
    }

    @Test
    void requests_repeatedByManyAtOnce_areAppliedOnce() {
        Verb create = Tasks.create("a");
        List<Future<Outcome>> started = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            StoreCalls caller = calls.onAnotherContext();
            started.add(caller.start(Tasks.request(NAMESPACE, clock.millis(), "r", create)));
        }

        List<Outcome> outcomes = started.stream().map(StoreCalls::await).toList();

        Task task = calls.get("a");
        assertThat(outcomes).containsOnly(new Applied(task), new Unchanged(task));
        assertThat(outcomes).filteredOn(Applied.class::isInstance).hasSize(1);
    }
}
