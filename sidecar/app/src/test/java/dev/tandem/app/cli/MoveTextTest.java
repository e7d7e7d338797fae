package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** How a move's status is shown, to the letter. */
class MoveTextTest {
    @Test
    void bars_whileCopying_showHowFarAndHowLong() {
        assertThat(MoveText.bars(Statuses.copying()))
                .containsExactly(
                        "orders  redis -> nodes  DUAL_WRITE (etag 1)",
                        "copied    [##################------------]  60 %, 60000 of about 100000 records, 1000/s, 40s left",
                        "compared  [------------------------------]  not asked for",
                        "! the backfill is not done");
    }

    @Test
    void line_whileCopying_isOneLine() {
        assertThat(MoveText.line(Statuses.copying()))
                .isEqualTo("orders: DUAL_WRITE (etag 1), redis -> nodes; copied 60 %, 60000 of about 100000 records,"
                        + " 1000/s, 40s left");
    }

    @Test
    void detail_withDifferences_listsThemAndWhatWasDone() {
        assertThat(MoveText.detail(Statuses.compared(), Statuses.NOW)).isEqualTo("""
                namespace  orders
                move       redis -> nodes, begun 5m ago
                now        orders is in DUAL_WRITE (etag 1): redis decides, nodes follows
                copied     100 %, 100000 of 100000 records
                compared   100 %, 100000 of 100000 records, 3 were on their way, 101 differ
                ! the backfill is not done

                RECORD  NAME  DIFFERS BY  VERSION IN redis  VERSION IN nodes
                task    t-1   missing     17                0
                ... and 100 more

                WHEN    WHO       WHAT                  ON
                5m ago  ann@desk  SINGLE -> DUAL_WRITE  from epoch 0 [31m
                """);
    }

    @Test
    void change_ofRateAlone_isNone() {
        JsonObject faster = Statuses.copying();
        faster.getJsonObject("progress").put("rate_per_second", 2_000).put("seconds_left", 20);
        JsonObject further = Statuses.status(Statuses.walk(61_000, 100_000, false), null);

        assertThat(MoveText.change(faster)).isEqualTo(MoveText.change(Statuses.copying()));
        assertThat(MoveText.change(further)).isNotEqualTo(MoveText.change(Statuses.copying()));
    }

    @Test
    void goal_verifiedWithDifferences_willNotBe() {
        assertThat(MoveGoal.VERIFIED.isReached().test(Statuses.compared())).isFalse();
        assertThat(MoveGoal.VERIFIED.whyNever("orders", Statuses.compared()))
                .isEqualTo("101 records differ: see `tandem migrate status orders`");
        JsonObject unasked = Statuses.status(Statuses.walk(9, 9, true), null);
        assertThat(MoveGoal.VERIFIED.whyNever("orders", unasked))
                .isEqualTo("nobody has asked for the stores to be compared: `tandem migrate verify orders` does");
        assertThat(MoveGoal.VERIFIED.whyNever("orders", Statuses.copying())).isNull();
        assertThat(MoveGoal.COPIED.isReached().test(Statuses.compared())).isTrue();
        assertThat(MoveGoal.COPIED.whyNever("orders", Statuses.copying())).isNull();
        assertThat(MoveGoal.of("dual_write").isReached().test(Statuses.copying()))
                .isTrue();
        assertThat(MoveGoal.of("READ_NEWEST").isReached().test(Statuses.copying()))
                .isFalse();
    }
}
