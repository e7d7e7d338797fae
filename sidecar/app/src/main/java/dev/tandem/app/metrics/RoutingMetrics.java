package dev.tandem.app.metrics;

import dev.tandem.migration.ShadowReads;
import dev.tandem.routing.Policies;
import io.micrometer.core.instrument.FunctionCounter;
import java.util.function.ToDoubleFunction;

/** How a sidecar with several stores gets on with policies that change. */
public final class RoutingMetrics {
    private RoutingMetrics() {}

    /** Shows them from now on; once. */
    public static void show(Metrics metrics, Policies policies) {
        FunctionCounter.builder("tandem.routing.fenced", policies, Policies::fencedCalls)
                .description(
                        "Calls that a store has sent back, as the namespace's policy was another by then; they were routed again")
                .register(metrics.registry());
        metrics.gauge(
                "tandem.routing.held.calls",
                "Calls that wait until the policy of their namespace is known, or its switch is over",
                policies::waitingCalls);
        metrics.gauge(
                "tandem.routing.moving.namespaces",
                "Namespaces that are known here and on their way from one store to another",
                policies::movingNamespaces);
    }

    /** Shows what lookups in the mirror have found. */
    public static void show(Metrics metrics, ShadowReads reads) {
        count(metrics, reads, "same", ShadowReads::same);
        count(metrics, reads, "in_flight", ShadowReads::inFlight);
        count(metrics, reads, "differing", ShadowReads::differing);
    }

    private static void count(Metrics metrics, ShadowReads reads, String result, ToDoubleFunction<ShadowReads> value) {
        FunctionCounter.builder("tandem.shadow.reads", reads, value)
                .description(
                        "Lookups that were made in the mirror, too: the same there, differing as it was on its way, or really differing")
                .tag("result", result)
                .register(metrics.registry());
    }
}
