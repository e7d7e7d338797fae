package dev.tandem.app.cli;

import dev.tandem.routing.Phase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is waited for in a move.
 *
 * @param isReached says so of the move's status
 */
record MoveGoal(String name, Predicate<JsonObject> isReached) {
    static final MoveGoal OVER = new MoveGoal("its end", status -> status.getBoolean("is_over"));
    static final MoveGoal COPIED = new MoveGoal("copied", status -> isEnded(MoveText.copied(status)));
    static final MoveGoal VERIFIED =
            new MoveGoal("verified", status -> isEnded(MoveText.compared(status)) && MoveText.differing(status) == 0);

    /** Those to which a move comes while it is under way, in their order. */
    private static final List<Phase> PHASES =
            List.of(Phase.DUAL_WRITE, Phase.READ_NEWEST, Phase.READ_SWITCHED, Phase.WRITE_SWITCHED);

    private static boolean isEnded(@Nullable JsonObject walk) {
        return walk != null && walk.getLong("endedAt") > 0;
    }

    /** The goal of this name: a phase, which is also reached when the move is in one behind it, or copied, or verified. */
    static MoveGoal of(String name) {
        for (MoveGoal known : List.of(COPIED, VERIFIED)) {
            if (known.name.equals(name.toLowerCase(Locale.ROOT))) {
                return known;
            }
        }
        for (Phase phase : PHASES) {
            if (phase.name().equals(name.toUpperCase(Locale.ROOT))) {
                return new MoveGoal(
                        phase.name(), status -> PHASES.indexOf(MoveText.phase(status)) >= PHASES.indexOf(phase));
            }
        }
        throw new BadInput("--until must be copied, verified or one of " + PHASES + ", not \"" + name + "\"");
    }

    /** Why it will not be reached as things stand; null if it may be. */
    @Nullable
    String whyNever(String namespace, JsonObject status) {
        if (status.getBoolean("is_over")) {
            return "the move of " + namespace + " is over, and did not come to " + name;
        }
        JsonObject compared = MoveText.compared(status);
        if (!equals(VERIFIED) || !isEnded(MoveText.copied(status))) {
            return null;
        } else if (compared == null) {
            return "nobody has asked for the stores to be compared: `tandem migrate verify " + namespace + "` does";
        }
        return isEnded(compared)
                ? MoveText.differing(status) + " records differ: see `tandem migrate status " + namespace + "`"
                : null;
    }
}
