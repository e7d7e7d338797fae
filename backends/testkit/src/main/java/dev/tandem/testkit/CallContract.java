package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** How calls behave whatever they ask: deadlines, time, order, closing, and what is there after opening again. */
abstract class CallContract extends ContractGroup {
    CallContract(TaskStoreContract contract) {
        super(contract);
    }

    @Test
    void execute_pastItsDeadline_isNotApplied() {
        assertThat(calls.failure(calls.command(Tasks.create("a")), Duration.ofMillis(-1))
                        .kind())
                .isEqualTo(FailureKind.DEADLINE_PASSED);
        assertThat(calls.find("a")).isEmpty();
    }

    @Test
    void query_pastItsDeadline_fails() {
        assertThat(calls.failure(new TaskQuery.Get(NAMESPACE, "a"), Duration.ofMillis(-1))
                        .kind())
                .isEqualTo(FailureKind.DEADLINE_PASSED);
    }

    @Test
    void calls_withinTheirDeadline_areAnswered() {
        CallOptions soon = new CallOptions(System.nanoTime() + StoreCalls.WAIT_MAX.toNanos(), Consistency.EVENTUAL);

        assertThat(StoreCalls.await(calls.start(() -> store.execute(calls.command(Tasks.create("a")), soon))))
                .isInstanceOf(Outcome.Applied.class);
        StoreCalls.await(calls.start(() -> store.query(new TaskQuery.Get(NAMESPACE, "a"), soon)));
    }

    @Test
    void commands_startedTogether_areAppliedOneAfterTheOther() {
        List<Future<Outcome>> started = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            started.add(calls.start(calls.command(Tasks.create("a"))));
            started.add(calls.start(calls.command(Tasks.delete("a"))));
        }

        List<Outcome> outcomes = started.stream().map(StoreCalls::await).toList();

        long created =
                outcomes.stream().filter(Outcome.Applied.class::isInstance).count();
        long deleted =
                outcomes.stream().filter(Outcome.Deleted.class::isInstance).count();
        assertThat(created).isPositive();
        assertThat(created - deleted).isEqualTo(calls.find("a").isPresent() ? 1 : 0);
    }

    @Test
    void read_afterAnAcknowledgedWrite_seesItFromAnyContext() {
        for (int i = 0; i < 20; i++) {
            Task written = calls.apply(Tasks.create("t" + i));
            StoreCalls other = calls.onAnotherContext();
            assertThat(other.get("t" + i)).isEqualTo(written);
            assertThat(other.list(TaskFilter.ALL, 100)).hasSize(i + 1);
        }
    }

    @Test
    void time_ofCommandsThatComeLate_neverGoesBack() {
        Task first = calls.apply(Tasks.create("a"));
        clock.advanceMillis(-5_000);

        Task second = calls.apply(Tasks.create(inOneShard("b")));
        Task claimed = calls.claimOne("w");

        assertThat(second.createdAtMillis()).isEqualTo(first.createdAtMillis());
        assertThat(claimed.startedAtMillis()).isEqualTo(first.createdAtMillis());
        assertThat(StoreCalls.lease(claimed).expiresAtMillis()).isEqualTo(first.createdAtMillis() + Tasks.LEASE_MILLIS);
        assertThat(calls.in("other").apply(Tasks.create("a")).createdAtMillis()).isEqualTo(clock.millis());
    }

    @Test
    void time_ofCommandsThatWriteNothing_countsToo() {
        calls.apply(Tasks.create("a"));
        calls.claimOne("w");
        clock.advanceMillis(Tasks.LEASE_MILLIS);
        calls.reject(Tasks.create("a"), Outcome.Reason.ALREADY_EXISTS);
        clock.advanceMillis(-Tasks.LEASE_MILLIS);

        assertThat(calls.sweep(10).requeued())
                .as("the lease was over once, and stays so")
                .isEqualTo(1);
    }

    @Test
    void calls_afterClose_failAsNotApplied() {
        calls.apply(Tasks.create("a"));
        StoreCalls.await(calls.start(store::close));

        assertThat(StoreCalls.failureOf(calls.start(calls.command(Tasks.create("b"))))
                        .kind())
                .isEqualTo(FailureKind.NOT_APPLIED);
        assertThat(calls.failure(new TaskQuery.Get(NAMESPACE, "a"), StoreCalls.WAIT_MAX)
                        .kind())
                .isEqualTo(FailureKind.NOT_APPLIED);
    }

    @Test
    void reopen_ofADurableStore_hasEverythingAsItWas() throws Exception {
        Assumptions.assumeTrue(
                store.capabilities().durability() != Durability.MEMORY, "the store lives in memory, and ends with it");
        calls.apply(Tasks.create("a"));
        Task claimed = calls.claimOne("w");
        calls.apply(Tasks.fanOut("parts", "n1", "n2"));
        calls.request("r", Tasks.create("gone"));
        long deleted = calls.delete("gone");
        LeaderLease lease = calls.grant(Tasks.acquire("s", "h"));
        List<Task> before = calls.list(TaskFilter.ALL, 10);

        reopen();

        assertThat(calls.list(TaskFilter.ALL, 10)).isEqualTo(before);
        assertThat(calls.query(new TaskQuery.GetLease(NAMESPACE, "s"))).contains(lease);
        assertThat(calls.request("r", Tasks.create("gone"))).isInstanceOf(Outcome.Rejected.class);
        assertThat(calls.apply(Tasks.create("gone")).version()).isGreaterThan(Math.max(deleted, lease.version()));
        clock.advanceMillis(-5_000);
        assertThat(calls.apply(Tasks.create("late")).createdAtMillis()).isEqualTo(claimed.updatedAtMillis());
        assertThat(calls.apply(Tasks.complete("a", StoreCalls.token(claimed)))
                        .state()
                        .isFinal())
                .isTrue();
    }
}
