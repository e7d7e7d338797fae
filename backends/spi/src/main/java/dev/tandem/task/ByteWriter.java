package dev.tandem.task;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Grows an array of bytes by fields. Not safe for use by several threads. */
final class ByteWriter {
    private static final int FIRST_SIZE = 128;

    private byte[] array;
    private int length;

    ByteWriter(int expected) {
        array = new byte[Math.max(FIRST_SIZE, expected)];
    }

    byte[] toArray() {
        return array.length == length ? array : Arrays.copyOf(array, length);
    }

    void u8(int value) {
        reserve(1);
        array[length++] = (byte) value;
    }

    void bool(boolean value) {
        u8(value ? 1 : 0);
    }

    /** Seven bits a byte, lowest first; a negative value takes ten bytes. */
    void varint(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            array[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        array[length++] = (byte) rest;
    }

    /** A number that may be below 0, small in either direction. */
    void zigzag(long value) {
        varint((value << 1) ^ (value >> 63));
    }

    void fixed64(long value) {
        reserve(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            array[length++] = (byte) (value >>> shift);
        }
    }

    void bytes(byte[] value) {
        varint(value.length);
        reserve(value.length);
        System.arraycopy(value, 0, array, length, value.length);
        length += value.length;
    }

    void bytes(Bytes value) {
        bytes(value.array());
    }

    void string(String value) {
        bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * An id: a UUID in its canonical form takes 17 bytes instead of 37. The lowest bit of the first number tells the two
     * apart.
     */
    void id(String value) {
        if (!uuid(value)) {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            varint((long) utf8.length << 1);
            reserve(utf8.length);
            System.arraycopy(utf8, 0, array, length, utf8.length);
            length += utf8.length;
        }
    }

    private boolean uuid(String value) {
        if (value.length() != 36) {
            return false;
        }
        long high = 0;
        long low = 0;
        for (int i = 0, digits = 0; i < 36; i++) {
            char c = value.charAt(i);
            if (i == 8 || i == 13 || i == 18 || i == 23) {
                if (c != '-') {
                    return false;
                }
                continue;
            }
            int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
            if (digit < 0) {
                return false;
            }
            if (digits++ < 16) {
                high = high << 4 | digit;
            } else {
                low = low << 4 | digit;
            }
        }
        u8(1);
        fixed64(high);
        fixed64(low);
        return true;
    }

    private void reserve(int more) {
        if (array.length - length < more) {
            array = Arrays.copyOf(array, Math.max(array.length * 2, length + more));
        }
    }
}
