package dev.tandem.migration;

import dev.tandem.migration.Migration.Comparison;
import dev.tandem.store.CallOptions;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/** Mends differences one after the other. One that can't be mended keeps none of the others from it. */
final class Repairs {
    /** The most reasons that are told. */
    private static final int REASONS_MAX = 3;

    private final Verify verify;
    private final List<String> reasons = new ArrayList<>();
    private final List<String> broughtUp = new ArrayList<>();
    private int mended;

    Repairs(Verify verify) {
        this.verify = verify;
    }

    /** Why there is nothing to mend. */
    static List<String> whyNot(Migration migration) {
        Comparison verified = migration.verified();
        return verified == null || !verified.walk().isOver()
                ? List.of("there is no comparison that has ended: verify first")
                : List.of();
    }

    /** What came of it, in a sentence. Fails as a store does. */
    Future<String> of(List<Difference> differences, Supplier<CallOptions> options) {
        return next(new ArrayDeque<>(differences), options)
                .map(done -> mended + " of " + differences.size() + " differences mended"
                        + (broughtUp.isEmpty()
                                ? ""
                                : "; lost by the deciding store and taken from the other one: "
                                        + String.join(", ", broughtUp))
                        + (reasons.isEmpty() ? "" : "; others not: " + String.join("; ", reasons)));
    }

    private Future<Void> next(Deque<Difference> left, Supplier<CallOptions> options) {
        Difference next = left.poll();
        return next == null
                ? Future.succeededFuture()
                : verify.repair(next, options.get())
                        .transform((isBroughtUp, failure) -> {
                            if (failure == null) {
                                mended++;
                                if (Boolean.TRUE.equals(isBroughtUp)) {
                                    broughtUp.add(next.name().name());
                                }
                            } else if (!(failure instanceof StepRefused)) {
                                return Future.failedFuture(failure);
                            } else if (reasons.size() < REASONS_MAX) {
                                reasons.add(failure.getMessage());
                            }
                            return Future.<Void>succeededFuture();
                        })
                        .compose(done -> next(left, options));
    }
}
