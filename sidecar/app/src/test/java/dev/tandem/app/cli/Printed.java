package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a command prints that runs in a thread of its own. */
final class Printed extends ByteArrayOutputStream {
    private static final long WAIT_SECONDS = 30;

    /** A terminal that prints there, and gives nothing to read. */
    static Terminal terminal(Printed out, Printed err, Map<String, String> environment, boolean isTerminal) {
        return new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new HashMap<>(environment),
                isTerminal);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        super.write(bytes, offset, length);
        notifyAll();
    }

    synchronized void until(String text) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!text().contains(text)) {
            long millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            assertThat(millis)
                    .as("time left to wait for \"%s\" in %s", text, this)
                    .isPositive();
            wait(millis);
        }
    }

    String text() {
        return toString(StandardCharsets.UTF_8);
    }
}
