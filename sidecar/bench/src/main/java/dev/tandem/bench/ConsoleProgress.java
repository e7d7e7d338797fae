package dev.tandem.bench;

import java.io.PrintWriter;
import java.util.Locale;

/** Says on a terminal what is being measured, in one line that is written over; elsewhere says only the steps. */
final class ConsoleProgress implements Measurement.Progress {
    private static final int WIDTH = 78;

    private final PrintWriter err;
    private final boolean terminal;
    private final long startNanos = System.nanoTime();
    private boolean lineOpen;

    ConsoleProgress(PrintWriter err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    /** A step that is done once. */
    void step(String what) {
        end();
        err.println(what + " ...");
        err.flush();
    }

    @Override
    public void at(int pass, int passes, Way way, int inFlight, int payloadBytes) {
        if (!terminal) {
            return;
        }
        long seconds = (System.nanoTime() - startNanos) / 1_000_000_000;
        String line = String.format(
                Locale.ROOT,
                "pass %d of %d, %d s: %s, %d in flight, %s",
                pass + 1,
                passes,
                seconds,
                way.label(),
                inFlight,
                Text.bytes(payloadBytes));
        err.printf("\r%-" + WIDTH + "s", line);
        err.flush();
        lineOpen = true;
    }

    void end() {
        if (lineOpen) {
            err.printf("\r%-" + WIDTH + "s\r", "");
            err.flush();
            lineOpen = false;
        }
    }
}
