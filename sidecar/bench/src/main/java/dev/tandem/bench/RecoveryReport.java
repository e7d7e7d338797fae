package dev.tandem.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A {@link Recovery} for people, and for programs. */
final class RecoveryReport {
    private RecoveryReport() {}

    static void print(Recovery recovery, PrintWriter out) {
        TextReport.begin(recovery.circumstances(), out);
        out.printf(
                Locale.ROOT,
                "Three store nodes with fsync, and a sidecar; %,.0f writes and as many reads a second. What happened to the node that%n"
                        + "led most groups, and the longest that a call took: the median over the rounds, and the range.%n%n",
                recovery.rate());
        String row = "  %-8s %-32s %-32s %-14s %s%n";
        out.printf(
                row, "fault", "writes stood still", "reads stood still", "failed calls", "the node ready again after");
        for (Fault fault : recovery.faults()) {
            long calls = (long) recovery.all(
                            fault,
                            round -> round.writes().count() + round.reads().count() + round.errors())
                    .sum();
            out.printf(
                    row,
                    fault.label(),
                    range(recovery, fault, round -> round.writes().maxNanos()),
                    range(recovery, fault, round -> round.reads().maxNanos()),
                    String.format(
                            Locale.ROOT,
                            "%.0f of %,d",
                            recovery.all(fault, Recovery.Round::errors).sum(),
                            calls),
                    range(recovery, fault, Recovery.Round::backNanos));
        }
        out.println();
        TextReport.printTargets(recovery.targets(), out);
        recovery.rounds().forEach(round -> {
            printError(round.fault(), "write", round.writes(), out);
            printError(round.fault(), "read", round.reads(), out);
        });
        out.flush();
    }

    private static String range(Recovery recovery, Fault fault, ToDoubleFunction<Recovery.Round> of) {
        return Text.nanos(recovery.median(fault, of)) + " ("
                + Text.nanos(recovery.all(fault, of).min().orElse(Double.NaN)) + " to "
                + Text.nanos(recovery.all(fault, of).max().orElse(Double.NaN)) + ")";
    }

    private static void printError(Fault fault, String what, Sample sample, PrintWriter out) {
        if (sample.errors() > 0) {
            out.printf(
                    Locale.ROOT,
                    "%s: %,d times a %s failed, the first: %s%n",
                    fault.label(),
                    sample.errors(),
                    what,
                    sample.firstError());
        }
    }

    static JsonObject json(Recovery recovery) {
        JsonArray rounds = new JsonArray();
        recovery.rounds()
                .forEach(round -> rounds.add(new JsonObject()
                        .put("fault", round.fault().label())
                        .put("writes", JsonReport.sample(round.writes()))
                        .put("reads", JsonReport.sample(round.reads()))
                        .put("back_nanos", round.backNanos())));
        return JsonReport.begin(recovery.circumstances())
                .put("rate", recovery.rate())
                .put("rounds", rounds)
                .put("targets", JsonReport.targets(recovery.targets()))
                .put("errors", recovery.errors());
    }
}
