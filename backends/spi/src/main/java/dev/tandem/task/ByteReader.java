package dev.tandem.task;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ByteWriter} wrote; anything else is a {@link CodecException}, never another exception. */
final class ByteReader {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    /**
     * Names that were read before, each at a place by its bytes. Any thread puts its own there: a string can't be seen
     * half made, and that one takes another's place is no harm.
     */
    private static final @Nullable String[] NAMES = new String[1024];

    private final byte[] array;
    private int position;

    ByteReader(byte[] array) {
        this.array = array;
    }

    /** Checks the two bytes that everything stored begins with. */
    ByteReader expect(int type, int format, String what) {
        if (array.length < 2 || (array[0] & 0xff) != type) {
            throw new CodecException("not " + what);
        }
        int found = array[1] & 0xff;
        if (found != format) {
            throw new CodecException(what + " is in format " + found + "; this version reads format " + format);
        }
        position = 2;
        return this;
    }

    void end() {
        if (position != array.length) {
            throw new CodecException((array.length - position) + " bytes too many");
        }
    }

    int u8() {
        if (position >= array.length) {
            throw new CodecException("ends too early");
        }
        return array[position++] & 0xff;
    }

    boolean bool() {
        int value = u8();
        if (value > 1) {
            throw new CodecException("a flag is " + value);
        }
        return value == 1;
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = u8();
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new CodecException("a number is too long");
    }

    int intVarint() {
        long value = varint();
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new CodecException("a number is out of range: " + value);
        }
        return (int) value;
    }

    long zigzag() {
        long value = varint();
        return (value >>> 1) ^ -(value & 1);
    }

    int intZigzag() {
        long value = zigzag();
        if (value != (int) value) {
            throw new CodecException("a number is out of range: " + value);
        }
        return (int) value;
    }

    long fixed64() {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | (array[position++] & 0xff);
        }
        return value;
    }

    /** A count of things that take a byte each at least, so that no garbage makes us reserve much. */
    int count() {
        int count = intVarint();
        need(count);
        return count;
    }

    Bytes bytes() {
        int size = count();
        byte[] bytes = new byte[size];
        System.arraycopy(array, position, bytes, 0, size);
        position += size;
        return Bytes.of(bytes);
    }

    String string() {
        return text(count());
    }

    /** A text that many records have in common, such as a queue: one string for all of them, most of the time. */
    String name() {
        int size = count();
        int hash = size;
        for (int i = 0; i < size; i++) {
            hash = 31 * hash + array[position + i];
        }
        int place = Math.floorMod(hash * 0x9E37_79B9, NAMES.length);
        String known = NAMES[place];
        if (known != null && isNext(known, size)) {
            position += size;
            return known;
        }
        String name = text(size);
        if (size <= Limits.NAME_LENGTH_MAX) {
            NAMES[place] = name;
        }
        return name;
    }

    /** Whether the next bytes are those of a text; of one with letters that take several bytes, false. */
    private boolean isNext(String text, int size) {
        if (text.length() != size) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (array[position + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    String id() {
        long head = varint();
        if (head == 1) {
            need(16);
            byte[] text = new byte[36];
            for (int i = 0; i < 36; i++) {
                if (i == 8 || i == 13 || i == 18 || i == 23) {
                    text[i] = '-';
                } else {
                    int octet = array[position++] & 0xff;
                    text[i++] = HEX[octet >>> 4];
                    text[i] = HEX[octet & 0xf];
                }
            }
            return new String(text, StandardCharsets.ISO_8859_1);
        }
        long size = head >>> 1;
        if ((head & 1) != 0 || size > array.length - position) {
            throw new CodecException("an id is damaged");
        }
        return text((int) size);
    }

    private String text(int size) {
        String text = new String(array, position, size, StandardCharsets.UTF_8);
        position += size;
        return text;
    }

    private void need(int size) {
        if (size > array.length - position) {
            throw new CodecException("ends too early");
        }
    }
}
