package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.bench.MixedLoad.Call;
import dev.tandem.bench.MixedLoad.Kind;
import dev.tandem.bench.WriteStop.Held;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteStopTest {
    private static WriteStop stop(long begun, long ended, Call... calls) {
        return WriteStop.of(MoveStore.REDIS, MoveStore.NODES, List.of(calls), begun, ended);
    }

    private static Call call(Kind kind, long due, long answered) {
        return new Call(kind, due, answered, false);
    }

    @Test
    void of_callsAroundASwitch_isTheLongestGapInItAndWhatWasUnderWay() {
        WriteStop stop = stop(
                1000,
                2000,
                call(Kind.CREATE, 990, 1050),
                call(Kind.COMPLETE, 1290, 1300),
                call(Kind.CLAIM, 1405, 1705),
                call(Kind.GET, 1400, 1460),
                call(Kind.CREATE, 1380, 1600),
                call(Kind.CREATE, 1850, 1859),
                call(Kind.GET, 1250, 1290));

        assertThat(stop.gapNanos()).isEqualTo(300);
        assertThat(stop.stepNanos()).isEqualTo(1000);
        assertThat(stop.held())
                .as("in the order in which they were due")
                .containsExactly(new Held(Kind.CREATE, 220), new Held(Kind.GET, 60), new Held(Kind.CLAIM, 300));
    }

    @Test
    void of_gapsBeforeAndAfterTheStep_doNotCount() {
        WriteStop stop = stop(
                1000,
                1100,
                call(Kind.CREATE, 0, 10),
                call(Kind.CREATE, 900, 950),
                call(Kind.CREATE, 1000, 1050),
                call(Kind.CREATE, 1100, 1110),
                call(Kind.CREATE, 9000, 9010));

        assertThat(stop.gapNanos()).isEqualTo(100);
    }

    @Test
    void of_failedWritesAndReads_endNoGap() {
        WriteStop stop = stop(
                1000,
                2000,
                call(Kind.CREATE, 990, 1000),
                new Call(Kind.CREATE, 1100, 1300, true),
                call(Kind.GET, 1300, 1500),
                call(Kind.LIST, 1300, 1600),
                call(Kind.DELETE, 1700, 1900));

        assertThat(stop.gapNanos()).isEqualTo(900);
        assertThat(stop.longestCallNanos()).isEqualTo(300);
    }

    @Test
    void of_noWrites_isNothing() {
        WriteStop stop = stop(1000, 2000, call(Kind.GET, 1300, 1500));

        assertThat(stop.gapNanos()).isZero();
        assertThat(stop.held()).isEmpty();
        assertThat(stop.longestCallNanos()).isZero();
    }
}
