package dev.tandem.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.routing.Phase;
import dev.tandem.store.CallOptions;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordName;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An authority that has lost what it had acknowledged, where answers wait for the mirror: the mirror is right. */
final class RepairOfLossTest {
    private static final Duration STEP_MAX = Duration.ofSeconds(5);

    private static MovingPair waiting(Damage damage) {
        MovingPair pair = damage.done();
        pair.policy = pair.on(() -> pair.steps.move(MovingPair.NAMESPACE, pair.policy, Phase.READ_NEWEST, 0, STEP_MAX));
        return pair;
    }

    private static Difference only(MovingPair pair) {
        List<Difference> found = pair.verifyAll(10).differences();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    @ParameterizedTest
    @EnumSource(names = {"TASK_AHEAD", "TASK_EXTRA", "LEASE_AHEAD", "LEASE_EXTRA"})
    void repair_mirrorAhead_bringsTheAuthorityUp(Damage damage) {
        try (MovingPair pair = waiting(damage)) {
            Map<RecordName, StoredRecord> mirrored = pair.records(pair.b);
            Difference found = only(pair);
            assertThat(found.isMirrorAhead()).isTrue();

            assertThat(pair.on(() -> pair.verify(10).repair(found, CallOptions.DEFAULT)))
                    .isTrue();

            assertThat(pair.records(pair.a)).isEqualTo(mirrored);
            assertThat(pair.records(pair.b)).isEqualTo(mirrored);
            assertThat(pair.verifyAll(10).differences()).isEmpty();
        }
    }

    @Test
    void change_afterTheRepair_isAboveAllThatTheMirrorEverHad() {
        try (MovingPair pair = waiting(Damage.TASK_AHEAD)) {
            pair.repair(only(pair));

            Task changed = pair.apply(Tasks.update("x").priority(3).verb());
            pair.deliver();

            assertThat(changed.version()).isGreaterThan(VerifyRepairTest.FAR);
            assertThat(pair.records(pair.b)).isEqualTo(pair.records(pair.a)).containsValue(changed);
        }
    }

    @Test
    void repair_deletionThatOnlyTheMirrorKnows_isMadeAgain() {
        try (MovingPair pair = waiting(Damage.TASK_BURIED)) {
            Difference found = only(pair);
            assertThat(found.kind()).isEqualTo(Difference.Kind.MISSING);

            assertThat(pair.on(() -> pair.verify(10).repair(found, CallOptions.DEFAULT)))
                    .isTrue();

            assertThat(pair.records(pair.a)).doesNotContainKey(found.name()).isEqualTo(pair.records(pair.b));
            pair.apply(Tasks.create("x"));
            pair.deliver();
            assertThat(pair.records(pair.b)).containsKey(found.name()).isEqualTo(pair.records(pair.a));
        }
    }

    @Test
    void repair_recordThatTheAuthorityHasDeletedSince_staysDeleted() {
        try (MovingPair pair = waiting(Damage.TASK_EXTRA)) {
            Difference found = only(pair);
            pair.rogue(pair.a, new Tombstone("x", 10 * VerifyRepairTest.FAR, 5));

            pair.repair(found);

            assertThat(pair.records(pair.a)).doesNotContainKey(found.name()).isEqualTo(pair.records(pair.b));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TASK_MISSING", "TASK_OLDER", "TASK_CONTENT", "LEASE_MISSING", "LEASE_CONTENT"})
    void repair_mirrorNotAhead_leavesTheAuthorityWhatItHas(Damage damage) {
        try (MovingPair pair = waiting(damage)) {
            StoredRecord before = pair.record(pair.a, damage.x());
            Difference found = only(pair);

            assertThat(pair.on(() -> pair.verify(10).repair(found, CallOptions.DEFAULT)))
                    .isFalse();

            assertThat(Records.withVersion(pair.record(pair.a, damage.x()), 1))
                    .isEqualTo(Records.withVersion(before, 1));
            assertThat(pair.records(pair.b)).isEqualTo(pair.records(pair.a));
        }
    }

    @Test
    void repair_recordIsChangedMeanwhile_losesNoChange() {
        try (MovingPair pair = waiting(Damage.TASK_BURIED)) {
            Difference found = only(pair);
            boolean[] isChanged = {false};
            pair.hook = (store, call) -> {
                // Between the higher versions and the deletion.
                if (call instanceof TaskCommand command
                        && command.verb() instanceof Verb.Mirror mirror
                        && store.equals("a")
                        && mirror.records().stream().anyMatch(Tombstone.class::isInstance)
                        && !isChanged[0]) {
                    isChanged[0] = true;
                    assertThat(pair.execute(
                                    pair.a, Tasks.update("x").priority(8).verb()))
                            .isInstanceOf(Outcome.Applied.class);
                }
            };

            pair.repair(found);

            assertThat(isChanged[0]).isTrue();
            assertThat(((Task) pair.record(pair.b, found.name())).spec().priority())
                    .isEqualTo(8);
            assertThat(pair.records(pair.a)).isEqualTo(pair.records(pair.b));
        }
    }
}
