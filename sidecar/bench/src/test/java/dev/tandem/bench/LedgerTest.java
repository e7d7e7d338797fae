package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.tandem.bench.Ledger.Fault;
import dev.tandem.v1.Task;
import dev.tandem.v1.Task.State;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private final Ledger ledger = new Ledger(10);

    private Task task(String id, long version, State state) {
        return Task.newBuilder()
                .setTaskId(id)
                .setEtag(Long.toString(version))
                .setState(state)
                .setPayload(ledger.payload(id))
                .build();
    }

    @Test
    void judge_asAcknowledged_isNoFault() {
        Task created = task("a", 3, State.ENQUEUED);
        ledger.acknowledge(created);

        assertThat(ledger.judge("a", created)).isNull();
        assertThat(ledger.ids()).containsExactly("a");
    }

    @Test
    void judge_acknowledgedAndNotThere_isMissing() {
        ledger.acknowledge(task("a", 3, State.ENQUEUED));

        assertThat(ledger.judge("a", null)).isEqualTo(Fault.MISSING);
    }

    @Test
    void judge_otherVersionOrContent_isTold() {
        ledger.acknowledge(task("a", 3, State.ENQUEUED));
        ledger.acknowledge(task("a", 8, State.PROCESSING));

        assertThat(ledger.judge("a", task("a", 3, State.ENQUEUED))).isEqualTo(Fault.OLDER);
        assertThat(ledger.judge("a", task("a", 9, State.SUCCEEDED))).isEqualTo(Fault.NEWER);
        assertThat(ledger.judge("a", task("a", 8, State.SUCCEEDED))).isEqualTo(Fault.DIFFERENT);
        Task another = task("a", 8, State.PROCESSING).toBuilder()
                .setPayload(ByteString.copyFromUtf8("another"))
                .build();
        assertThat(ledger.judge("a", another)).isEqualTo(Fault.DIFFERENT);
    }

    @Test
    void acknowledge_answersInAnotherOrder_keepsTheNewest() {
        ledger.acknowledge(task("a", 8, State.PROCESSING));
        ledger.acknowledge(task("a", 3, State.ENQUEUED)); // the creation, whose answer took longer

        assertThat(ledger.judge("a", task("a", 8, State.PROCESSING))).isNull();
        assertThat(ledger.judge("a", task("a", 3, State.ENQUEUED))).isEqualTo(Fault.OLDER);
    }

    @Test
    void judge_deletedAndThere_isBack() {
        ledger.acknowledge(task("a", 3, State.SUCCEEDED));
        ledger.deleting("a");
        ledger.acknowledgeDeletion("a");

        assertThat(ledger.judge("a", null)).isNull();
        assertThat(ledger.judge("a", task("a", 3, State.SUCCEEDED))).isEqualTo(Fault.BACK);
    }

    @Test
    void judge_deletionWithUnknownResult_mayBeEither() {
        Task task = task("a", 3, State.SUCCEEDED);
        ledger.acknowledge(task);
        ledger.deleting("a");

        assertThat(ledger.judge("a", null)).isNull();
        assertThat(ledger.judge("a", task)).isNull();
    }

    @Test
    void judge_deletionThatWasNotMade_hasToBeThere() {
        ledger.acknowledge(task("a", 3, State.SUCCEEDED));
        ledger.deleting("a");
        ledger.notDeleted("a");

        assertThat(ledger.judge("a", null)).isEqualTo(Fault.MISSING);
    }

    @Test
    void judge_changeWithUnknownResult_mayBeMadeButNotLessThanAcknowledged() {
        ledger.unknown("created");
        ledger.acknowledge(task("completed", 5, State.PROCESSING));
        ledger.unknown("completed");

        assertThat(ledger.judge("created", null)).isNull();
        assertThat(ledger.judge("created", task("created", 1, State.ENQUEUED))).isNull();
        assertThat(ledger.judge("completed", task("completed", 6, State.SUCCEEDED)))
                .isNull();
        assertThat(ledger.judge("completed", task("completed", 4, State.ENQUEUED)))
                .isEqualTo(Fault.OLDER);
        assertThat(ledger.judge("completed", null)).isEqualTo(Fault.MISSING);
    }

    @Test
    void judge_claimWithUnknownResult_mayHaveTakenATaskAndNothingElse() {
        ledger.acknowledge(task("a", 3, State.ENQUEUED));
        ledger.acknowledge(task("b", 7, State.PROCESSING));
        ledger.unknownClaim();

        assertThat(ledger.judge("a", task("a", 9, State.PROCESSING))).isNull();
        assertThat(ledger.judge("a", task("a", 9, State.SUCCEEDED))).isEqualTo(Fault.NEWER);
        assertThat(ledger.judge("b", task("b", 9, State.PROCESSING))).isEqualTo(Fault.NEWER);
    }

    @Test
    void judgeRead_besideChanges_mayShowWhatCameSinceButNotLessThanBefore() {
        ledger.acknowledge(task("a", 3, State.ENQUEUED));
        Ledger.Seen seen = ledger.seen("a");
        ledger.acknowledge(task("a", 8, State.PROCESSING));

        assertThat(ledger.judge(seen, "a", task("a", 3, State.ENQUEUED))).isNull();
        assertThat(ledger.judge(seen, "a", task("a", 9, State.SUCCEEDED))).isNull();
        assertThat(ledger.judge(seen, "a", null)).isEqualTo(Fault.MISSING);
        assertThat(ledger.judge(ledger.seen("a"), "a", task("a", 3, State.ENQUEUED)))
                .isEqualTo(Fault.OLDER);
    }

    @Test
    void judgeRead_besideADeletion_mayShowTheTaskOrNot() {
        Task task = task("a", 3, State.SUCCEEDED);
        ledger.acknowledge(task);
        Ledger.Seen before = ledger.seen("a");
        ledger.deleting("a");
        ledger.acknowledgeDeletion("a");

        assertThat(ledger.judge(before, "a", null)).isNull();
        assertThat(ledger.judge(before, "a", task)).isNull();
        assertThat(ledger.judge(ledger.seen("a"), "a", task)).isEqualTo(Fault.BACK);
        assertThat(ledger.judge(ledger.seen("a"), "a", null)).isNull();
    }
}
