package dev.tandem.testkit;

import static dev.tandem.task.TaskState.CANCELED;
import static dev.tandem.task.TaskState.ENQUEUED;
import static dev.tandem.task.TaskState.FAILED;
import static dev.tandem.task.TaskState.PROCESSING;
import static dev.tandem.task.TaskState.SUCCEEDED;
import static dev.tandem.testkit.StoreCalls.token;
import static dev.tandem.testkit.Tasks.error;
import static dev.tandem.testkit.Tasks.fanOut;
import static dev.tandem.testkit.Tasks.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Part;
import dev.tandem.task.Task;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A fanned-out task has the state that its parts add up to. */
abstract class PartsContract extends ContractGroup {
    PartsContract(TaskStoreContract contract) {
        super(contract);
    }

    private TaskState reported(String node, TaskState state) {
        Task task = calls.apply(report("a", node, state));
        assertThat(calls.get("a")).isEqualTo(task);
        return task.state();
    }

    @Test
    void parts_oneByOne_takeTheTaskToItsEnd() {
        calls.apply(fanOut("a", "n1", "n2"));

        assertThat(reported("n1", PROCESSING)).isEqualTo(PROCESSING);
        assertThat(reported("n1", SUCCEEDED)).isEqualTo(PROCESSING);
        assertThat(reported("n2", PROCESSING)).isEqualTo(PROCESSING);
        assertThat(reported("n2", SUCCEEDED)).isEqualTo(SUCCEEDED);
        assertThat(calls.get("a").finishedAtMillis()).isEqualTo(clock.millis());
    }

    @Test
    void parts_oneFails_failsTheTaskAtOnceAndOthersMayStillReport() {
        calls.apply(fanOut("a", "n1", "n2"));

        assertThat(reported("n1", FAILED)).isEqualTo(FAILED);
        Task failed = calls.get("a");
        assertThat(Objects.requireNonNull(failed.error()).code()).isEqualTo(TaskError.PART_FAILED);
        clock.advanceMillis(10);
        assertThat(reported("n2", SUCCEEDED)).isEqualTo(FAILED);
        assertThat(calls.get("a").finishedAtMillis()).isEqualTo(failed.finishedAtMillis());
    }

    @Test
    void parts_allFinalSomeCanceled_cancelTheTask() {
        calls.apply(fanOut("a", "n1", "n2"));

        assertThat(reported("n1", CANCELED)).isEqualTo(PROCESSING);
        assertThat(reported("n2", SUCCEEDED)).isEqualTo(CANCELED);
    }

    @Test
    void part_goingBack_isRejected() {
        calls.apply(fanOut("a", "n1", "n2"));
        calls.apply(report("a", "n1", SUCCEEDED));
        calls.apply(report("a", "n2", PROCESSING));
        Task before = calls.get("a");

        calls.reject(report("a", "n1", PROCESSING), Reason.ILLEGAL_TRANSITION);
        calls.reject(report("a", "n1", FAILED), Reason.ILLEGAL_TRANSITION);
        calls.reject(report("a", "n2", ENQUEUED), Reason.ILLEGAL_TRANSITION);
        assertThat(calls.get("a")).isEqualTo(before);
    }

    @Test
    void part_reportedAgain_changesNothing() {
        calls.apply(fanOut("a", "n1"));
        Task before = calls.apply(report("a", "n1", PROCESSING));
        clock.advanceMillis(5);

        assertThat(calls.execute(report("a", "n1", PROCESSING))).isEqualTo(new Outcome.Unchanged(before));
    }

    @Test
    void part_withLocalIdAndError_keepsThem() {
        calls.apply(fanOut("a", "n1", "n2"));
        clock.advanceMillis(5);

        Task task = calls.apply(new Verb.UpdatePart("a", 0, "n1", "job-7", PROCESSING, error()));

        assertThat(task.parts().get("n1")).isEqualTo(new Part("job-7", PROCESSING, error(), clock.millis()));
        assertThat(task.parts().get("n2")).isEqualTo(new Part("on-n2", ENQUEUED, null, clock.millis() - 5));
        assertThat(calls.get("a")).isEqualTo(task);
    }

    @Test
    void part_ofNewNode_joinsUntilTheTaskIsFinished() {
        calls.apply(Tasks.create("a"));

        assertThat(reported("n2", PROCESSING)).isEqualTo(PROCESSING);
        assertThat(reported("n1", PROCESSING)).isEqualTo(PROCESSING);
        assertThat(calls.get("a").parts().keySet()).containsExactly("n1", "n2");
        calls.apply(Tasks.cancel("a"));
        calls.reject(report("a", "n3", PROCESSING), Reason.WRONG_STATE);
    }

    @Test
    void parts_beyondTheMost_areRefused() {
        String[] nodes = new String[Limits.PARTS_MAX];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = "n" + i;
        }
        Task before = calls.apply(fanOut("a", nodes));

        calls.reject(report("a", "one-more", PROCESSING), Reason.TOO_MANY_PARTS);
        assertThat(calls.get("a")).isEqualTo(before);
    }

    @Test
    void complete_whilePartsAreOpen_isRefused() {
        calls.apply(fanOut("a", "n1"));
        Task claimed = calls.claimOne("w");

        calls.reject(Tasks.complete("a", token(claimed)), Reason.PARTS_DECIDE);
        assertThat(calls.get("a")).isEqualTo(claimed);
        Task done = calls.apply(report("a", "n1", SUCCEEDED));
        assertThat(done.state()).isEqualTo(SUCCEEDED);
        assertThat(done.lease()).isNull();
    }

    @Test
    void retry_ofFannedOutTask_startsOverWhatDidNotSucceed() {
        calls.apply(fanOut("a", "n1", "n2"));
        calls.apply(report("a", "n1", SUCCEEDED));
        calls.apply(report("a", "n2", FAILED));

        Task again = calls.apply(Tasks.retry("a"));

        assertThat(again.state()).isEqualTo(ENQUEUED);
        assertThat(Objects.requireNonNull(again.parts().get("n1")).state()).isEqualTo(SUCCEEDED);
        assertThat(Objects.requireNonNull(again.parts().get("n2")).state()).isEqualTo(ENQUEUED);
        assertThat(reported("n2", SUCCEEDED)).isEqualTo(SUCCEEDED);
    }

    /** Found by thinking: such a task could never be finished, because no part had anything left to report. */
    @Test
    void complete_afterAllPartsSucceededOnceAndTheTaskWasRetried_isAllowed() {
        calls.apply(fanOut("a", "n1"));
        calls.apply(Tasks.cancel("a"));
        calls.apply(report("a", "n1", SUCCEEDED));
        calls.apply(Tasks.retry("a"));

        Task claimed = calls.claimOne("w");

        assertThat(calls.apply(Tasks.complete("a", token(claimed))).state()).isEqualTo(SUCCEEDED);
    }
}
