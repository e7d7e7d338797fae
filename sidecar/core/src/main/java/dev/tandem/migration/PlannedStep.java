package dev.tandem.migration;

import dev.tandem.routing.Policy;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;

/**
 * One step of a move: what it is, and how it is taken.
 *
 * @param what as it is kept and shown, such as {@code DUAL_WRITE -> READ_NEWEST}
 * @param isForwards whether nothing may stand in its way: steps back are taken when something is wrong
 * @param readsTarget whether it has callers read the target, so that records which are not copied would be missing
 * @param refusals why it can't be taken whatever the operator insists on, a sentence each
 * @param isLast whether the move is over then
 * @param take takes it; only if there are no refusals
 */
record PlannedStep(
        String what,
        boolean isForwards,
        boolean readsTarget,
        List<String> refusals,
        boolean isLast,
        Supplier<Future<Policy>> take) {

    static PlannedStep forwards(Policy from, String to, boolean readsTarget, Supplier<Future<Policy>> take) {
        return new PlannedStep(shown(from) + " -> " + to, true, readsTarget, List.of(), false, take);
    }

    static PlannedStep back(Policy from, String to, Supplier<Future<Policy>> take) {
        return new PlannedStep(shown(from) + " -> " + to, false, false, List.of(), false, take);
    }

    PlannedStep thatIsLast() {
        return new PlannedStep(what, isForwards, readsTarget, refusals, true, take);
    }

    static PlannedStep refused(Policy from, String why) {
        return new PlannedStep(
                shown(from) + " -> " + shown(from),
                false,
                false,
                List.of(why),
                false,
                () -> Future.failedFuture(new StepRefused(why)));
    }

    static String shown(Policy policy) {
        return policy.phase() + (policy.readPercent() > 0 ? " " + policy.readPercent() + " %" : "");
    }
}
