package dev.tandem.task;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Grows an array of bytes by fields. Not safe for use by several threads. */
final class ByteWriter {
    private static final int FIRST_SIZE = 128;
    private static final VarHandle BIG_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** What each character of a UUID in its canonical form stands for; -1 for all others. */
    private static final byte[] HEX = hexDigits();

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
        BIG_ENDIAN.set(array, length, value);
        length += 8;
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
        int size = value.length();
        reserve(size + 1);
        if (size < 0x80) {
            array[length] = (byte) size;
            if (ascii(value, length + 1)) {
                length += size + 1;
                return;
            }
        }
        bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes at {@code at}, without moving on: most text is short and plain, and needs no array of its own then. */
    private boolean ascii(String value, int at) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                return false;
            }
            array[at + i] = (byte) c;
        }
        return true;
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
        if (value.length() != 36
                || value.charAt(8) != '-'
                || value.charAt(13) != '-'
                || value.charAt(18) != '-'
                || value.charAt(23) != '-') {
            return false;
        }
        long first = hex(value, 0, 8);
        long second = hex(value, 9, 13);
        long third = hex(value, 14, 18);
        long fourth = hex(value, 19, 23);
        long fifth = hex(value, 24, 36);
        if ((first | second | third | fourth | fifth) < 0) {
            return false;
        }
        u8(1);
        fixed64(first << 32 | second << 16 | third);
        fixed64(fourth << 48 | fifth);
        return true;
    }

    /** The number in up to fifteen hex digits; below 0 if one of them is none. */
    private static long hex(String value, int from, int to) {
        long number = 0;
        int all = 0;
        for (int i = from; i < to; i++) {
            char c = value.charAt(i);
            int digit = c < HEX.length ? HEX[c] : -1;
            all |= digit;
            number = number << 4 | digit;
        }
        return all < 0 ? -1 : number;
    }

    private static byte[] hexDigits() {
        byte[] digits = new byte['f' + 1];
        Arrays.fill(digits, (byte) -1);
        for (int i = 0; i < 16; i++) {
            digits["0123456789abcdef".charAt(i)] = (byte) i;
        }
        return digits;
    }

    private void reserve(int more) {
        if (array.length - length < more) {
            array = Arrays.copyOf(array, Math.max(array.length * 2, length + more));
        }
    }
}
