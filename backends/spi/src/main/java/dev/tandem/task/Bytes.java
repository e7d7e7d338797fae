package dev.tandem.task;

import java.util.Arrays;

/**
 * An immutable run of bytes with value equality: a task's payload or result.
 *
 * <p>It takes over the array that it is given and hands out the same one, so that no call on the hot path copies: who
 * passes an array in, or gets one out, does not write to it again.
 */
public final class Bytes {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] array;

    private Bytes(byte[] array) {
        this.array = array;
    }

    /** Takes over {@code array}, which the caller must not write to again. */
    public static Bytes of(byte[] array) {
        return array.length == 0 ? EMPTY : new Bytes(array);
    }

    /** The bytes themselves, not a copy: for reading only. */
    public byte[] array() {
        return array;
    }

    public int length() {
        return array.length;
    }

    public boolean isEmpty() {
        return array.length == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(array);
    }

    @Override
    public String toString() {
        return "Bytes[" + array.length + "]";
    }
}
