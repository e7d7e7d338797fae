package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.routing.MigrationSimulation.Summary;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class MigrationSimulationTest {
    private static final Long ONLY = Long.getLong("tandem.seed");
    private static final Long MANY = Long.getLong("tandem.seeds");
    private static final long SEEDS = MANY != null ? MANY : ONLY != null ? 1 : 2_000;

    /** The same ones each time, unless it is said how many. */
    private static final long FIRST = ONLY != null ? ONLY : MANY != null ? System.nanoTime() : 1;

    /** They take longer, one by one. */
    private static final long SEEDS_OPERATED = (SEEDS + 19) / 20;

    private static final int SEEDS_UNTIL_MISSED_MAX = 2_000;

    @Test
    void move_whateverGoesWrong_losesNothingAndShowsNothingOld() {
        int calls = 0;
        int failed = 0;
        int switches = 0;
        int steps = 0;
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            Summary summary = new MigrationSimulation(seed, true, true, Set.of()).run();
            calls += summary.calls();
            failed += summary.failedCalls();
            switches += summary.switches();
            steps += summary.steps();
        }
        System.out.println("MigrationSimulationTest: " + SEEDS + " seeds from " + FIRST + ", " + calls + " calls, "
                + failed + " of them failed, " + steps + " steps, " + switches + " switches");
        assertThat(switches).isPositive();
    }

    @Test
    void move_nothingGoesWrong_failsNoCall() {
        int switches = 0;
        for (long seed = FIRST; seed < FIRST + (SEEDS + 2) / 3; seed++) {
            Summary summary = new MigrationSimulation(seed, false, true, Set.of()).run();
            assertThat(summary.failedCalls()).as("seed " + seed).isZero();
            switches += summary.switches();
        }
        assertThat(switches).isPositive();
    }

    /** In the end what was left is brought to its end; in every other history after the source has lost what it had acknowledged. */
    @Test
    void move_operated_comesToItsEndWhoeverDies() {
        int switches = 0;
        int completed = 0;
        int failed = 0;
        int histories = 0;
        for (long seed = FIRST; seed < FIRST + SEEDS_OPERATED; seed++) {
            OperatedSimulation.Summary summary =
                    OperatedSimulation.wandering(seed, seed % 4 != 0).run();
            switches += summary.switches();
            completed += summary.completed();
            histories = 31 * histories + summary.history();
            failed += seed % 4 == 0 ? summary.failedCalls() : 0;
        }
        System.out.println("MigrationSimulationTest: " + SEEDS_OPERATED + " seeds operated from " + FIRST + ", "
                + switches + " switches, " + completed + " moves completed; all of it is "
                + Integer.toHexString(histories));
        assertThat(failed).as("calls that failed where nothing went wrong").isZero();
        assertThat(switches).isPositive();
    }

    @Test
    void move_mirrorAwayForLong_failsNoCall_andCatchesUp() {
        long seeds = (SEEDS_OPERATED + 9) / 10;
        for (long seed = FIRST; seed < FIRST + seeds; seed++) {
            assertThat(OperatedSimulation.mirrorAway(seed).run().failedCalls())
                    .as("calls that failed with seed " + seed)
                    .isZero();
        }
    }

    @Test
    void move_operatedAgainWithTheSameSeed_isTheSame() {
        assertThat(OperatedSimulation.wandering(FIRST, true).run())
                .isEqualTo(OperatedSimulation.wandering(FIRST, true).run());
    }

    @ParameterizedTest
    @EnumSource(SimServer.Guard.class)
    void guard_takenAway_isMissed(SimServer.Guard guard) {
        assertThat(seedsUntilItBreaks(true, EnumSet.of(guard))).isLessThan(SEEDS_UNTIL_MISSED_MAX);
    }

    @Test
    void writeBack_takenAway_isMissed() {
        assertThat(seedsUntilItBreaks(false, Set.of())).isLessThan(SEEDS_UNTIL_MISSED_MAX);
    }

    /** Until clients have seen what can't be, or the stores differ in the end, on a seed that breaks nothing with all guards. */
    private static int seedsUntilItBreaks(boolean writesBack, Set<SimServer.Guard> without) {
        for (int seed = 1; seed < SEEDS_UNTIL_MISSED_MAX; seed++) {
            try {
                new MigrationSimulation(seed, true, writesBack, without).run();
            } catch (AssertionError e) {
                if (MigrationSimulation.isLossOrDisorder(e)) {
                    new MigrationSimulation(seed, true, true, Set.of()).run();
                    System.out.println("MigrationSimulationTest: without " + (writesBack ? without : "write-back")
                            + " seed " + seed + " breaks");
                    return seed;
                }
            }
        }
        return Integer.MAX_VALUE;
    }
}
