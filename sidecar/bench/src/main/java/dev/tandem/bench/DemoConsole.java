package dev.tandem.bench;

import dev.tandem.bench.Moved.Leg;
import dev.tandem.bench.Moved.Stretch;
import dev.tandem.bench.Moved.Walk;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows a {@link MoveRun} to somebody who looks on: a line for each event, and beneath them, on a terminal, a few lines that are drawn again and again; elsewhere
 * a line of figures now and then.
 */
final class DemoConsole implements MoveListener {
    private static final int BAR = 30;

    /** How often figures are told where they can't be drawn again. */
    private static final int MOMENTS_A_LINE = 8;

    /** The most calls whose latencies are told one by one. */
    private static final int HELD_MAX = 12;

    private final PrintWriter out;
    private final boolean terminal;
    private final String namespace;
    private List<String> drawn = List.of();
    private int moments;
    private @Nullable String phase;

    DemoConsole(PrintWriter out, boolean terminal, String namespace) {
        this.out = out;
        this.terminal = terminal;
        this.namespace = namespace;
    }

    private void say(String format, Object... values) {
        List<String> below = drawn;
        erase();
        out.println(String.format(Locale.ROOT, format, values));
        draw(below);
    }

    private void erase() {
        if (!drawn.isEmpty()) {
            // Up to the first of them, and clear from there.
            out.print("\u001b[" + drawn.size() + "A\u001b[J");
            drawn = List.of();
        }
    }

    private void draw(List<String> lines) {
        lines.forEach(out::println);
        drawn = lines;
        out.flush();
    }

    @Override
    public void started(MovePlace place) {
        SidecarProcess first = place.sidecars().get(0);
        say("");
        say(
                "%s serve, with %s. An operator would type what comes after each $, with",
                place.sidecars().stream()
                        .map(sidecar -> "127.0.0.1:" + sidecar.address().port())
                        .collect(Collectors.joining(" and ")),
                "two stores each");
        say("  --admin 127.0.0.1:%d --token-file %s", first.adminPort(), place.tokenFile());
        say("Try `tandem migrate watch %s` with these in a second terminal.", namespace);
        say("");
    }

    @Override
    public void filled(int tasks, long nanos) {
        say("%,d tasks created in %s.", tasks, Text.nanos(nanos));
    }

    @Override
    public void step(String command, String meaning) {
        say("");
        say("$ %s", command);
        say("    %s", meaning);
        moments = 0;
    }

    @Override
    public void refused(String why) {
        say("    not yet: %s", why);
    }

    @Override
    public void moment(Moment moment) {
        Operator.Status move = moment.move();
        phase = move == null ? null : move.phase();
        if (terminal) {
            erase();
            draw(block(moment));
        } else if (moment.recent().count() > 0 && moments++ % MOMENTS_A_LINE == 0) {
            say("  %s", String.join("; ", lines(moment)));
        }
    }

    private static List<String> block(Moment moment) {
        List<String> block = new ArrayList<>(List.of(""));
        lines(moment).forEach(line -> block.add("  " + line));
        return block;
    }

    /** What there is to tell at this moment. */
    static List<String> lines(Moment moment) {
        List<String> lines = new ArrayList<>();
        Operator.Status move = moment.move();
        Sample recent = moment.recent();
        lines.add(String.format(
                Locale.ROOT,
                "%-14s %,.0f calls/s  p50 %s  p99 %s  failed %,d of %,d",
                move == null ? "SINGLE" : move.phase(),
                recent.throughput(),
                Text.nanos(recent.p50Nanos()),
                Text.nanos(recent.p99Nanos()),
                moment.failed(),
                moment.calls()));
        if (move != null && move.phase().equals("DUAL_WRITE")) {
            boolean isCopying = !move.isCopied();
            lines.add(walk(
                    "copied", move.isCopied() ? move.copyTotal() : move.copied(), move.copyTotal(), move, isCopying));
            if (move.compareTotal() > 0) {
                lines.add(walk("compared", move.compared(), move.compareTotal(), move, !move.isCompared()));
            }
        }
        return lines;
    }

    private static String walk(String what, long done, long total, Operator.Status move, boolean isUnderWay) {
        int full = total == 0 ? 0 : (int) (BAR * Math.min(done, total) / total);
        String rate = !isUnderWay || move.ratePerSecond() <= 0
                ? ""
                : String.format(Locale.ROOT, "  %,.0f/s", move.ratePerSecond());
        String left = !isUnderWay || move.secondsLeft() == null
                ? ""
                : String.format(Locale.ROOT, "  %.0f s left", move.secondsLeft());
        return String.format(
                Locale.ROOT,
                "%-14s [%s%s] %,d of %,d%s%s",
                what,
                "#".repeat(full),
                "-".repeat(BAR - full),
                done,
                total,
                rate,
                left);
    }

    @Override
    public void copied(Walk walk) {
        say("    copied %,d records in %s: %,.0f a second", walk.records(), Text.nanos(walk.nanos()), walk.perSecond());
    }

    @Override
    public void compared(Walk walk, long inFlight, long differing) {
        say(
                "    compared %,d records in %s: %,.0f a second; %,d differ (%,d were on their way, and alike at a second look)",
                walk.records(), Text.nanos(walk.nanos()), walk.perSecond(), differing, inFlight);
    }

    @Override
    public void switched(WriteStop stop) {
        say(
                "    no write was acknowledged for %s, the longest while the step was taken; under way then: %s",
                Text.nanos(stop.gapNanos()), stop.held().isEmpty() ? "nothing" : held(stop.held()));
    }

    private static String held(List<WriteStop.Held> held) {
        String first = held.stream()
                .limit(HELD_MAX)
                .map(call -> call.kind().name().toLowerCase(Locale.ROOT) + " " + Text.nanos(call.nanos()))
                .collect(Collectors.joining(", "));
        return held.size() <= HELD_MAX ? first : first + ", and " + (held.size() - HELD_MAX) + " more";
    }

    @Override
    public void moved(Leg leg) {
        phase = null;
        say("");
        say("%s is in %s. The calls meanwhile:", namespace, leg.to().label());
        for (Stretch stretch : Stretch.values()) {
            Sample sample = leg.samples().get(stretch);
            if (sample != null) {
                say(
                        "  %-22s %,6d calls  p50 %8s  p99 %8s  longest %8s",
                        stretch.label(),
                        sample.count(),
                        Text.nanos(sample.p50Nanos()),
                        Text.nanos(sample.p99Nanos()),
                        Text.nanos(sample.maxNanos()));
            }
        }
    }

    @Override
    public void checking(long tasks) {
        drawn = forgotten();
        say("");
        say("Reading all %,d tasks that a call was acknowledged for, and comparing ...", tasks);
    }

    /** What was drawn last is over. */
    private List<String> forgotten() {
        erase();
        return List.of();
    }

    /** The last lines. */
    void end(Moved moved) {
        drawn = forgotten();
        LedgerCheck.Found check = moved.check();
        say("%,d calls, %,d failed.", moved.calls(), moved.failed());
        if (moved.contradicted() > 0) {
            say("%,d reads have shown less than was acknowledged before.", moved.contradicted());
        }
        if (moved.firstFailure() != null) {
            say("The first: %s", moved.firstFailure());
        }
        if (check != null) {
            say("%,d tasks compared, %,d lost or brought back.", check.tasks(), check.lost());
            check.examples().forEach((fault, ids) -> say("  %s: %s", fault, String.join(", ", ids)));
        }
        if (moved.brokeOff() != null) {
            say("It did not come to its end%s: %s", phase == null ? "" : ", in " + phase, moved.brokeOff());
        }
        say("%s, in %s.", moved.isGood() ? "All is well" : "Something went wrong", Text.nanos(moved.tookNanos()));
    }
}
