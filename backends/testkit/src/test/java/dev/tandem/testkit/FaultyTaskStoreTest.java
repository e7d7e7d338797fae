package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Outcome;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultyTaskStoreTest {
    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = new TestClock();
    private final ReferenceTaskStore store = new ReferenceTaskStore(vertx);
    private final FaultyTaskStore faulty = FaultyTaskStore.wrap(store);
    private final StoreCalls calls = new StoreCalls(vertx, faulty, clock, "default");
    private final StoreCalls behind = new StoreCalls(vertx, store, clock, "default");

    @AfterEach
    void closeVertx() {
        StoreCalls.await(vertx.close());
    }

    private StoreException failure(String create) {
        return StoreCalls.failureOf(calls.start(calls.command(Tasks.create(create))));
    }

    @Test
    void applyThenLoseAck_afterTwoThatPass_appliesTheThirdAndFailsIt() {
        faulty.pass(2).applyThenLoseAck(1);

        calls.apply(Tasks.create("a"));
        calls.apply(Tasks.create("b"));
        assertThat(failure("c").kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
        calls.apply(Tasks.create("d"));

        assertThat(behind.find("c")).isPresent();
    }

    @Test
    void loseCommand_next_failsItAsMaybeAppliedAndDoesNotApplyIt() {
        faulty.loseCommand(1);

        assertThat(failure("a").kind()).isEqualTo(FailureKind.MAYBE_APPLIED);
        assertThat(behind.find("a")).isEmpty();
    }

    @Test
    void refuseAndOverload_inTheirOrder_applyNothing() {
        faulty.refuse(1).overload(2).refuseQueries(1);

        assertThat(failure("a").kind()).isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(failure("a").kind()).isEqualTo(FailureKind.OVERLOADED);
        assertThat(failure("a").kind()).isEqualTo(FailureKind.OVERLOADED);
        assertThat(calls.failure(new TaskQuery.Get("default", "a"), StoreCalls.WAIT_MAX)
                        .kind())
                .isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(calls.find("a")).isEmpty();
        calls.apply(Tasks.create("a"));
    }

    @Test
    void holdCalls_untilOpened_keepsCommandsFromTheStore() {
        FaultyTaskStore.Gate gate = faulty.holdCalls();
        Future<Outcome> held = calls.start(calls.command(Tasks.create("a")));
        StoreCalls.await(calls.start(Future::succeededFuture));

        assertThat(gate.held()).isEqualTo(1);
        assertThat(behind.find("a")).isEmpty();
        gate.open();

        assertThat(StoreCalls.await(held)).isInstanceOf(Outcome.Applied.class);
        assertThat(calls.find("a")).isPresent();
    }

    @Test
    void holdAnswers_untilOpened_appliesAndKeepsTheCallerWaiting() {
        FaultyTaskStore.Gate gate = faulty.holdAnswers();
        Future<Outcome> held = calls.start(calls.command(Tasks.create("a")));
        StoreCalls.await(calls.start(Future::succeededFuture));

        assertThat(behind.find("a")).isPresent();
        assertThat(held.isComplete()).isFalse();
        gate.open();

        assertThat(StoreCalls.await(held)).isInstanceOf(Outcome.Applied.class);
    }
}
