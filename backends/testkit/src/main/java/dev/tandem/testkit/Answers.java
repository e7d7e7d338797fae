package dev.tandem.testkit;

import dev.tandem.task.Outcome;
import org.jspecify.annotations.Nullable;

/** What the answer to an operation on one record tells of that record, whatever the record was before. */
final class Answers {
    private Answers() {}

    static boolean isKnown(Operation operation) {
        return !(operation.answer() instanceof Operation.Unknown);
    }

    /** The request id that the command bears; null if it bears none, or is a read. */
    static @Nullable String requestId(Operation operation) {
        return operation.call() instanceof Operation.Command call
                        && call.command().request() != null
                ? call.command().request().id()
                : null;
    }

    /** The version that the record has right after the operation; 0 if the answer does not tell. */
    static long versionShown(Operation operation) {
        if (operation.answer() instanceof Operation.FoundTask found) {
            return found.task() == null ? 0 : found.task().version();
        } else if (operation.answer() instanceof Operation.FoundLease found) {
            return found.lease() == null ? 0 : found.lease().version();
        } else if (operation.answer() instanceof Operation.Came came) {
            return versionShown(came.outcome());
        }
        return 0;
    }

    private static long versionShown(Outcome outcome) {
        if (outcome instanceof Outcome.Applied applied) {
            return applied.task().version();
        } else if (outcome instanceof Outcome.Unchanged unchanged) {
            return unchanged.task().version();
        } else if (outcome instanceof Outcome.Claimed claimed) {
            return claimed.tasks().size() == 1 ? claimed.tasks().get(0).version() : 0;
        } else if (outcome instanceof Outcome.Granted granted) {
            return granted.lease().version();
        }
        // A request id that was used before may have been used on another record, and tells nothing of this one.
        if (outcome instanceof Outcome.Rejected rejected && rejected.reason() != Outcome.Reason.REQUEST_ID_REUSED) {
            return rejected.task() != null
                    ? rejected.task().version()
                    : rejected.lease() != null ? rejected.lease().version() : 0;
        }
        return 0;
    }

    /** Whether the record is the same after the operation as before it. */
    static boolean onlyLooks(Operation operation) {
        return operation.call() instanceof Operation.ReadTask
                || operation.call() instanceof Operation.ReadLease
                || (operation.answer() instanceof Operation.Came came && came.outcome() instanceof Outcome.Rejected);
    }

    /** Whether the answer tells all of what the record is right after the operation: what it is, or that it is not. */
    static boolean settles(Operation operation) {
        if (versionShown(operation) > 0 || !(operation.answer() instanceof Operation.Came came)) {
            return isKnown(operation);
        }
        // That of a repeated request tells of an earlier deletion, and the task may be there again.
        return came.outcome() instanceof Outcome.Deleted && requestId(operation) == null;
    }
}
