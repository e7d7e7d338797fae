package dev.tandem.store.raft;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.task.Outcome;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What several groups answered to the parts of one command. */
final class GroupAnswers {
    private GroupAnswers() {}

    /**
     * As one outcome. Fails if one of them did, when all have ended: as MAYBE_APPLIED, if another has changed something; else with
     * the {@link #worse} failure of two.
     *
     * @param isChange whether something was changed with this outcome
     */
    static Future<Outcome> joined(
            ContextInternal context,
            List<Future<Outcome>> parts,
            Predicate<Outcome> isChange,
            Function<List<Outcome>, Outcome> sum) {
        return Future.join(parts).transform(ended -> {
            List<Outcome> outcomes =
                    parts.stream().filter(Future::succeeded).map(Future::result).toList();
            StoreException failure = null;
            for (Future<Outcome> part : parts) {
                failure = part.failed() ? worse(failure, (StoreException) part.cause()) : failure;
            }
            if (failure == null) {
                return context.succeededFuture(sum.apply(outcomes));
            }
            boolean isPartial = failure.kind() != FailureKind.MAYBE_APPLIED
                    && outcomes.stream().anyMatch(isChange);
            return context.failedFuture(
                    isPartial
                            ? new StoreException(
                                    FailureKind.MAYBE_APPLIED,
                                    "one group did not take its part, and others did: " + failure.getMessage(),
                                    failure)
                            : failure);
        });
    }

    /** Of two failures, the one that says most: that something may have been applied, or that the caller goes by an old policy. */
    static StoreException worse(@Nullable StoreException one, StoreException other) {
        return one != null && rank(one) >= rank(other) ? one : other;
    }

    private static int rank(StoreException failure) {
        return failure.kind() == FailureKind.MAYBE_APPLIED ? 2 : failure.kind() == FailureKind.FENCED ? 1 : 0;
    }
}
