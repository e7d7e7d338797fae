package dev.tandem.bench;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What a run has opened, to be closed in the reverse order. Safe for use by several threads. */
final class Closings {
    /** Closes one thing. */
    interface Closing {
        void close();
    }

    private final Deque<Closing> opened = new ArrayDeque<>();

    synchronized void add(Closing closing) {
        opened.push(closing);
    }

    /**
     * Closes all of them, whatever becomes of each.
     *
     * @return the last failure; null if there was none
     */
    synchronized @Nullable RuntimeException closeAll() {
        @Nullable RuntimeException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        return failure;
    }
}
