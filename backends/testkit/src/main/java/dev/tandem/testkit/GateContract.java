package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Bytes;
import dev.tandem.task.Gate;
import dev.tandem.task.Gate.Role;
import dev.tandem.task.Outcome;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A store serves those who were told by the policy that it has, and nobody else. */
abstract class GateContract extends ContractGroup {
    private static final Gate SEALED = gate(1, Role.SEALED);
    private static final Gate MIRROR = gate(2, Role.MIRROR);
    private static final Gate AUTHORITY = gate(3, Role.AUTHORITY);

    @SuppressWarnings("NullAway.Init") // Set before each test.
    GateContract(TaskStoreContract contract) {
        super(contract);
    }

    private static Gate gate(long epoch, Role role) {
        return new Gate(epoch, role, false, Tasks.bytes("policy " + epoch));
    }

    private Outcome execute(long epoch, Verb verb) {
        return calls.execute(calls.command(verb).withEpoch(epoch));
    }

    private void move(long expectedEpoch, Gate to) {
        assertThat(calls.execute(new Verb.MoveGate(expectedEpoch, to))).isEqualTo(new Outcome.Gated(to, true));
        assertThat(calls.query(new TaskQuery.GetGate(NAMESPACE))).isEqualTo(to);
    }

    private void assertLeft(Verb.MoveGate move, Gate as) {
        assertThat(calls.execute(move)).isEqualTo(new Outcome.Gated(as, false));
        assertThat(calls.query(new TaskQuery.GetGate(NAMESPACE))).isEqualTo(as);
    }

    /** One of each kind, which would change something. */
    private List<Verb> all(Task claimed) {
        return List.of(
                Tasks.create("new"),
                Tasks.cancel("a"),
                Tasks.delete("a"),
                Tasks.complete(claimed.id(), StoreCalls.token(claimed)),
                Tasks.claim("other", 10),
                new Verb.Prune(Set.of(TaskState.CANCELED), Long.MAX_VALUE, 10),
                new Verb.AcquireLease("scope", "holder", 1_000));
    }

    /** Two tasks that wait, one in hand, one that is canceled. */
    private Task fill() {
        calls.apply(Tasks.create("in-hand"));
        Task claimed = calls.claimOne("worker");
        calls.apply(Tasks.create("a"));
        calls.apply(Tasks.create("b"));
        calls.apply(Tasks.create("off"));
        calls.apply(Tasks.cancel("off"));
        return claimed;
    }

    private void assertFenced(long epoch, List<? extends Verb> verbs) {
        List<StoredRecord> before = calls.scanAll();
        for (Verb verb : verbs) {
            Future<Outcome> answer = calls.start(calls.command(verb).withEpoch(epoch));
            assertThat(StoreCalls.failureOf(answer).kind()).as("%s", verb).isEqualTo(FailureKind.FENCED);
        }
        assertThat(calls.scanAll()).isEqualTo(before);
    }

    @Test
    void gate_thatNeverWasMoved_takesTheFirstPolicysCommandsAlone() {
        Task claimed = fill();

        assertThat(calls.query(new TaskQuery.GetGate(NAMESPACE))).isEqualTo(Gate.FIRST);
        assertThat(calls.query(new TaskQuery.GetGate("never-seen"))).isEqualTo(Gate.FIRST);
        assertFenced(1, all(claimed));

        assertThat(execute(0, Tasks.cancel("a"))).isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void gate_ofAnotherPolicy_fencesAllOfTheOneBefore() {
        Task claimed = fill();
        move(0, AUTHORITY);

        assertFenced(0, all(claimed));
        assertFenced(
                0, List.of(new Verb.Sweep(10), new Verb.Mirror(List.of(), 1_000), new Verb.Acknowledge(List.of())));
        assertFenced(4, all(claimed));

        all(claimed).forEach(verb -> execute(3, verb));
    }

    @Test
    void gate_sealed_takesNothing() {
        Task claimed = fill();
        move(0, SEALED);

        assertFenced(0, all(claimed));
        assertFenced(1, all(claimed));
        assertFenced(1, List.of(new Verb.Sweep(10), new Verb.Mirror(List.of(claimed), 1_000)));
    }

    @Test
    void gate_ofAMirror_takesWhatAnotherStoreHasDecided() {
        Task claimed = fill();
        Tombstone newer = new Tombstone("a", 1_000, clock.millis());
        move(0, MIRROR);

        assertFenced(2, all(claimed));
        assertFenced(1, List.of(new Verb.Mirror(List.of(newer), 1_000)));
        assertFenced(2, List.of(new Verb.Acknowledge(List.of())));

        assertThat(execute(2, new Verb.Mirror(List.of(newer), 1_000))).isEqualTo(new Outcome.Mirrored(1));
        assertThat(calls.find("a")).isEmpty();
    }

    @Test
    void gate_ofAMirror_isSweptOfWhatMayBeForgottenAlone() {
        calls.apply(Tasks.create("kept"));
        Task claimed = calls.claimOne("worker");
        calls.request("request", Tasks.create("a"));
        calls.apply(Tasks.create("gone"));
        calls.delete("gone");
        move(0, MIRROR);
        clock.advance(Duration.ofMillis(tombstoneKeepMillis() + Tasks.KEEP_MILLIS + Tasks.LEASE_MILLIS));

        Outcome.Swept swept = (Outcome.Swept) execute(2, new Verb.Sweep(10));

        assertThat(swept.requeued()).isZero();
        assertThat(swept.deleted()).isZero();
        assertThat(calls.scanAll()).containsExactlyInAnyOrder(claimed, calls.get("a"));
    }

    @Test
    void move_notAsExpected_leavesTheGateAsItIs() {
        move(0, MIRROR);

        assertLeft(new Verb.MoveGate(0, AUTHORITY), MIRROR);
        assertLeft(new Verb.MoveGate(1, AUTHORITY), MIRROR);
        assertLeft(new Verb.MoveGate(0, SEALED), MIRROR);
        assertLeft(new Verb.MoveGate(1, gate(2, Role.AUTHORITY)), MIRROR);

        move(2, AUTHORITY);
    }

    @Test
    void move_thatIsMadeAgain_comesToTheSame() {
        move(0, SEALED);

        move(0, SEALED);

        move(1, MIRROR);
        assertLeft(new Verb.MoveGate(0, SEALED), MIRROR);
    }

    @Test
    void move_fromAnyLowerEpoch_goesOnAndNeverBack() {
        move(Verb.MoveGate.ANY_LOWER, MIRROR);
        move(Verb.MoveGate.ANY_LOWER, MIRROR);

        assertLeft(new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, SEALED), MIRROR);
        assertLeft(new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, gate(2, Role.AUTHORITY)), MIRROR);

        move(Verb.MoveGate.ANY_LOWER, AUTHORITY);
    }

    @Test
    void move_whoeverListens_isToldSoon() {
        calls.apply(Tasks.create("a"));
        Promise<Void> told = Promise.promise();
        StoreCalls.await(calls.start(() -> {
            store.subscribe(NAMESPACE, told::tryComplete);
            return Future.succeededFuture();
        }));

        move(0, SEALED);

        StoreCalls.await(told.future());
    }

    @Test
    void gate_ofANamespace_isNotThatOfAnother() {
        move(0, SEALED);

        calls.in("other").apply(Tasks.create("a"));
        assertFenced(0, List.of(Tasks.create("a")));
    }

    @Test
    void request_thatWasAppliedByAnotherPolicy_isFencedAndNotRepeated() {
        calls.request("request", Tasks.create("a"));
        move(0, AUTHORITY);
        TaskCommand again = Tasks.request(NAMESPACE, clock.millis(), "request", Tasks.create("a"));

        assertThat(StoreCalls.failureOf(calls.start(again)).kind()).isEqualTo(FailureKind.FENCED);
        assertThat(calls.execute(again.withEpoch(3))).isInstanceOf(Outcome.Unchanged.class);
    }

    @Test
    void query_ofAnotherEpoch_isFenced() {
        fill();
        List<TaskQuery<?>> queries = List.of(
                new TaskQuery.Get(NAMESPACE, "a"),
                new TaskQuery.Get(NAMESPACE, "not-there"),
                new TaskQuery.GetLease(NAMESPACE, "scope"),
                new TaskQuery.ListTasks(NAMESPACE, TaskFilter.ALL, false, null, 10),
                new TaskQuery.Count(NAMESPACE, TaskFilter.ALL),
                new TaskQuery.Count(
                        NAMESPACE,
                        new TaskFilter(Set.of(), Set.of(Tasks.QUEUE), Set.of(), "", Map.of(), 0, Long.MAX_VALUE)),
                new TaskQuery.Changes(NAMESPACE, null, 10),
                new TaskQuery.Scan(NAMESPACE, null, 10),
                new TaskQuery.Outbox(NAMESPACE, 0, 10));
        for (Gate gate : List.of(Gate.FIRST, SEALED, MIRROR, AUTHORITY)) {
            if (gate.epoch() > 0) {
                move(gate.epoch() - 1, gate);
            }
            for (TaskQuery<?> query : queries) {
                for (CallOptions options : List.of(
                        CallOptions.DEFAULT.withEpoch(gate.epoch() + 1),
                        CallOptions.DEFAULT.withEpoch(Math.max(gate.epoch() - 1, 7)))) {
                    assertThat(StoreCalls.failureOf(calls.start(() -> store.query(query, options)))
                                    .kind())
                            .as("%s at %s by %s", query, gate, options)
                            .isEqualTo(FailureKind.FENCED);
                }
                assertThat((Object) StoreCalls.await(
                                calls.start(() -> store.query(query, CallOptions.DEFAULT.withEpoch(gate.epoch())))))
                        .as("%s at %s", query, gate)
                        .isNotNull();
            }
        }
    }

    @Test
    void gate_afterAReopen_isAsItWasLeft() throws Exception {
        if (store.capabilities().durability() == Durability.MEMORY) {
            return;
        }
        Gate last = new Gate(4, Role.AUTHORITY, true, Bytes.of(new byte[4096]));
        move(0, SEALED);
        move(1, last);
        execute(4, Tasks.create("a"));

        reopen();

        assertThat(calls.query(new TaskQuery.GetGate(NAMESPACE))).isEqualTo(last);
        assertThat(calls.query(new TaskQuery.Outbox(NAMESPACE, 0, 10)).entries().size()
                        + calls.query(new TaskQuery.Outbox(
                                        NAMESPACE, store.capabilities().shards() - 1, 10))
                                .entries()
                                .size())
                .isPositive();
        assertFenced(3, List.of(Tasks.create("b")));
        move(4, gate(5, Role.MIRROR));
        move(5, gate(6, Role.AUTHORITY));
        assertThat(execute(6, Tasks.create("b"))).isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void changes_ofAnAuthorityThatBecameAMirror_areToldUpToItsSeal() {
        calls.apply(Tasks.create("before"));
        Cursor cursor = calls.query(new TaskQuery.Changes(NAMESPACE, null, 1)).next();
        Task last = calls.apply(Tasks.create(inOneShard("late")));
        move(0, SEALED);
        move(1, MIRROR);

        execute(2, new Verb.Mirror(List.of(new Tombstone(inOneShard("other"), 1_000, 1)), 1_000));

        ChangePage page = calls.query(new TaskQuery.Changes(NAMESPACE, cursor, 10));
        assertThat(page.isExpired()).isFalse();
        assertThat(page.changes()).contains(Change.written(last));
    }

    @Test
    void changes_ofAMirrorThatBecomesTheAuthority_beginAnew() {
        calls.apply(Tasks.create("a"));
        move(0, MIRROR);
        Cursor before = calls.query(new TaskQuery.Changes(NAMESPACE, null, 1)).next();
        execute(2, new Verb.Mirror(List.of(new Tombstone("a", 1_000, 1)), 1_000));
        move(2, AUTHORITY);

        assertThat(calls.query(new TaskQuery.Changes(NAMESPACE, before, 10)).isExpired())
                .isTrue();

        Cursor after = calls.query(new TaskQuery.Changes(NAMESPACE, null, 1)).next();
        Task created = ((Outcome.Applied) execute(3, Tasks.create("a"))).task();
        assertThat(created.version()).isGreaterThan(1_000);
        assertThat(calls.query(new TaskQuery.Changes(NAMESPACE, after, 10)).changes())
                .containsExactly(Change.written(created));
    }
}
