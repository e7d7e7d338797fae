package dev.tandem.store.raft.log;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** Which term each entry of a log has, as runs: there are few of them. */
final class TermRuns {
    private record Run(long from, int term) {}

    /** The newest first. */
    private final Deque<Run> runs = new ArrayDeque<>();

    void append(long index, int term) {
        Run newest = runs.peekFirst();
        if (newest == null || newest.term != term) {
            runs.addFirst(new Run(index, term));
        }
    }

    void truncate(long from) {
        while (!runs.isEmpty() && runs.getFirst().from >= from) {
            runs.removeFirst();
        }
    }

    /** Forgets all, and begins behind the entry at {@code index}. */
    void restart(long index, int term) {
        runs.clear();
        runs.addFirst(new Run(index, term));
    }

    /** Forgets what is only of use below {@code index}. */
    void forgetBefore(long index) {
        while (runs.size() > 1) {
            Run oldest = runs.removeLast();
            if (runs.getLast().from > index) {
                runs.addLast(oldest);
                return;
            }
        }
    }

    /** The term of the entry at {@code index}, which is not behind the last one; -1 if it is not known any more. */
    int at(long index) {
        Iterator<Run> newestFirst = runs.iterator();
        while (newestFirst.hasNext()) {
            Run run = newestFirst.next();
            if (run.from <= index) {
                return run.term;
            }
        }
        return -1;
    }
}
