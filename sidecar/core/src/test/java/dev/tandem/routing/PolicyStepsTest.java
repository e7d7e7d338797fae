package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Backfill;
import dev.tandem.migration.PolicySteps;
import dev.tandem.migration.StepRefused;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Gate;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The steps of a move, one by one, and what callers see of each; two stores, and sidecars with routers of their own. */
final class PolicyStepsTest {
    private static final String NS = "default";
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = new TestClock();
    private final ReferenceTaskStore a = new ReferenceTaskStore(vertx);
    private final ReferenceTaskStore b = new ReferenceTaskStore(vertx);
    private final Sidecar one = new Sidecar("a", "b");
    private final Sidecar two = new Sidecar("a", "b");

    @AfterEach
    void close() {
        StoreCalls.await(vertx.close());
    }

    /** A store that can be taken away from one sidecar. */
    private static final class Link implements TaskStore {
        private final TaskStore store;
        private volatile boolean isDown;
        private volatile boolean losesMirrored;

        Link(TaskStore store) {
            this.store = store;
        }

        private <T> Future<T> unlessDown(Supplier<Future<T>> call) {
            return isDown
                    ? Future.failedFuture(new StoreException(FailureKind.NOT_APPLIED, "nobody answers"))
                    : call.get();
        }

        @Override
        public Future<Outcome> execute(TaskCommand command, CallOptions options) {
            if (losesMirrored && command.verb() instanceof Verb.Mirror) {
                return Promise.<Outcome>promise().future();
            }
            return unlessDown(() -> store.execute(command, options));
        }

        @Override
        public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
            return unlessDown(() -> store.query(query, options));
        }

        @Override
        public Subscription subscribe(String namespace, Runnable listener) {
            return store.subscribe(namespace, listener);
        }

        @Override
        public Capabilities capabilities() {
            return store.capabilities();
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    private final class Sidecar {
        final Map<String, Link> links = new HashMap<>();
        final Router router;
        final PolicySteps steps;
        final StoreCalls calls;

        Sidecar(String... stores) {
            for (String store : stores) {
                links.put(store, new Link(store.equals("a") ? a : b));
            }
            router = Router.of(vertx, new Stores(Map.copyOf(links), "a"));
            steps = new PolicySteps(router.stores(), router.policies(), Host.of(vertx));
            calls = new StoreCalls(vertx, router, clock, NS);
        }

        Link link(String store) {
            return Optional.ofNullable(links.get(store)).orElseThrow();
        }

        Policy policy() {
            return StoreCalls.await(calls.start(() -> router.policies().refresh(NS)));
        }

        Policy start() {
            return StoreCalls.await(calls.start(() -> steps.start(NS, policyNow(), "b", true, LIMIT)));
        }

        Policy policyNow() {
            return Optional.ofNullable(router.policies().current(NS)).orElse(Policy.first("a"));
        }

        Policy move(Phase to, int percent) {
            Policy from = policy();
            return StoreCalls.await(calls.start(() -> steps.move(NS, from, to, percent, LIMIT)));
        }

        Policy switchWrites() {
            Policy from = policy();
            return StoreCalls.await(calls.start(() -> steps.switchWrites(NS, from, LIMIT)));
        }

        void backfill() {
            ScanPosition after = null;
            do {
                ScanPosition from = after;
                after = StoreCalls.await(calls.start(() -> new Backfill(router.stores(), router.policies(), NS)
                                .page(from, CallOptions.DEFAULT)
                                .map(Optional::ofNullable)))
                        .orElse(null);
            } while (after != null);
        }

        void toReadNewest() {
            start();
            backfill();
            move(Phase.READ_NEWEST, 0);
        }

        void toReadSwitched() {
            toReadNewest();
            move(Phase.READ_SWITCHED, 100);
        }

        String whyRefused(Supplier<Future<Policy>> step) {
            Promise<String> why = Promise.promise();
            calls.start(() -> {
                step.get()
                        .onComplete((policy, failure) -> why.complete(
                                failure instanceof StepRefused refused
                                        ? refused.getMessage()
                                        : "not refused: " + policy + failure));
                return Future.succeededFuture();
            });
            return StoreCalls.await(why.future());
        }
    }

    private static Outcome run(ReferenceTaskStore store, Verb verb) {
        return StoreCalls.await(store.execute(TaskCommand.of(NS, 0, verb), CallOptions.DEFAULT));
    }

    private static Gate gate(ReferenceTaskStore store) {
        return StoreCalls.await(store.query(new TaskQuery.GetGate(NS), CallOptions.DEFAULT));
    }

    private static Optional<Task> find(ReferenceTaskStore store, String id) {
        return StoreCalls.await(store.query(new TaskQuery.Get(NS, id), CallOptions.DEFAULT));
    }

    @Test
    void move_thereAndBack_showsEveryTaskInEveryPhase() {
        one.calls.apply(Tasks.create("before"));
        one.start();
        two.calls.apply(Tasks.create("dual"));
        one.backfill();
        one.move(Phase.READ_NEWEST, 0);
        two.calls.apply(Tasks.create("newest"));
        one.move(Phase.READ_SWITCHED, 50);
        one.move(Phase.READ_SWITCHED, 100);
        two.calls.apply(Tasks.create("read-switched"));
        Task claimed = two.calls.claimOne("worker");
        one.switchWrites();
        Task done = two.calls.apply(Tasks.complete(claimed.id(), StoreCalls.token(claimed)));
        assertThat(done.version()).isGreaterThan(claimed.version());
        two.calls.apply(Tasks.create("write-switched"));

        assertThat(one.policy().phase()).isEqualTo(Phase.WRITE_SWITCHED);
        one.switchWrites();
        two.calls.delete("dual");
        one.move(Phase.READ_NEWEST, 0);
        one.move(Phase.DUAL_WRITE, 0);
        Policy last = one.move(Phase.SINGLE, 0);

        assertThat(last).isEqualTo(new Policy(last.epoch(), Phase.SINGLE, "a", null, 0, true));
        for (String id : List.of("before", "newest", "read-switched", "write-switched")) {
            assertThat(two.calls.find(id)).as(id).isPresent();
        }
        assertThat(two.calls.find("dual")).isEmpty();
        assertThat(find(a, "write-switched")).isPresent();
    }

    @Test
    void sidecar_thatSleptThroughTheWholeMove_isFencedAndRoutedAgain() {
        two.calls.apply(Tasks.create("a"));
        one.toReadSwitched();
        one.switchWrites();
        one.move(Phase.SINGLE, 0);

        Task changed = two.calls.apply(Tasks.update("a").priority(3).verb());

        assertThat(find(b, "a")).contains(changed);
        assertThat(find(a, "a")).isPresent().get().isNotEqualTo(changed);
        assertThat(two.calls.get("a")).isEqualTo(changed);
    }

    @Test
    void sidecar_thatHasTheOldStoreOnly_isToldWhatIsMissing() {
        Sidecar old = new Sidecar("a");
        old.calls.apply(Tasks.create("a"));
        one.start();
        assertThat(old.calls.find("a")).isPresent();
        old.calls.apply(Tasks.create("b"));
        one.backfill();
        one.move(Phase.READ_NEWEST, 0);

        StoreException failure =
                StoreCalls.failureOf(old.calls.start(() -> old.router.query(new TaskQuery.Get(NS, "a"), soon())));

        assertThat(failure).hasMessageContaining("the store b, which this sidecar does not have");
    }

    private static CallOptions soon() {
        return new CallOptions(System.nanoTime() + Duration.ofMillis(300).toNanos(), Consistency.LINEARIZABLE);
    }

    @Test
    void policy_ofANewerVersion_isToldToCallers() {
        Sidecar old = new Sidecar("a");
        two.calls.apply(Tasks.create("a"));
        run(a, new Verb.MoveGate(0, new Gate(7, Gate.Role.AUTHORITY, false, Tasks.bytes("{\"v\":2}"))));

        for (Sidecar sidecar : List.of(two, old)) {
            StoreException failure = StoreCalls.failureOf(
                    sidecar.calls.start(() -> sidecar.router.query(new TaskQuery.Get(NS, "a"), CallOptions.DEFAULT)));
            assertThat(failure)
                    .hasMessageContaining("the store a: the policy is in format 2")
                    .hasMessageContaining("newer");
        }
    }

    @Test
    void steps_thatDoNotFollow_areRefused() {
        Policy single = one.policy();
        assertThat(one.whyRefused(() -> one.steps.start(NS, single, "a", true, LIMIT)))
                .contains("in a already");
        assertThat(one.whyRefused(() -> one.steps.start(NS, single, "c", true, LIMIT)))
                .contains("no store c", "a, b");
        Policy dual = one.start();
        assertThat(one.whyRefused(() -> one.steps.start(NS, dual, "b", true, LIMIT)))
                .contains("on its way already");
        assertThat(one.whyRefused(() -> one.steps.move(NS, dual, Phase.READ_SWITCHED, 100, LIMIT)))
                .contains("no such step");
        assertThat(one.whyRefused(() -> one.steps.switchWrites(NS, dual, LIMIT)))
                .contains("when all reads are");
        Policy newest = one.move(Phase.READ_NEWEST, 0);
        assertThat(one.whyRefused(() -> one.steps.move(NS, newest, Phase.WRITE_SWITCHED, 0, LIMIT)))
                .contains("no such step");
        Policy half = one.move(Phase.READ_SWITCHED, 50);
        assertThat(one.whyRefused(() -> one.steps.switchWrites(NS, half, LIMIT)))
                .contains("50 %");
        assertThat(one.whyRefused(() -> one.steps.move(NS, half, Phase.WRITE_SWITCHED, 0, LIMIT)))
                .contains("no such step");
        assertThat(one.policy()).isEqualTo(half);
    }

    @Test
    void twoOperators_fromTheSamePolicy_oneIsRefused() {
        Policy dual = one.start();
        one.move(Phase.READ_NEWEST, 0);

        assertThat(two.whyRefused(() -> two.steps.move(NS, dual, Phase.SINGLE, 0, LIMIT)))
                .contains("somebody else");
        assertThat(two.policy().phase()).isEqualTo(Phase.READ_NEWEST);
    }

    @Test
    void twoMoves_ofOneNamespaceAtOnce_oneIsRefused() {
        Policy single = two.policy();
        one.start();

        assertThat(two.whyRefused(() -> two.steps.start(NS, single, "b", true, LIMIT)))
                .contains("somebody else");
    }

    @Test
    void mirror_thatIsDown_isOnlyLateWhereItMayLag() {
        one.start();
        two.policy();
        two.link("b").isDown = true;

        Task created = two.calls.apply(Tasks.create("a"));
        assertThat(two.calls.get("a")).isEqualTo(created);
        assertThat(find(b, "a")).isEmpty();

        two.link("b").isDown = false;
        one.move(Phase.READ_NEWEST, 0);
        one.move(Phase.READ_SWITCHED, 100);
        assertThat(find(b, "a")).contains(created);
        assertThat(two.calls.get("a")).isEqualTo(created);
    }

    @Test
    void mirror_thatIsDownWhereAnswersWaitForIt_makesTheChangeUnsure() {
        one.toReadSwitched();
        two.policy();
        two.link("b").isDown = true;
        TaskCommand create = Tasks.request(NS, clock.millis(), "request", Tasks.create("a"));

        StoreException failure = StoreCalls.failureOf(two.calls.start(() -> two.router.execute(create, soon())));
        assertThat(failure.kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
        assertThat(failure).hasMessageContaining("the change is in a, and not yet in b");

        two.link("b").isDown = false;
        assertThat(two.calls.execute(create)).isInstanceOf(Outcome.Unchanged.class);
        assertThat(find(b, "a")).isPresent();
    }

    @Test
    void refusal_thatShowsNoRecord_firstBringsTheDeletionToTheMirror() {
        one.calls.apply(Tasks.create("a"));
        one.toReadSwitched();
        Policy policy = two.policy();
        // As a sidecar leaves it that dies between the two stores.
        StoreCalls.await(a.execute(
                TaskCommand.of(NS, clock.millis(), Tasks.delete("a")).withEpoch(policy.epoch()), CallOptions.DEFAULT));
        assertThat(two.calls.find("a")).isPresent();

        two.calls.reject(Tasks.cancel("a"), Outcome.Reason.NOT_FOUND);

        assertThat(one.calls.find("a")).isEmpty();
    }

    @Test
    void newestRead_putsOnTheMirrorWhatItShows() {
        one.toReadNewest();
        Policy policy = two.policy();
        StoreCalls.await(a.execute(
                TaskCommand.of(NS, clock.millis(), Tasks.create("a")).withEpoch(policy.epoch()), CallOptions.DEFAULT));
        assertThat(find(b, "a")).isEmpty();

        Task shown = two.calls.get("a");

        assertThat(find(b, "a")).contains(shown);
    }

    @Test
    void calls_whileTheAuthorityIsSealed_areHeldAndNotFailed() {
        one.toReadSwitched();
        Policy policy = two.policy();
        run(a, new Verb.MoveGate(policy.epoch(), policy.seal()));
        Future<Outcome> held = two.calls.start(
                () -> two.router.execute(TaskCommand.of(NS, clock.millis(), Tasks.create("a")), CallOptions.DEFAULT));
        StoreException late = StoreCalls.failureOf(two.calls.start(
                () -> two.router.execute(TaskCommand.of(NS, clock.millis(), Tasks.create("late")), soon())));
        assertThat(late.kind()).isEqualTo(FailureKind.DEADLINE_PASSED);
        assertThat(held.isComplete()).isFalse();
        assertThat(two.calls.find("a")).isEmpty();

        Policy undone = StoreCalls.await(one.calls.start(() -> one.steps.recover(NS)));

        assertThat(undone).isEqualTo(policy.withEpoch(policy.epoch() + 3));
        assertThat(StoreCalls.await(held)).isInstanceOf(Outcome.Applied.class);
        assertThat(two.calls.find("late")).isEmpty();
    }

    @Test
    void switch_ofWhichItsCoordinatorDiedBehindTheDecision_isEndedByAnyCall() {
        one.toReadSwitched();
        Policy policy = two.policy();
        Policy next = policy.to(Phase.WRITE_SWITCHED, 0).withEpoch(policy.epoch() + 2);
        run(a, new Verb.MoveGate(policy.epoch(), policy.seal()));
        run(b, new Verb.MoveGate(policy.epoch(), next.gateOf("b")));

        Task created = two.calls.apply(Tasks.create("a"));

        assertThat(find(b, "a")).contains(created);
        assertThat(gate(a)).isEqualTo(next.gateOf("a"));
    }

    @Test
    void switch_whoseMirrorDoesNotAnswer_isNotBegun() {
        one.toReadSwitched();
        Policy policy = one.policy();
        one.link("b").isDown = true;

        String why = one.whyRefused(() -> one.steps.switchWrites(NS, policy, LIMIT));

        assertThat(why).contains("nobody answers");
        assertThat(gate(a)).isEqualTo(policy.gateOf("a"));
        one.link("b").isDown = false;
        assertThat(one.switchWrites().phase()).isEqualTo(Phase.WRITE_SWITCHED);
    }

    @Test
    void switch_whoseMirrorHangs_isUndoneInTime() {
        one.toReadSwitched();
        Policy policy = one.policy();
        one.link("b").losesMirrored = true;

        String why = one.whyRefused(() -> one.steps.switchWrites(NS, policy, Duration.ofMillis(200)));

        assertThat(why).contains("took longer than 200 ms", "nothing has changed");
        assertThat(two.policy().phase()).isEqualTo(Phase.READ_SWITCHED);
        assertThat(two.calls.apply(Tasks.create("a")).id()).isEqualTo("a");
    }

    @Test
    void switch_thatAnotherOneHasUndone_isNotMadeByASleeper() {
        one.toReadSwitched();
        Policy policy = one.policy();
        Policy next = policy.to(Phase.WRITE_SWITCHED, 0).withEpoch(policy.epoch() + 2);
        run(a, new Verb.MoveGate(policy.epoch(), policy.seal()));
        StoreCalls.await(two.calls.start(() -> two.steps.recover(NS)));

        Outcome asleep = run(b, new Verb.MoveGate(policy.epoch(), next.gateOf("b")));

        assertThat(((Outcome.Gated) asleep).moved()).isFalse();
        assertThat(one.policy().phase()).isEqualTo(Phase.READ_SWITCHED);
        assertThat(one.calls.apply(Tasks.create("a")).id()).isEqualTo("a");
    }

    @Test
    void subscription_followsTheNamespaceToItsNextStore() {
        one.calls.apply(Tasks.create("a"));
        Promise<Void> moved = Promise.promise();
        Promise<Void> changed = Promise.promise();
        boolean[] isMoved = new boolean[1];
        StoreCalls.await(two.calls.start(() -> {
            two.router.subscribe(NS, () -> {
                if (isMoved[0]) {
                    changed.tryComplete();
                } else if (two.policyNow().authority().equals("b")) {
                    isMoved[0] = true;
                    moved.tryComplete();
                }
            });
            return Future.succeededFuture();
        }));
        one.toReadSwitched();
        one.switchWrites();
        two.policy();
        StoreCalls.await(moved.future());

        one.calls.apply(Tasks.create("b"));

        StoreCalls.await(changed.future());
    }

    @Test
    void sweep_hasTheMirrorForgetToo() {
        one.start();
        one.calls.request("request", Tasks.create("a"));
        one.move(Phase.READ_NEWEST, 0);
        one.move(Phase.READ_SWITCHED, 100);
        assertThat(requests(b)).hasSize(1);
        clock.advance(Duration.ofMillis(Tasks.KEEP_MILLIS + 1));

        one.calls.sweep(10);

        assertThat(requests(a)).isEmpty();
        assertThat(requests(b)).isEmpty();
    }

    private static List<?> requests(ReferenceTaskStore store) {
        return StoreCalls.await(store.query(
                        new TaskQuery.Scan(NS, ScanPosition.begin(RecordKind.REQUEST), 10), CallOptions.DEFAULT))
                .records();
    }

    @Test
    void requestId_fromBeforeTheMove_isKnownAfterIt() {
        Outcome first = one.calls.request("request", Tasks.create("a"));
        one.toReadSwitched();
        one.switchWrites();

        Outcome again = two.calls.request("request", Tasks.create("a"));

        assertThat(first).isInstanceOf(Outcome.Applied.class);
        assertThat(again).isInstanceOf(Outcome.Unchanged.class);
    }
}
