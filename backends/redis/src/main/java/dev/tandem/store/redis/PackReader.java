package dev.tandem.store.redis;

import dev.tandem.task.CodecException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads MessagePack values that the server's cmsgpack wrote: arrays, strings, whole numbers and booleans.
 *
 * <p>All methods throw {@link CodecException} on anything else, and at the end of the bytes.
 */
final class PackReader {
    private final byte[] bytes;
    private int at;

    PackReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Begins an array, and says how many values it has. */
    int array() {
        int type = next();
        if ((type & 0xf0) == 0x90) {
            return type & 0x0f;
        } else if (type == 0xdc) {
            return (int) big(2);
        }
        throw unexpected("an array", type);
    }

    void array(int size, String what) {
        int actual = array();
        if (actual != size) {
            throw new CodecException(what + " has " + actual + " values instead of " + size);
        }
    }

    long number() {
        int type = next();
        if (type < 0x80) {
            return type;
        } else if (type >= 0xe0) {
            return (byte) type;
        }
        return switch (type) {
            case 0xcc -> big(1);
            case 0xcd -> big(2);
            case 0xce -> big(4);
            case 0xcf, 0xd3 -> big(8);
            case 0xd0 -> (byte) big(1);
            case 0xd1 -> (short) big(2);
            case 0xd2 -> (int) big(4);
            default -> throw unexpected("a whole number", type);
        };
    }

    int smallNumber() {
        long value = number();
        if (value != (int) value) {
            throw new CodecException("the number " + value + " is too large");
        }
        return (int) value;
    }

    String text() {
        int size = stringSize();
        String text = new String(bytes, at, size, StandardCharsets.UTF_8);
        at += size;
        return text;
    }

    byte[] bytes() {
        int size = stringSize();
        at += size;
        return Arrays.copyOfRange(bytes, at - size, at);
    }

    /** Whether the next value is false, which stands for none; it is read if it is. */
    boolean isNone() {
        if (at < bytes.length && bytes[at] == (byte) 0xc2) {
            at++;
            return true;
        }
        return false;
    }

    void end() {
        if (at != bytes.length) {
            throw new CodecException((bytes.length - at) + " bytes too many");
        }
    }

    private int stringSize() {
        int type = next();
        long size;
        if ((type & 0xe0) == 0xa0) {
            size = type & 0x1f;
        } else if (type == 0xd9) {
            size = big(1);
        } else if (type == 0xda) {
            size = big(2);
        } else if (type == 0xdb) {
            size = big(4);
        } else {
            throw unexpected("a string", type);
        }
        if (size > bytes.length - at) {
            throw new CodecException("the bytes end within a string");
        }
        return (int) size;
    }

    private int next() {
        if (at >= bytes.length) {
            throw new CodecException("the bytes end too early");
        }
        return bytes[at++] & 0xff;
    }

    private long big(int size) {
        if (size > bytes.length - at) {
            throw new CodecException("the bytes end within a number");
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = (value << 8) | (bytes[at++] & 0xff);
        }
        return value;
    }

    private static CodecException unexpected(String wanted, int type) {
        return new CodecException("there is no " + wanted + " where one should be, but a value of type " + type);
    }
}
