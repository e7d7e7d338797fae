package dev.tandem.bench;

import dev.tandem.bench.Moved.Leg;
import dev.tandem.bench.Moved.Stretch;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** {@link MoveFigures} for people, and for programs. */
final class MigrateReport {
    private static final String ROW = "  %-18s %16s %16s %10s %10s %10s %26s %s%n";

    private MigrateReport() {}

    static void print(MoveFigures figures, PrintWriter out) {
        TextReport.begin(figures.circumstances(), out);
        out.printf(
                Locale.ROOT,
                "%,d tasks with a payload of %s were moved while %,.0f calls a second went on; rates and latencies are medians over the%n"
                        + "moves. Writes were switched there and back: the median and the longest time without an acknowledged write.%n%n",
                figures.plan().tasks(),
                Text.bytes(figures.plan().payloadBytes()),
                figures.plan().rate());
        out.printf(
                ROW,
                "move",
                "copied",
                "compared",
                "p99 rest",
                "copying",
                "comparing",
                "writes stood still",
                "switches");
        for (String label : figures.labels()) {
            double[] stops = figures.stops(label);
            out.printf(
                    ROW,
                    label,
                    rate(figures.median(label, leg -> leg.copied().perSecond())),
                    rate(figures.median(label, leg -> leg.compared().perSecond())),
                    p99(figures, label, Stretch.REST),
                    p99(figures, label, Stretch.COPYING),
                    p99(figures, label, Stretch.COMPARING),
                    Text.nanos(Results.median(stops)) + " (" + Text.nanos(MoveFigures.percentile(stops, 100)) + ")",
                    stops.length);
        }
        out.println();
        TextReport.printTargets(figures.targets(), out);
        figures.rounds().stream().filter(moved -> !moved.isGood()).forEach(moved -> printFaults(moved, out));
        out.flush();
    }

    private static String rate(double perSecond) {
        return Text.number(perSecond) + "/s";
    }

    private static String p99(MoveFigures figures, String label, Stretch stretch) {
        ToDoubleFunction<Leg> p99 = leg -> {
            Sample sample = leg.samples().get(stretch);
            return sample == null || sample.count() == 0 ? Double.NaN : sample.p99Nanos();
        };
        return Text.nanos(figures.median(label, p99));
    }

    private static void printFaults(Moved moved, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "A round was not as it has to be: %,d of %,d calls failed, %,d reads showed too little%n",
                moved.failed(),
                moved.calls(),
                moved.contradicted());
        if (moved.firstFailure() != null) {
            out.println("  the first: " + moved.firstFailure());
        }
        LedgerCheck.Found check = moved.check();
        if (check != null) {
            check.examples().forEach((fault, ids) -> out.println("  " + fault + ": " + String.join(", ", ids)));
        }
        if (moved.brokeOff() != null) {
            out.println("  it broke off: " + moved.brokeOff());
        }
    }

    static JsonObject json(MoveFigures figures) {
        JsonArray rounds = new JsonArray();
        figures.rounds().forEach(moved -> rounds.add(MoveReport.json(moved)));
        return JsonReport.begin(figures.circumstances())
                .put("plan", MoveReport.plan(figures.plan()))
                .put("rounds", rounds)
                .put("targets", JsonReport.targets(figures.targets()))
                .put("errors", figures.errors());
    }
}
