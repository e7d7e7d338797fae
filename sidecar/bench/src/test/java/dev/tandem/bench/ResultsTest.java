package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private static final Cell SIDECAR_ONE = new Cell(Way.SIDECAR, Operation.CREATE, 1, 0);
    private static final Cell STORE_ONE = new Cell(Way.STORE, Operation.CREATE, 1, 0);
    private static final Cell EMPTY_ONE = new Cell(Way.EMPTY, Operation.EMPTY, 1, 0);
    private static final Cell STORE_MANY = new Cell(Way.STORE, Operation.CREATE, 64, 0);
    private static final Plan PLAN =
            new Plan(List.of(1, 64), List.of(0), Set.of(Operation.CREATE), 3, Duration.ofMillis(1), 0, false);

    @Test
    void median_ofOddEvenAndNone_isTheMiddle() {
        assertThat(Results.median(new double[] {9, 1, 5})).isEqualTo(5);
        assertThat(Results.median(new double[] {8, 1, 5, 2})).isEqualTo(3.5);
        assertThat(Results.median(new double[] {7})).isEqualTo(7);
        assertThat(Results.median(new double[0])).isNaN();
    }

    @Test
    void sample_ofAHistogram_hasItsPercentilesAndThroughput() {
        Histogram latency = new Histogram(3);
        for (int i = 1; i <= 1000; i++) {
            latency.recordValue(i);
        }

        Sample sample = Sample.of(latency, null, 3, "no", 2_000_000_000L);

        assertThat(sample.count()).isEqualTo(1000);
        assertThat(sample.errors()).isEqualTo(3);
        assertThat(sample.p50Nanos()).isEqualTo(500);
        assertThat(sample.p90Nanos()).isEqualTo(900);
        assertThat(sample.p99Nanos()).isEqualTo(990);
        assertThat(sample.p999Nanos()).isEqualTo(999);
        assertThat(sample.maxNanos()).isEqualTo(1000);
        assertThat(sample.meanNanos()).isCloseTo(500.5, within(0.01));
        assertThat(sample.throughput()).isEqualTo(500);
    }

    @Test
    void sample_ofNothing_isZeroAndNoMedian() {
        Sample sample = Sample.of(new Histogram(3), null, 5, "all failed", 1_000);
        Results results = new Results();
        results.add(STORE_ONE, sample);

        assertThat(sample.throughput()).isZero();
        assertThat(results.median(STORE_ONE, Sample::p50Nanos)).isNaN();
        assertThat(results.errors()).isEqualTo(5);
    }

    @Test
    void ratios_ofMedians_compareWithDirectAndEmptyCalls() {
        Results results = new Results();
        for (long p50 : new long[] {130, 1_000_000, 150}) {
            results.add(SIDECAR_ONE, sample(p50, 600));
        }
        for (long p50 : new long[] {70, 5, 80}) {
            results.add(STORE_ONE, sample(p50, 1_200));
        }
        results.add(EMPTY_ONE, sample(30, 9_000));

        assertThat(results.latencyRatio(SIDECAR_ONE, Way.STORE)).isEqualTo(1.5);
        assertThat(results.throughputRatio(SIDECAR_ONE, Way.STORE)).isEqualTo(0.5);
    }

    @Test
    void direct_ofASidecarsCell_isTheCheapestWayThatWasMeasuredOverTheSameSocket() {
        Results results = new Results();
        results.add(SIDECAR_ONE, sample(10, 10));
        results.add(SIDECAR_ONE.by(Way.CLIENT_UNIX), sample(1, 1));

        assertThat(results.direct(SIDECAR_ONE)).isNull();
        assertThat(results.direct(SIDECAR_ONE.by(Way.SIDECAR_UNIX))).isEqualTo(Way.CLIENT_UNIX);
        results.add(STORE_ONE, sample(1, 1));
        assertThat(results.direct(SIDECAR_ONE)).isEqualTo(Way.STORE);
        results.add(SIDECAR_ONE.by(Way.SCRIPT), sample(1, 1));
        assertThat(results.direct(SIDECAR_ONE)).isEqualTo(Way.SCRIPT);
        results.add(SIDECAR_ONE.by(Way.CLIENT), sample(1, 1));
        assertThat(results.direct(SIDECAR_ONE)).isEqualTo(Way.CLIENT);
        assertThat(results.direct(STORE_ONE)).as("only a sidecar is compared").isNull();
    }

    @Test
    void targets_overRedis_bindAgainstTheCheapestCommandAndShowTheScript() {
        Results results = new Results();
        for (Way way : List.of(Way.SIDECAR, Way.CLIENT, Way.SCRIPT, Way.STORE)) {
            results.add(SIDECAR_ONE.by(way), sample(way == Way.SIDECAR ? 90 : 30, 1_000));
            results.add(STORE_MANY.by(way), sample(900, way == Way.SIDECAR ? 61_000 : 80_000));
        }
        results.add(EMPTY_ONE, sample(30, 9_000));

        List<Target> targets = Target.of(Backend.Kind.REDIS, PLAN, results, null);

        assertThat(targets)
                .filteredOn(Target::binding)
                .extracting(Target::name)
                .containsExactly(
                        "p50 of create, payload 0 B, 1 in flight, against client + empty",
                        "throughput of create, payload 0 B, 64 in flight, against client",
                        "throughput of create, payload 0 B, 64 in flight");
        assertThat(targets).filteredOn(Target::binding).extracting(Target::met).containsExactly(false, true, true);
        assertThat(targets)
                .filteredOn(target -> !target.binding())
                .extracting(Target::name)
                .containsExactly(
                        "p50 of create, payload 0 B, 1 in flight, against script + empty",
                        "throughput of create, payload 0 B, 64 in flight, against script");
    }

    @Test
    void targets_groupCommit_isMetOrMissedByHowMuch() {
        Results met = new Results();
        met.add(STORE_ONE, sample(1, 1_000));
        met.add(STORE_MANY, sample(1, 25_000));
        Results missed = new Results();
        missed.add(STORE_ONE, sample(1, 1_000));
        missed.add(STORE_MANY, sample(1, 10_000));

        Target good = Target.of(Backend.Kind.SQLITE, PLAN, met, null).get(0);
        Target bad = Target.of(Backend.Kind.SQLITE, PLAN, missed, null).get(0);

        assertThat(good.met()).isTrue();
        assertThat(good.verdict()).isEqualTo("met by 25 %");
        assertThat(bad.met()).isFalse();
        assertThat(bad.verdict()).isEqualTo("missed by 50 %");
    }

    @Test
    void targets_whatWasNotMeasured_isNotClaimed() {
        Results onlyOne = new Results();
        onlyOne.add(STORE_ONE, sample(1, 1_000));

        assertThat(Target.of(Backend.Kind.SQLITE, PLAN, onlyOne, null)).isEmpty();
    }

    @Test
    void targets_footprint_holdsStartAndMemoryAgainstTheirLimits() {
        Sample load = sample(1, 20_000);
        Footprint footprint =
                new Footprint(List.of(900_000_000L, 800_000_000L, 5_000_000_000L), 70 << 20, 90 << 20, 20_000, load);

        List<Target> targets = Target.of(Backend.Kind.SQLITE, PLAN, new Results(), footprint);

        assertThat(targets).extracting(Target::measured).containsExactly(900.0, 70.0, 90.0);
        assertThat(targets).extracting(Target::met).containsExactly(true, false, true);
        assertThat(targets).extracting(Target::binding).containsExactly(true, true, true);
    }

    @Test
    void targets_memoryUnderTooLittleLoad_isNotBinding() {
        Footprint footprint = new Footprint(List.of(1L), 1 << 20, 1 << 20, 20_000, sample(1, 10_000));

        assertThat(Target.of(Backend.Kind.SQLITE, PLAN, new Results(), footprint))
                .filteredOn(target -> !target.binding())
                .singleElement()
                .satisfies(target -> assertThat(target.name()).contains("10,000 op/s (of 20,000 asked for)"));
    }

    private static Sample sample(long p50, long perSecond) {
        return new Sample(perSecond, 0, 1_000_000_000L, p50, p50, p50, p50, p50, p50, 0, null);
    }
}
