package dev.tandem.robustness;

import dev.tandem.client.TandemException;
import dev.tandem.task.Outcome;
import dev.tandem.testkit.Operation;
import dev.tandem.testkit.Operation.Answer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;

/** What a failed call tells of what it did. */
final class Answers {
    /** Under faults these are right; anything else that is no outcome is a bug. */
    private static final Set<String> EXPECTED = Set.of(
            "NOT_APPLIED",
            "MAYBE_APPLIED",
            "OVERLOADED",
            "DRAINING",
            "DEADLINE_PASSED",
            "UNREACHABLE",
            "CONNECTION_LOST");

    private Answers() {}

    static Answer of(Throwable failure, boolean isRead) {
        if (!(failure instanceof TandemException told)) {
            throw new AssertionError("a call failed with something else than a TandemException", failure);
        }
        String reason = told.reason();
        if (isRead && reason.equals("NOT_FOUND")) {
            return new Operation.FoundTask(null);
        }
        if (isOutcome(reason)) {
            return new Operation.Came(
                    new Outcome.Rejected(Outcome.Reason.valueOf(reason), told.getMessage(), null, null));
        }
        if (!EXPECTED.contains(reason)) {
            throw new AssertionError("a call failed in a way that nobody should see: " + told.code() + " " + reason
                    + " " + told.getMessage());
        }
        return told.maybeApplied() ? new Operation.Unknown() : new Operation.Refused();
    }

    /** How many calls failed for a fault. */
    static long failures(Progress progress) {
        return EXPECTED.stream().mapToLong(progress::count).sum();
    }

    static String reason(Throwable failure) {
        return failure instanceof TandemException told ? told.reason() : failure.toString();
    }

    /** When the sidecar asks to be called again; 0 if it does not say. */
    static long retryMillis(Throwable failure) {
        Duration delay = failure instanceof TandemException told ? told.retryDelay() : null;
        return delay == null ? 0 : delay.toMillis();
    }

    private static boolean isOutcome(String reason) {
        return Arrays.stream(Outcome.Reason.values())
                .anyMatch(known -> known.name().equals(reason));
    }
}
