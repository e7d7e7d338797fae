package dev.tandem.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes MessagePack values that the server's cmsgpack reads. A buffer for one message; not for several threads. */
final class PackWriter {
    /** The largest whole number that Lua keeps exactly. */
    static final long NUMBER_MAX = 1L << 53;

    private byte[] bytes;
    private int length;

    PackWriter(int sizeGuess) {
        this.bytes = new byte[Math.max(32, sizeGuess)];
    }

    /** Begins an array of this many values. */
    PackWriter array(int size) {
        if (size < 16) {
            put(0x90 | size);
        } else {
            put(0xdc);
            putBig(size, 2);
        }
        return this;
    }

    /** @throws IllegalArgumentException for a number that Lua can't keep exactly */
    PackWriter number(long value) {
        if (value > NUMBER_MAX || value < -NUMBER_MAX) {
            throw new IllegalArgumentException("the number " + value + " is beyond 2^53");
        }
        if (value >= 0 && value < 128) {
            put((int) value);
        } else if (value >= 0 && value <= 0xffff) {
            put(0xcd);
            putBig(value, 2);
        } else if (value >= 0 && value <= 0xffff_ffffL) {
            put(0xce);
            putBig(value, 4);
        } else {
            put(0xd3);
            putBig(value, 8);
        }
        return this;
    }

    /** A version or token: one that no store ever gives stays one that none ever gives. */
    PackWriter version(long value) {
        return number(Math.max(-1, Math.min(value, NUMBER_MAX)));
    }

    PackWriter bool(boolean value) {
        put(value ? 0xc3 : 0xc2);
        return this;
    }

    /** A number of so many bytes, the highest first, and nothing that says so. */
    PackWriter fixed(long value, int size) {
        putBig(value, size);
        return this;
    }

    /** Letters of one byte each, and nothing that says how many. */
    PackWriter ascii(String value) {
        ensure(value.length());
        for (int i = 0; i < value.length(); i++) {
            bytes[length++] = (byte) value.charAt(i);
        }
        return this;
    }

    PackWriter text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    PackWriter bytes(byte[] value) {
        stringHeader(value.length);
        return raw(value);
    }

    /** A letter and then a name, as one string: the field of a record. */
    PackWriter field(char letter, String name) {
        byte[] value = name.getBytes(StandardCharsets.UTF_8);
        stringHeader(value.length + 1);
        put(letter);
        return raw(value);
    }

    /** Bytes, and nothing that says how many. */
    PackWriter raw(byte[] value) {
        ensure(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    private void stringHeader(int size) {
        if (size < 32) {
            put(0xa0 | size);
        } else if (size < 256) {
            put(0xd9);
            put(size);
        } else if (size < 65536) {
            put(0xda);
            putBig(size, 2);
        } else {
            put(0xdb);
            putBig(size, 4);
        }
    }

    private void put(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
    }

    private void putBig(long value, int size) {
        ensure(size);
        for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (value >>> shift);
        }
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    byte[] toArray() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
