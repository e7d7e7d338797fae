package dev.tandem.store.sqlite;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The calls that wait for a thread of the store, first in, first out, bounded in number and in bytes. Safe for use by
 * several threads; nobody holds its lock for longer than it takes to move references.
 */
final class CallQueue<Q, R> {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<Call<Q, R>> waiting = new ArrayDeque<>();
    private final int callsMax;
    private final long bytesMax;
    private long bytes;
    private int takers;
    private boolean closed;

    enum Offer {
        TAKEN,
        FULL,
        CLOSED
    }

    CallQueue(int callsMax, long bytesMax) {
        this.callsMax = callsMax;
        this.bytesMax = bytesMax;
    }

    /** Takes the call in, if there is room. One call is taken whatever its size, so that none is refused for ever. */
    Offer offer(Call<Q, R> call) {
        lock.lock();
        try {
            if (closed) {
                return Offer.CLOSED;
            }
            if (waiting.size() >= callsMax || (bytes + call.bytes() > bytesMax && !waiting.isEmpty())) {
                return Offer.FULL;
            }
            waiting.add(call);
            bytes += call.bytes();
            if (takers > 0) {
                arrived.signal();
            }
            return Offer.TAKEN;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for a call and takes it, with those right behind it that may go together with others, up to {@code max}.
     *
     * @return false once the queue is closed and empty
     */
    boolean take(List<Call<Q, R>> into, int max, Predicate<Q> together) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty()) {
                if (closed) {
                    return false;
                }
                takers++;
                try {
                    arrived.await();
                } finally {
                    takers--;
                }
            }
            Call<Q, R> first = waiting.remove();
            into.add(first);
            bytes -= first.bytes();
            if (together.test(first.asked())) {
                takeMore(into, max, together);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void takeMore(List<Call<Q, R>> into, int max, Predicate<Q> together) {
        Call<Q, R> next = waiting.peek();
        while (next != null && into.size() < max && together.test(next.asked())) {
            waiting.remove();
            into.add(next);
            bytes -= next.bytes();
            next = waiting.peek();
        }
    }

    /** Takes nothing more in; what waits may still be taken out. */
    void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes all that waits, at once. */
    void drain(List<Call<Q, R>> into) {
        lock.lock();
        try {
            into.addAll(waiting);
            waiting.clear();
            bytes = 0;
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }
}
