package dev.tandem.bench;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that one run of the benchmark found.
 *
 * @param store of a sidecar of its own, and of the direct calls
 * @param footprint null if the benchmark did not start the sidecar itself
 * @param costs null if no Redis was measured, or not by a sidecar of our own
 * @param scale null if it was not asked for
 */
record Report(
        Circumstances circumstances,
        Backend.Kind store,
        Plan plan,
        Results results,
        @Nullable Footprint footprint,
        @Nullable ServerCosts costs,
        @Nullable Scale scale) {
    List<Target> targets() {
        List<Target> targets = new ArrayList<>(Target.of(store, plan, results, footprint));
        targets.addAll(Target.ofServer(costs, scale));
        return targets;
    }

    /** Calls that did not do what was asked, in all that was measured. */
    long errors() {
        Sample load = footprint == null ? null : footprint.load();
        return results.errors() + (load == null ? 0 : load.errors()) + (scale == null ? 0 : scale.errors());
    }
}
