package dev.tandem.testkit;

import static dev.tandem.testkit.Tasks.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskFilter;
import dev.tandem.task.Outcome.Swept;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Finished tasks stay as long as their retention says, or until they are pruned; sweeps are bounded. */
abstract class SweepContract extends ContractGroup {
    SweepContract(TaskStoreContract contract) {
        super(contract);
    }

    private Task canceled(String id, long retentionMillis) {
        calls.apply(Tasks.create(id, spec().withRetentionMillis(retentionMillis)));
        return calls.apply(Tasks.cancel(id));
    }

    @Test
    void sweep_ofNothing_doesNothingAndIsDone() {
        calls.apply(Tasks.create("a"));

        assertThat(calls.sweep(10)).isEqualTo(new Swept(0, 0, false));
        assertThat(calls.get("a").state()).isEqualTo(TaskState.ENQUEUED);
    }

    @Test
    void sweep_atTheEndOfRetention_deletesThen() {
        canceled("short", 100);
        canceled("long", 200);
        calls.apply(Tasks.create("open", spec().withRetentionMillis(0)));
        clock.advanceMillis(99);
        assertThat(calls.sweep(10).deleted()).isZero();

        clock.advanceMillis(1);
        assertThat(calls.sweep(10).deleted()).isEqualTo(1);

        assertThat(calls.list(TaskFilter.ALL, 10)).extracting(Task::id).containsExactlyInAnyOrder("long", "open");
    }

    @Test
    void sweep_withLimit_goesOldestFirstAndSaysThatThereIsMore() {
        for (int i = 5; i > 0; i--) {
            canceled(inOneShard("t" + i), 100 + i);
        }
        clock.advanceMillis(1_000);

        Swept first = calls.sweep(2);

        assertThat(first.deleted()).isEqualTo(2);
        assertThat(first.more()).isTrue();
        assertThat(calls.list(TaskFilter.ALL, 10))
                .extracting(Task::id)
                .containsExactly(inOneShard("t3"), inOneShard("t4"), inOneShard("t5"));
        assertThat(calls.sweep(2).deleted()).isEqualTo(2);
        assertThat(calls.sweep(2).deleted()).isEqualTo(1);
        assertThat(calls.sweep(2)).isEqualTo(new Swept(0, 0, false));
    }

    @Test
    void sweep_longAfter_forgetsTombstonesAndIsDone() {
        for (int i = 0; i < 5; i++) {
            String id = inOneShard("t" + i);
            calls.apply(Tasks.create(id));
            calls.delete(id);
        }
        clock.advanceMillis(tombstoneKeepMillis() + 1);

        int sweeps = 1;
        while (calls.sweep(2).more()) {
            assertThat(++sweeps)
                    .as("sweeps over five tombstones, two at a time")
                    .isLessThan(10);
        }
        assertThat(sweeps).isGreaterThanOrEqualTo(3);
        assertThat(calls.sweep(2)).isEqualTo(new Swept(0, 0, false));
    }

    @Test
    void sweep_ofOneNamespace_leavesOthersAlone() {
        canceled("a", 0);
        StoreCalls other = calls.in("other");

        assertThat(other.sweep(10).deleted()).isZero();
        assertThat(calls.find("a")).isPresent();
        assertThat(calls.sweep(10).deleted()).isEqualTo(1);
    }

    @Test
    void prune_byStateAndTime_deletesOldestFirstUpToTheLimit() {
        canceled("c1", 10_000);
        clock.advanceMillis(10);
        canceled("c2", 10_000);
        calls.apply(Tasks.create("f"));
        calls.apply(Tasks.move("f", TaskState.FAILED));
        clock.advanceMillis(10);
        canceled("c3", 10_000);
        calls.apply(Tasks.create("open"));
        Verb prune = new Verb.Prune(Set.of(TaskState.CANCELED), clock.millis(), 1);

        Swept first = (Swept) calls.execute(prune);
        assertThat(first).isEqualTo(new Swept(0, 1, true));
        assertThat(calls.find("c1")).isEmpty();
        assertThat(((Swept) calls.execute(prune)).deleted()).isEqualTo(1);
        assertThat(calls.execute(prune)).isEqualTo(new Swept(0, 0, false));

        assertThat(calls.list(TaskFilter.ALL, 10)).extracting(Task::id).containsExactlyInAnyOrder("f", "c3", "open");
    }

    @Test
    void prune_ofMoreThanAStoreHoldsAtOnce_stopsAtTheLimitAndGoesOn() {
        for (int i = 0; i < 150; i++) {
            canceled("c" + i, 10_000);
        }
        clock.advanceMillis(10);
        Verb prune = new Verb.Prune(Set.of(TaskState.CANCELED), clock.millis(), 100);

        assertThat(calls.execute(prune)).isEqualTo(new Swept(0, 100, true));
        assertThat(calls.list(TaskFilter.ALL, 100)).hasSize(50);
        assertThat(calls.execute(prune)).isEqualTo(new Swept(0, 50, false));
    }

    @Test
    void sweep_ofMoreLeasesThanAStoreHoldsAtOnce_takesAllOfThemBack() {
        for (int i = 0; i < 90; i++) {
            calls.apply(Tasks.create("t" + i));
        }
        assertThat(calls.claim(Tasks.claim("w", 90)).tasks()).hasSize(90);
        clock.advanceMillis(Tasks.LEASE_MILLIS);

        assertThat(calls.sweep(1000)).isEqualTo(new Swept(90, 0, false));
    }

    @Test
    void prune_ofUnfinishedStates_deletesNothing() {
        calls.apply(Tasks.create("a"));
        clock.advanceMillis(10);

        Verb prune = new Verb.Prune(Set.of(TaskState.values()), clock.millis(), 10);

        assertThat(calls.execute(prune)).isEqualTo(new Swept(0, 0, false));
        assertThat(calls.find("a")).isPresent();
    }
}
