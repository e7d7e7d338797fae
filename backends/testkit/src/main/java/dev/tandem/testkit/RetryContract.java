package dev.tandem.testkit;

import static dev.tandem.testkit.StoreCalls.lease;
import static dev.tandem.testkit.StoreCalls.token;
import static dev.tandem.testkit.Tasks.LEASE_MILLIS;
import static dev.tandem.testkit.Tasks.claim;
import static dev.tandem.testkit.Tasks.error;
import static dev.tandem.testkit.Tasks.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.task.Task;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Failing attempts come back after a growing wait, up to their number; then the task has failed. */
abstract class RetryContract extends ContractGroup {
    RetryContract(TaskStoreContract contract) {
        super(contract);
    }

    @Test
    void fail_upToMaxAttempts_waitsLongerEachTimeAndThenIsFinal() {
        calls.apply(Tasks.create("a", spec().withRetry(Tasks.retries(4, 100, 300))));
        long[] waits = {100, 200, 300};
        for (int attempt = 1; attempt <= waits.length; attempt++) {
            Task failed = calls.apply(Tasks.fail("a", token(calls.claimOne("w"))));
            assertThat(failed.state()).isEqualTo(TaskState.ENQUEUED);
            assertThat(failed.attempts()).isEqualTo(attempt);
            assertThat(failed.error()).isEqualTo(error());
            assertThat(failed.dueAtMillis()).isEqualTo(clock.millis() + waits[attempt - 1]);
            clock.advanceMillis(waits[attempt - 1] - 1);
            assertThat(calls.claim(claim("w", 1)).tasks()).isEmpty();
            clock.advanceMillis(1);
        }

        Task last = calls.apply(Tasks.fail("a", token(calls.claimOne("w"))));

        assertThat(last.state()).isEqualTo(TaskState.FAILED);
        assertThat(last.attempts()).isEqualTo(4);
        assertThat(last.finishedAtMillis()).isEqualTo(clock.millis());
        clock.advanceMillis(1_000_000);
        assertThat(calls.claim(claim("w", 1)).tasks()).isEmpty();
    }

    @Test
    void fail_final_isNotTriedAgain() {
        calls.apply(Tasks.create("a"));

        Task failed = calls.apply(new Verb.Fail("a", token(calls.claimOne("w")), error(), true));

        assertThat(failed.state()).isEqualTo(TaskState.FAILED);
        assertThat(failed.attempts()).isEqualTo(1);
    }

    @Test
    void success_afterFailure_clearsTheError() {
        calls.apply(Tasks.create("a", spec().withRetry(Tasks.retries(2, 0, 0))));
        calls.apply(Tasks.fail("a", token(calls.claimOne("w"))));

        Task again = calls.claimOne("w");
        assertThat(again.error()).isEqualTo(error());
        assertThat(calls.apply(Tasks.complete("a", token(again))).error()).isNull();
    }

    @Test
    void leaseExpiry_isAFailedAttemptCountedFromItsEnd() {
        calls.apply(Tasks.create("a", spec().withRetry(Tasks.retries(2, 100, 100))));
        Task claimed = calls.claimOne("w");
        clock.advanceMillis(LEASE_MILLIS + 60);
        assertThat(calls.sweep(10).requeued()).isEqualTo(1);

        Task swept = calls.get("a");

        assertThat(swept.state()).isEqualTo(TaskState.ENQUEUED);
        assertThat(swept.lease()).isNull();
        assertThat(swept.dueAtMillis()).isEqualTo(lease(claimed).expiresAtMillis() + 100);
        assertThat(Objects.requireNonNull(swept.error()).code()).isEqualTo(TaskError.LEASE_EXPIRED);
        assertThat(swept.attempts()).isEqualTo(1);
    }

    @Test
    void leaseExpiry_ofTheLastAttempt_isFinal() {
        calls.apply(Tasks.create("a", spec().withRetry(Tasks.retries(1, 0, 0))));
        calls.claimOne("w");
        clock.advanceMillis(LEASE_MILLIS);

        assertThat(calls.claim(claim("w2", 1)).tasks()).isEmpty();

        Task failed = calls.get("a");
        assertThat(failed.state()).isEqualTo(TaskState.FAILED);
        assertThat(failed.finishedAtMillis()).isEqualTo(clock.millis());
    }
}
