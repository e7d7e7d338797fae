package dev.tandem.migration;

import static dev.tandem.migration.MovingPair.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.migration.Difference.Kind;
import dev.tandem.migration.Verify.Step;
import dev.tandem.routing.Phase;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.RequestKey;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What differs is found and named. */
class VerifyTest {
    private final MovingPair pair = new MovingPair();

    @AfterEach
    void close() {
        pair.close();
    }

    private static Difference task(String id, Kind kind, long authority, long mirror) {
        return new Difference(new RecordName(RecordKind.TASK, id), kind, authority, mirror);
    }

    private static Difference lease(String scope, Kind kind, long authority, long mirror) {
        return new Difference(new RecordName(RecordKind.LEASE, scope), kind, authority, mirror);
    }

    @Test
    void page_equalStores_findsNothing() {
        pair.start();
        pair.createDelivered("a");
        pair.createDelivered("b");
        pair.grant(Tasks.acquire("scope", "pod"));
        pair.deliver();

        assertThat(pair.verifyAll(100).differences()).isEmpty();
        assertThat(pair.verifyAll(1)).isEqualTo(pair.verifyAll(100)).isEqualTo(MovingPair.step(3, 0));
    }

    @Test
    void page_emptyNamespace_endsAtOnce() {
        pair.start();

        assertThat(pair.verifyAll(10)).isEqualTo(MovingPair.step(0, 0));
    }

    @Test
    void page_tasksThatDiffer_namesEachWithBothVersions() {
        Task lost = pair.apply(Tasks.create("lost"));
        Task older = pair.apply(Tasks.create("older"));
        Task newer = pair.apply(Tasks.update("older").priority(3).verb());
        Task other = pair.apply(Tasks.create("other"));
        pair.start();
        pair.rogue(pair.b, older, Records.content(other, 9, 0));
        Task ahead = pair.createDelivered("ahead");
        pair.rogue(pair.b, ahead.withVersion(1_000));
        pair.rogue(pair.b, Records.rename(other, "extra").withVersion(77));
        pair.createDelivered("same");

        Step found = pair.verifyAll(2);

        assertThat(found.differences())
                .containsExactlyInAnyOrder(
                        task("lost", Kind.MISSING, lost.version(), 0),
                        task("older", Kind.VERSION, newer.version(), older.version()),
                        task("other", Kind.CONTENT, other.version(), other.version()),
                        task("ahead", Kind.VERSION, ahead.version(), 1_000),
                        task("extra", Kind.EXTRA, 0, 77));
        assertThat(found.compared()).isEqualTo(6);
        assertThat(found.inFlight()).isZero();
    }

    @Test
    void page_leasesThatDiffer_namesEachWithBothVersions() {
        LeaderLease lost = pair.grant(Tasks.acquire("lost", "pod"));
        LeaderLease other = pair.grant(Tasks.acquire("other", "pod"));
        LeaderLease ahead = pair.grant(Tasks.acquire("ahead", "pod"));
        pair.start();
        pair.rogue(
                pair.b,
                Records.lease(other, "thief", other.version()),
                Records.lease(ahead, "thief", 500),
                new LeaderLease(NAMESPACE, "extra", "thief", 9, 9, 0, lost.expiresAtMillis(), 1_000));

        assertThat(pair.verifyAll(1).differences())
                .containsExactlyInAnyOrder(
                        lease("lost", Kind.MISSING, lost.version(), 0),
                        lease("other", Kind.CONTENT, other.version(), other.version()),
                        lease("ahead", Kind.VERSION, ahead.version(), 500),
                        lease("extra", Kind.EXTRA, 0, 9));
    }

    @Test
    void page_leaseThatHasEndedAndOneStoreHas_isNoDifference() {
        pair.start();
        LeaderLease old = pair.grant(Tasks.acquire("old", "pod"));
        pair.deliver();
        pair.clock.advance(Duration.ofMillis(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT + 60_000));
        pair.execute(pair.a, new Verb.Sweep(10));
        pair.rogue(pair.b, new Tombstone("unknown", 1, 1));

        assertThat(pair.records(pair.a)).isEmpty();
        assertThat(pair.records(pair.b)).containsValue(old);
        assertThat(pair.verifyAll(10)).isEqualTo(MovingPair.step(1, 0));
    }

    @Test
    void page_tombstonesAndRequestsThatDiffer_areNotLookedAt() {
        pair.execute(pair.a, Tasks.create("gone"));
        pair.execute(pair.a, Tasks.delete("gone"));
        TaskCommand request = new TaskCommand(
                NAMESPACE, pair.clock.millis(), new RequestKey("r", 7, 60_000), Tasks.acquire("scope", "pod"));
        assertThat(pair.a.execute(request, CallOptions.DEFAULT).result()).isInstanceOf(Outcome.Granted.class);
        pair.start();
        pair.rogue(
                pair.b,
                pair.query(pair.a, new TaskQuery.GetLease(NAMESPACE, "scope")).orElseThrow());
        pair.rogue(pair.b, new Tombstone("elsewhere", 3, 5));

        assertThat(pair.verifyAll(1)).isEqualTo(MovingPair.step(1, 0));
    }

    @Test
    void page_taskMadeAtDifferentTimes_isFoundAtBothPlaces() {
        Task task = pair.apply(Tasks.create("moved"));
        pair.start();
        pair.rogue(pair.b, Records.content(task, 0, 50));
        pair.clock.advanceMillis(10);
        pair.createDelivered("between");
        Difference found = task("moved", Kind.CONTENT, task.version(), task.version());

        assertThat(pair.verifyAll(1).differences()).containsExactly(found, found);
        assertThat(pair.verifyAll(10).differences()).containsExactly(found);
    }

    @Test
    void page_namespaceWithoutMirror_isRefused() {
        pair.apply(Tasks.create("a"));

        assertThatThrownBy(() -> pair.page(null, 10))
                .isInstanceOf(StepRefused.class)
                .hasMessage(NAMESPACE + " has no mirror to compare with: start a move first");
        assertThatThrownBy(() -> pair.repair(task("a", Kind.MISSING, 1, 0))).isInstanceOf(StepRefused.class);
    }

    @Test
    void page_policyChangesMeanwhile_isFenced_andDoneAgainUnderTheNewOne() {
        pair.start();
        pair.createDelivered("a");
        pair.apply(Tasks.create("new"));
        boolean[] isMoved = {false};
        pair.hook = (store, call) -> {
            if (call instanceof TaskQuery.Get && store.equals("b") && !isMoved[0]) {
                isMoved[0] = true;
                pair.policy = pair.policy.to(Phase.READ_NEWEST, 0);
                pair.execute(pair.a, new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, pair.policy.gateOf("a")));
                pair.execute(pair.b, new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, pair.policy.gateOf("b")));
            }
        };

        assertThatThrownBy(() -> pair.page(null, 10))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.FENCED));
        assertThat(pair.verifyAll(10).differences()).isEmpty();
        assertThat(pair.records(pair.b)).hasSize(2);
    }

    @Test
    void page_storeFails_failsAsItDoes() {
        pair.start();
        pair.createDelivered("a");
        pair.hook = (store, call) -> {
            if (call instanceof TaskQuery.Scan && store.equals("b")) {
                throw new StoreException(FailureKind.NOT_APPLIED, "out of reach");
            }
        };

        assertThatThrownBy(() -> pair.page(null, 10)).hasMessage("out of reach");
    }
}
