package dev.tandem.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A repair makes the mirror have what the authority has, and takes nothing from the authority. */
class VerifyRepairTest {
    /** A version that the authority does not come to by itself. */
    static final long FAR = 1_000;

    private static final int CALLS_MAX = 60;

    private static void repairAll(MovingPair pair) {
        pair.verifyAll(10).differences().forEach(pair::repair);
    }

    private static void assertEqual(MovingPair pair) {
        pair.deliver();
        assertThat(pair.verifyAll(10).differences()).isEmpty();
        assertThat(pair.records(pair.b)).isEqualTo(pair.records(pair.a));
    }

    /** Without what a repair may change: versions, and that a lease which nobody held is there as one that is released. */
    private static List<StoredRecord> contents(Map<RecordName, StoredRecord> records) {
        return records.values().stream()
                .filter(record ->
                        !(record instanceof LeaderLease lease && lease.holder().isEmpty()))
                .map(record -> Records.withVersion(record, 1))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void repair_eachDamage_isMendedAndTheAuthorityHasWhatItHad(Damage damage) {
        try (MovingPair pair = damage.done()) {
            List<StoredRecord> before = contents(pair.records(pair.a));
            List<Difference> found = pair.verifyAll(10).differences();
            assertThat(found).singleElement().satisfies(difference -> {
                assertThat(difference.kind()).isEqualTo(damage.kind);
                assertThat(difference.name()).isEqualTo(damage.x());
            });

            pair.repair(found.get(0));

            assertThat(pair.verifyAll(10).differences()).isEmpty();
            assertThat(pair.records(pair.b)).isEqualTo(pair.records(pair.a));
            assertThat(contents(pair.records(pair.a))).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource
    void authority_afterARepair_isFollowedByTheMirror(Damage damage) {
        try (MovingPair pair = damage.done()) {
            repairAll(pair);

            change(pair, damage, 7);
            pair.deliver();
            assertThat(pair.records(pair.b)).isEqualTo(pair.records(pair.a));

            pair.execute(pair.a, Tasks.delete("x"));
            pair.deliver();
            pair.apply(Tasks.create("x"));
            assertEqual(pair);
        }
    }

    /** As a client would, with an effect that can be told. */
    private static void change(MovingPair pair, Damage damage, int mark) {
        if (damage.x().kind() == RecordKind.LEASE) {
            pair.execute(
                    pair.a, new Verb.AcquireLease("x", damage == Damage.LEASE_EXTRA ? "pod-x" : "pod", 5_000 + mark));
        } else if (damage == Damage.TASK_EXTRA) {
            pair.apply(Tasks.create("x", Tasks.spec().withPriority(mark)));
        } else {
            pair.apply(Tasks.update("x").priority(mark).verb());
        }
    }

    private static int mark(StoredRecord record) {
        return record instanceof Task task
                ? task.spec().priority()
                : (int) (((LeaderLease) record).durationMillis() - 5_000);
    }

    @ParameterizedTest
    @EnumSource
    void repair_xIsChangedBeforeAnyOfItsCalls_losesNoChange(Damage damage) {
        boolean isOver = false;
        for (int at = 0; !isOver; at++) {
            try (MovingPair pair = damage.done()) {
                Difference found = pair.verifyAll(10).differences().get(0);
                int[] calls = {0};
                int when = at;
                pair.hook = (store, call) -> {
                    if (calls[0]++ == when) {
                        change(pair, damage, 50);
                    }
                };
                try {
                    pair.repair(found);
                } catch (StepRefused e) {
                    assertThat(e).hasMessageContaining("differs");
                }
                isOver = calls[0] <= at;
                pair.hook = (store, call) -> {};
                if (!isOver) {
                    assertThat(mark(pair.record(pair.a, damage.x())))
                            .as("changed before call %s", at)
                            .isEqualTo(50);
                    repairAll(pair);
                    assertEqual(pair);
                    assertThat(mark(pair.record(pair.b, damage.x()))).isEqualTo(50);
                }
            }
            assertThat(at).isLessThan(CALLS_MAX);
        }
    }

    @ParameterizedTest
    @EnumSource
    void repair_brokenOffAtAnyCommand_isMadeAgain(Damage damage) {
        for (boolean isApplied : new boolean[] {false, true}) {
            boolean isOver = false;
            for (int at = 0; !isOver; at++) {
                isOver = !breakOff(damage, at, isApplied);
                assertThat(at).isLessThan(CALLS_MAX);
            }
        }
    }

    /** Returns whether there was such a command. */
    private static boolean breakOff(Damage damage, int at, boolean isApplied) {
        try (MovingPair pair = damage.done()) {
            List<StoredRecord> before = contents(pair.records(pair.a));
            Difference found = pair.verifyAll(10).differences().get(0);
            int[] commands = {0};
            pair.hook = (store, call) -> {
                if (call instanceof TaskCommand command && commands[0]++ == at) {
                    if (isApplied) {
                        (store.equals("a") ? pair.a : pair.b).execute(command, CallOptions.DEFAULT);
                    }
                    throw new StoreException(FailureKind.MAYBE_APPLIED, "lost");
                }
            };
            boolean isBroken = false;
            try {
                pair.repair(found);
            } catch (StoreException e) {
                isBroken = true;
            }
            pair.hook = (store, call) -> {};
            repairAll(pair);
            assertEqual(pair);
            assertThat(contents(pair.records(pair.a)))
                    .as("broken off at %s", at)
                    .isEqualTo(before);
            return isBroken;
        }
    }

    @Test
    void repair_ofWhatDiffersNoMore_doesNothing() {
        try (MovingPair pair = Damage.TASK_AHEAD.done()) {
            Difference found = pair.verifyAll(10).differences().get(0);
            pair.repair(found);
            Map<RecordName, StoredRecord> before = pair.records(pair.a);

            pair.repair(found);

            assertThat(pair.records(pair.a)).isEqualTo(before);
            assertThat(pair.records(pair.b)).isEqualTo(before);
        }
    }

    @Test
    void repair_differsInAnotherWayNow_isRefused_andTheMirrorKeepsIt() {
        try (MovingPair pair = Damage.TASK_OLDER.done()) {
            Difference found = pair.verifyAll(10).differences().get(0);
            Task rogue = ((Task) pair.record(pair.b, found.name())).withVersion(FAR);
            pair.rogue(pair.b, rogue);

            assertThatThrownBy(() -> pair.repair(found))
                    .isInstanceOf(StepRefused.class)
                    .hasMessageContaining("task x of default now differs in another way");
            assertThat(pair.record(pair.b, found.name())).isEqualTo(rogue);
        }
    }

    @Test
    void repair_somebodyGoesOnWritingToTheMirror_isRefused() {
        try (MovingPair pair = Damage.TASK_AHEAD.done()) {
            Difference found = pair.verifyAll(10).differences().get(0);
            Task rogue = (Task) pair.record(pair.b, found.name());
            long[] version = {FAR};
            pair.hook = (store, call) -> {
                // Once it has been put right, and before it is looked at again.
                if (call instanceof TaskQuery.Get
                        && pair.records(pair.a).get(found.name()) instanceof Task task
                        && task.version() > FAR
                        && version[0] == FAR) {
                    version[0] = 10 * FAR;
                    pair.rogue(pair.b, rogue.withVersion(version[0]));
                }
            };

            assertThatThrownBy(() -> pair.repair(found))
                    .isInstanceOf(StepRefused.class)
                    .hasMessageContaining("somebody else writes to b");
        }
    }

    @Test
    void repair_versionThatNothingIsAbove_isRefused_andNothingIsChanged() {
        try (MovingPair pair = Damage.TASK_MISSING.done()) {
            pair.rogue(pair.b, new Tombstone("x", Long.MAX_VALUE, 5));
            Map<RecordName, StoredRecord> before = pair.records(pair.a);
            Difference found = pair.verifyAll(10).differences().get(0);

            assertThatThrownBy(() -> pair.repair(found))
                    .isInstanceOf(StepRefused.class)
                    .hasMessageContaining("empty that store of default");
            assertThat(pair.records(pair.a)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.MATCH_ANY,
            names = {"TASK_MISSING", "TASK_OLDER", "LEASE_MISSING"})
    void repair_byCopying_leavesTheAuthorityAlone(Damage damage) {
        try (MovingPair pair = damage.done()) {
            Map<RecordName, StoredRecord> before = pair.records(pair.a);

            repairAll(pair);

            assertThat(pair.records(pair.a)).isEqualTo(before);
        }
    }
}
