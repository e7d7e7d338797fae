package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tandem.bench.Ledger.Fault;
import dev.tandem.bench.Moved.Leg;
import dev.tandem.bench.Moved.Stretch;
import dev.tandem.bench.Moved.Walk;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MoveFiguresTest {
    static final MoveRun.Plan PLAN =
            new MoveRun.Plan("bench", 50_000, 200, 500, 1, 3, Duration.ZERO, Duration.ZERO, Duration.ZERO, false);
    static final Circumstances CIRCUMSTANCES =
            new Circumstances(Instant.EPOCH, List.of("migrate"), Map.of("cpus", 2), List.of(1.0, 2.0));

    static Sample sample(long... millis) {
        Histogram latency = new Histogram(3);
        for (long each : millis) {
            latency.recordValue(each * 1_000_000);
        }
        return Sample.of(latency, null, 0, null, 1_000_000_000);
    }

    /** One in which 60,000 records took these times. */
    static Leg leg(MoveStore from, MoveStore to, long copyMillis, long compareMillis, long... stopMillis) {
        return new Leg(
                from,
                to,
                Map.of(
                        Stretch.REST, sample(1, 2, 4),
                        Stretch.COPYING, sample(1, 2, 6),
                        Stretch.COMPARING, sample(1, 2, 10)),
                new Walk(60_000, copyMillis * 1_000_000),
                new Walk(60_000, compareMillis * 1_000_000),
                0,
                LongStream.of(stopMillis)
                        .mapToObj(stop -> new WriteStop(
                                from,
                                to,
                                stop * 1_000_000,
                                2 * stop * 1_000_000,
                                List.of(new WriteStop.Held(MixedLoad.Kind.CREATE, stop * 1_000_000))))
                        .toList(),
                0);
    }

    static Moved moved(List<Leg> legs, long failed, Map<Fault, Long> faults, @Nullable String brokeOff) {
        Map<Fault, List<String>> examples =
                faults.isEmpty() ? Map.of() : Map.of(faults.keySet().iterator().next(), List.of("task-7"));
        return new Moved(
                legs,
                10_000,
                failed,
                0,
                failed == 0 ? null : "CREATE: no",
                new LedgerCheck.Found(60_000, faults, examples),
                brokeOff,
                5_000_000_000L);
    }

    private static MoveFigures figures(Moved... rounds) {
        return new MoveFigures(CIRCUMSTANCES, PLAN, List.of(rounds));
    }

    private static String printed(MoveFigures figures) {
        StringWriter out = new StringWriter();
        MigrateReport.print(figures, new PrintWriter(out));
        return out.toString();
    }

    @Test
    void targets_ofTwoDirections_areMediansOfEachAndTheWorstStops() {
        MoveFigures figures = figures(
                moved(List.of(leg(MoveStore.REDIS, MoveStore.NODES, 2000, 1000, 10, 20, 30)), 0, Map.of(), null),
                moved(List.of(leg(MoveStore.REDIS, MoveStore.NODES, 1000, 500, 5, 60, 7)), 0, Map.of(), null),
                moved(List.of(leg(MoveStore.REDIS, MoveStore.NODES, 1500, 750, 1, 2, 3)), 0, Map.of(), null),
                moved(List.of(leg(MoveStore.SQLITE, MoveStore.NODES, 6000, 6000, 4)), 0, Map.of(), null));

        assertThat(figures.targets())
                .extracting(Target::name, Target::measured, Target::met)
                .containsExactly(
                        tuple("records copied, redis -> nodes", 40_000.0, true),
                        tuple("records compared, redis -> nodes", 80_000.0, true),
                        tuple(
                                "p99 of calls while records are copied, against that at rest, redis -> nodes",
                                ratio(6),
                                true),
                        tuple(
                                "p99 of calls while records are compared, against that at rest, redis -> nodes",
                                ratio(10),
                                false),
                        tuple(
                                "longest time without a write while they are switched, p99 of 9, redis -> nodes",
                                60.0,
                                false),
                        tuple("records copied, sqlite -> nodes", 10_000.0, false),
                        tuple("records compared, sqlite -> nodes", 10_000.0, false),
                        tuple(
                                "p99 of calls while records are copied, against that at rest, sqlite -> nodes",
                                ratio(6),
                                true),
                        tuple(
                                "p99 of calls while records are compared, against that at rest, sqlite -> nodes",
                                ratio(10),
                                false),
                        tuple(
                                "longest time without a write while they are switched, p99 of 1, sqlite -> nodes",
                                4.0,
                                true),
                        tuple("calls that failed", 0.0, true),
                        tuple("acknowledged writes that were lost", 0.0, true));
        assertThat(figures.errors()).isZero();
    }

    private static double ratio(long millis) {
        return (double) sample(millis).p99Nanos() / sample(4).p99Nanos();
    }

    @Test
    void percentile_ofFewValues_isTheNearestRank() {
        assertThat(MoveFigures.percentile(new double[] {1, 2, 3, 4}, 50)).isEqualTo(2);
        assertThat(MoveFigures.percentile(new double[] {1, 2, 3, 4}, 99)).isEqualTo(4);
        assertThat(MoveFigures.percentile(new double[] {1}, 1)).isEqualTo(1);
        assertThat(MoveFigures.percentile(new double[0], 99)).isNaN();
    }

    @Test
    void errors_failedCallsLostTasksAndBreakingOff_areAllCountedAndTold() {
        MoveFigures figures = figures(
                moved(
                        List.of(leg(MoveStore.REDIS, MoveStore.NODES, 2000, 1000, 10)),
                        3,
                        Map.of(Fault.MISSING, 2L),
                        null),
                moved(List.of(), 0, Map.of(), "`tandem migrate advance bench-2` is refused: not yet"));

        assertThat(figures.errors()).isEqualTo(3 + 2 + 1);
        assertThat(printed(figures))
                .contains("3 of 10,000 calls failed")
                .contains("the first: CREATE: no")
                .contains("MISSING: task-7")
                .contains("it broke off: `tandem migrate advance bench-2` is refused: not yet")
                .containsPattern("calls that failed +3.00 calls");
    }

    @Test
    void print_aMove_isALineOfATable() {
        MoveFigures figures = figures(
                moved(List.of(leg(MoveStore.REDIS, MoveStore.NODES, 2000, 1000, 10, 20, 30)), 0, Map.of(), null));

        assertThat(printed(figures))
                .contains("50,000 tasks with a payload of 200 B were moved while 500 calls a second went on")
                .containsPattern(
                        "redis -> nodes +30,000/s +60,000/s +4.0\\d ms +6.0\\d ms +10.0 ms +20.0 ms \\(30.0 ms\\) 3\n")
                .doesNotContain("was not as it has to be");
    }

    @Test
    void json_aMove_hasTheFiguresOfEachRound() {
        JsonObject json = MigrateReport.json(figures(moved(
                List.of(leg(MoveStore.REDIS, MoveStore.NODES, 2000, 1000, 10, 20)), 1, Map.of(Fault.BACK, 1L), null)));

        assertThat(json.getLong("errors")).isEqualTo(2);
        assertThat(json.getJsonArray("targets")).hasSize(7);
        JsonObject round = json.getJsonArray("rounds").getJsonObject(0);
        assertThat(round.getBoolean("is_good")).isFalse();
        assertThat(round.getLong("lost_writes")).isEqualTo(1);
        assertThat(round.getJsonObject("check")
                        .getJsonObject("faults")
                        .getJsonObject("back")
                        .getLong("tasks"))
                .isEqualTo(1);
        JsonObject move = round.getJsonArray("moves").getJsonObject(0);
        assertThat(move.getString("from")).isEqualTo("redis");
        assertThat(move.getJsonObject("copied").getDouble("per_second")).isEqualTo(30_000);
        assertThat(move.getJsonObject("calls").fieldNames()).containsExactly("rest", "copying", "comparing");
        JsonObject stop = move.getJsonArray("switches").getJsonObject(1);
        assertThat(stop.getLong("gap_nanos")).isEqualTo(20_000_000);
        assertThat(stop.getJsonArray("held").getJsonObject(0).getString("call")).isEqualTo("create");
    }
}
