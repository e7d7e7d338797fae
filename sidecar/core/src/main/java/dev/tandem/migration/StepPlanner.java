package dev.tandem.migration;

import dev.tandem.migration.Migrations.Setting;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * Which step of a move leads where, from the policy as it is.
 *
 * @param stop how long writes may stand still where they are switched
 */
record StepPlanner(PolicySteps steps, String namespace, Policy policy, Duration limit, Duration stop) {

    /** The next one forwards. */
    PlannedStep next(int readPercent) {
        return switch (policy.phase()) {
            case SINGLE -> refused(namespace + " is in " + policy.source() + ": there is nothing to advance");
            case DUAL_WRITE -> to(Phase.READ_NEWEST);
            case READ_NEWEST -> switchReads(readPercent);
            case READ_SWITCHED -> policy.readsAllOnMirror() ? switchWrites() : raiseReads(readPercent);
            case WRITE_SWITCHED ->
                refused("the next step is the last one, behind which there is no way back: complete says it");
        };
    }

    /** One step back. */
    PlannedStep back() {
        return switch (policy.phase()) {
            case WRITE_SWITCHED -> switchWrites();
            case READ_SWITCHED -> to(Phase.READ_NEWEST);
            case READ_NEWEST -> to(Phase.DUAL_WRITE);
            case DUAL_WRITE, SINGLE -> refused("there is no step back from here: abort ends the move");
        };
    }

    /** The last step, in the target. */
    PlannedStep complete() {
        return policy.phase() == Phase.WRITE_SWITCHED ? single() : refused(whyNotEnded(Phase.WRITE_SWITCHED));
    }

    /** The last step, in the source. */
    PlannedStep abort() {
        return policy.phase() == Phase.DUAL_WRITE ? single() : refused(whyNotEnded(Phase.DUAL_WRITE));
    }

    private String whyNotEnded(Phase from) {
        return "the move of " + namespace + " is in " + policy.phase() + ", and can be ended so in " + from
                + ": take it there first";
    }

    /** The step to a phase that is next to this one, or another setting in the same. */
    PlannedStep to(Setting setting) {
        Phase to = setting.phase();
        if (setting.readPercent() != 0 && to != Phase.READ_SWITCHED) {
            return refused("a share of reads belongs to READ_SWITCHED, not to " + to);
        } else if (isOfOtherTarget(setting)) {
            return refused(namespace + " is on its way from " + policy.source() + " to " + policy.target() + ", and in "
                    + policy.phase() + ": no step from there leads to " + to + " with " + setting.target());
        } else if (to == policy.phase()) {
            return inTheSamePhase(setting);
        } else if (!policy.phase().isNextTo(to)) {
            return refused("from " + policy.phase() + " to " + to + " is more than one step: take them one by one");
        }
        Boolean mayLag = setting.mayLag();
        if (mayLag != null && mayLag != policy.mayLag()) {
            return refused(
                    "whether the target may lag is changed by itself: in a step before or behind the one to " + to);
        }
        return switch (to) {
            case SINGLE -> single();
            case DUAL_WRITE, READ_NEWEST -> to(to);
            case READ_SWITCHED ->
                policy.phase() == Phase.READ_NEWEST
                        ? switchReads(setting.readPercent() == 0 ? 100 : setting.readPercent())
                        : setting.readPercent() % 100 == 0
                                ? switchWrites()
                                : refused(
                                        "from WRITE_SWITCHED the way back leads to READ_SWITCHED with 100 % of the reads:"
                                                + " lower the share in the next step");
            case WRITE_SWITCHED -> switchWrites();
        };
    }

    /** In SINGLE it would be the store that has all, else the one that the move leads to. */
    private boolean isOfOtherTarget(Setting setting) {
        String wanted = setting.phase() == Phase.SINGLE ? policy.authority() : policy.target();
        return setting.target() != null && !setting.target().equals(wanted);
    }

    private PlannedStep inTheSamePhase(Setting setting) {
        Boolean wanted = setting.mayLag();
        boolean mayLag = wanted == null ? policy.mayLag() : wanted;
        int percent = setting.readPercent() == 0 ? policy.readPercent() : setting.readPercent();
        if (percent != 0 && isNoShare(percent)) {
            return refused(noShare(percent));
        } else if (percent == policy.readPercent() && mayLag == policy.mayLag()) {
            return refused(namespace + " is in " + PlannedStep.shown(policy) + " already: there is nothing to change");
        } else if (policy.phase() == Phase.SINGLE) {
            return refused(namespace + " is in " + policy.source() + " alone: there is no target that could lag");
        }
        String to = policy.phase()
                + (percent > 0 ? " " + percent + " %" : "")
                + (mayLag == policy.mayLag() ? "" : mayLag ? ", may lag" : ", may not lag");
        return percent > policy.readPercent()
                ? PlannedStep.forwards(policy, to, true, () -> steps.change(namespace, policy, percent, mayLag, limit))
                : PlannedStep.back(policy, to, () -> steps.change(namespace, policy, percent, mayLag, limit));
    }

    private static boolean isNoShare(int percent) {
        return percent < 1 || percent > 100;
    }

    private static String noShare(int percent) {
        return "a share of reads is from 1 to 100 percent, not " + percent;
    }

    private PlannedStep switchReads(int percent) {
        return isNoShare(percent)
                ? refused(noShare(percent))
                : PlannedStep.forwards(
                        policy,
                        Phase.READ_SWITCHED + " " + percent + " %",
                        true,
                        () -> steps.move(namespace, policy, Phase.READ_SWITCHED, percent, limit));
    }

    private PlannedStep raiseReads(int percent) {
        return percent <= policy.readPercent()
                ? refused(
                        policy.readPercent() + " % of the reads are switched already: the next step is a larger share")
                : switchReads(percent);
    }

    private PlannedStep to(Phase to) {
        boolean isForwards = to.compareTo(policy.phase()) > 0;
        return isForwards
                ? PlannedStep.forwards(policy, to.name(), false, () -> steps.move(namespace, policy, to, 0, limit))
                : PlannedStep.back(policy, to.name(), () -> steps.move(namespace, policy, to, 0, limit));
    }

    private PlannedStep switchWrites() {
        if (policy.phase() == Phase.WRITE_SWITCHED) {
            return PlannedStep.back(
                    policy, Phase.READ_SWITCHED + " 100 %", () -> steps.switchWrites(namespace, policy, stop));
        } else if (!policy.readsAllOnMirror()) {
            return refused("writes are switched when all reads are; of " + namespace + " it is " + policy.readPercent()
                    + " % of them: raise that to 100 first");
        }
        return PlannedStep.forwards(
                policy, Phase.WRITE_SWITCHED.name(), true, () -> steps.switchWrites(namespace, policy, stop));
    }

    private PlannedStep single() {
        boolean isCompleted = policy.phase() == Phase.WRITE_SWITCHED;
        String to = Phase.SINGLE + " in " + policy.authority();
        return (isCompleted
                        ? PlannedStep.forwards(policy, to, false, this::end)
                        : PlannedStep.back(policy, to, this::end))
                .thatIsLast();
    }

    private Future<Policy> end() {
        return steps.move(namespace, policy, Phase.SINGLE, 0, limit);
    }

    private PlannedStep refused(String why) {
        return PlannedStep.refused(policy, why);
    }
}
