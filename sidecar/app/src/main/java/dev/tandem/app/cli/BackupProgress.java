package dev.tandem.app.cli;

import java.util.concurrent.TimeUnit;

/** Shows a person how far a backup has come, on stderr. */
final class BackupProgress {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Terminal terminal;
    private final boolean isShown;
    private final String what;
    private long bytes;
    private long nextNanos;

    /**
     * @param isShown whether it may be shown; it is only to a terminal
     * @param what is done
     */
    BackupProgress(Terminal terminal, boolean isShown, String what) {
        this.terminal = terminal;
        this.isShown = isShown && terminal.isTerminal();
        this.what = what;
        nextNanos = System.nanoTime() + PERIOD_NANOS;
    }

    void add(long more) {
        bytes += more;
        if (isShown && System.nanoTime() - nextNanos >= 0) {
            nextNanos = System.nanoTime() + PERIOD_NANOS;
            terminal.err().print("\r" + what + " " + BackupText.size(bytes) + "   ");
            terminal.err().flush();
        }
    }

    /** Takes the line away. */
    void end() {
        if (isShown) {
            terminal.err().print("\r\033[K");
            terminal.err().flush();
        }
    }

    long bytes() {
        return bytes;
    }
}
