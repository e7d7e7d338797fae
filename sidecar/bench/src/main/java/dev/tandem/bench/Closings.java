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
    private boolean closedForGood;

    /** What comes after {@link #closeForGood} is closed at once. */
    synchronized void add(Closing closing) {
        if (closedForGood) {
            closing.close();
            throw new BenchException("the run has ended");
        }
        opened.push(closing);
    }

    /** For things that are closed earlier than the others, with {@link #closeAll}; or with these. */
    Closings inner() {
        Closings inner = new Closings();
        add(() -> {
            RuntimeException failure = inner.closeForGood();
            if (failure != null) {
                throw failure;
            }
        });
        return inner;
    }

    /** As {@link #closeAll}, because whoever goes on opening things is to end. */
    synchronized @Nullable RuntimeException closeForGood() {
        closedForGood = true;
        return closeAll();
    }

    synchronized boolean isClosedForGood() {
        return closedForGood;
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
