package dev.tandem.store.raft.log;

import java.util.Arrays;

/** Where each entry of a log that was read begins: a segment, and a place in it. Indexes are consecutive. */
final class Positions {
    private static final int CAPACITY_MIN = 1024;

    private long[] places = new long[CAPACITY_MIN];
    private int size;
    private long first;

    boolean isEmpty() {
        return size == 0;
    }

    /** The lowest index that is known, if there is one. */
    long first() {
        return first;
    }

    long last() {
        return first + size - 1;
    }

    void add(long index, int segment, int at) {
        if (size == 0) {
            first = index;
        }
        if (size == places.length) {
            places = Arrays.copyOf(places, Math.multiplyExact(size, 2));
        }
        places[size++] = (long) segment << Integer.SIZE | at;
    }

    void truncate(long from) {
        size = (int) Math.max(0, Math.min(size, from - first));
    }

    /** Which of the segments that were read, counted from 0. */
    int segment(long index) {
        return (int) (places[(int) (index - first)] >>> Integer.SIZE);
    }

    int at(long index) {
        return (int) places[(int) (index - first)];
    }
}
