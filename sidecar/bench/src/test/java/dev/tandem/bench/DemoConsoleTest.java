package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.bench.Ledger.Fault;
import dev.tandem.bench.MoveListener.Moment;
import dev.tandem.bench.Moved.Walk;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoConsoleTest {
    private static final String ERASE = "\u001b[";

    private final StringWriter written = new StringWriter();

    private DemoConsole console(boolean terminal) {
        return new DemoConsole(new PrintWriter(written), terminal, "demo");
    }

    /** As the admin port tells it. */
    static JsonObject status(String phase, long copied, long copyEndedAt) {
        return new JsonObject()
                .put(
                        "migration",
                        new JsonObject()
                                .put(
                                        "copied",
                                        new JsonObject().put("beganAt", 1000L).put("endedAt", copyEndedAt)))
                .put("route", new JsonObject().put("phase", phase))
                .put("obstacles", new JsonArray().add("the backfill is not done"))
                .put(
                        "progress",
                        new JsonObject()
                                .put("copied", copied)
                                .put("copy_total", 20_000)
                                .put("compared", 0)
                                .put("compare_total", 0)
                                .put("in_flight", 0)
                                .put("differing", 0)
                                .put("rate_per_second", 31_000)
                                .put("seconds_left", 1.2));
    }

    private static Moment moment(JsonObject status) {
        return new Moment(MoveFiguresTest.sample(1, 2, 8), 1_234, 0, Operator.Status.of(status));
    }

    @Test
    void status_asTheAdminPortTellsIt_isRead() {
        Operator.Status under = Operator.Status.of(status("DUAL_WRITE", 10_000, 0));
        assertThat(under.isCopied()).isFalse();
        assertThat(under.isCompared()).isFalse();
        assertThat(under.obstacles()).containsExactly("the backfill is not done");

        Operator.Status over = Operator.Status.of(status("DUAL_WRITE", 10_000, 1000));
        assertThat(over.isCopied()).as("within the same millisecond").isTrue();
    }

    @Test
    void lines_whileItIsCopied_haveABarTheRateAndTheTimeLeft() {
        assertThat(DemoConsole.lines(moment(status("DUAL_WRITE", 10_000, 0))))
                .containsExactly(
                        "DUAL_WRITE     3 calls/s  p50 2.00 ms  p99 8.00 ms  failed 0 of 1,234",
                        "copied         [###############---------------] 10,000 of 20,000  31,000/s  1 s left");
    }

    @Test
    void lines_whenItIsCopied_haveAFullBar() {
        assertThat(DemoConsole.lines(moment(status("DUAL_WRITE", 19_900, 3000))).get(1))
                .isEqualTo("copied         [##############################] 20,000 of 20,000");
    }

    @Test
    void lines_outsideOfAMove_haveTheCallsAlone() {
        assertThat(DemoConsole.lines(new Moment(MoveFiguresTest.sample(1), 10, 2, null)))
                .containsExactly("SINGLE         1 calls/s  p50 1.00 ms  p99 1.00 ms  failed 2 of 10");
    }

    @Test
    void moment_onATerminal_isDrawnOverTheOneBefore() {
        DemoConsole console = console(true);

        console.moment(moment(status("DUAL_WRITE", 10_000, 0)));
        assertThat(written.toString()).doesNotContain(ERASE);
        console.moment(moment(status("DUAL_WRITE", 15_000, 0)));
        assertThat(written.toString()).contains(ERASE + "3A" + ERASE + "J");

        written.getBuffer().setLength(0);
        console.copied(new Walk(20_000, 500_000_000));
        assertThat(written.toString())
                .as("an event is put above what is drawn")
                .startsWith(ERASE + "3A" + ERASE + "J    copied 20,000 records in 500 ms: 40,000 a second")
                .contains("15,000 of 20,000");
    }

    @Test
    void moment_elsewhere_isALineNowAndThen() {
        DemoConsole console = console(false);

        for (int i = 0; i < 9; i++) {
            console.moment(moment(status("DUAL_WRITE", 10_000, 0)));
        }

        assertThat(written.toString()).doesNotContain("\u001b");
        assertThat(written.toString().lines()).hasSize(2).allMatch(line -> line.startsWith("  DUAL_WRITE"));
    }

    @Test
    void step_ofAnOperator_showsTheCommand() {
        console(false).step("tandem migrate advance demo", "reads ask both stores");

        assertThat(written.toString().lines())
                .containsExactly("", "$ tandem migrate advance demo", "    reads ask both stores");
    }

    @Test
    void switched_withCallsUnderWay_tellsTheLatencyOfEach() {
        console(false)
                .switched(new WriteStop(
                        MoveStore.REDIS,
                        MoveStore.NODES,
                        23_000_000,
                        80_000_000,
                        List.of(
                                new WriteStop.Held(MixedLoad.Kind.CREATE, 21_000_000),
                                new WriteStop.Held(MixedLoad.Kind.GET, 1_000_000))));

        assertThat(written.toString()).contains("for 23.0 ms").contains("under way then: create 21.0 ms, get 1.00 ms");
    }

    @Test
    void end_ofAGoodRun_saysSo() {
        console(false)
                .end(MoveFiguresTest.moved(
                        List.of(MoveFiguresTest.leg(MoveStore.REDIS, MoveStore.NODES, 1, 1, 1)), 0, Map.of(), null));

        assertThat(written.toString())
                .contains("10,000 calls, 0 failed.")
                .contains("60,000 tasks compared, 0 lost or brought back.")
                .contains("All is well");
    }

    @Test
    void end_ofABadRun_namesWhatWentWrong() {
        console(false).end(MoveFiguresTest.moved(List.of(), 3, Map.of(Fault.BACK, 1L), "nobody answers"));

        assertThat(written.toString())
                .contains("10,000 calls, 3 failed.")
                .contains("The first: CREATE: no")
                .contains("1 lost or brought back.")
                .contains("BACK: task-7")
                .contains("It did not come to its end: nobody answers")
                .contains("Something went wrong");
    }
}
