package dev.tandem.store.raft.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What is written to a segment between two flushes, in one piece: all of it counts, or none.
 *
 * <p>A frame is flushed before the next one is written. So a frame that a crash left half-written is the last thing in its
 * segment, and a broken frame with a sound one behind it is damage.
 *
 * <pre>
 * int magic | int length of the body | long number, rising by one | int CRC32C of salt, length, number and body | body
 * </pre>
 *
 * The salt is the segment's own and random, so that no payload can be taken for a frame.
 */
final class Frame {
    static final int MAGIC = 0x54444D46; // "TDMF"
    static final int HEADER_BYTES = 20;

    /** The longest body: what is read into memory at once. */
    static final int BODY_BYTES_MAX = 512 * 1024 * 1024;

    private static final int LENGTH_AT = 4;
    private static final int NUMBER_AT = 8;
    private static final int CRC_AT = 16;

    private Frame() {}

    /** Writes the header of a frame that fills {@code frame} from 0 to its position. */
    static void seal(ByteBuffer frame, long salt, long number) {
        int length = frame.position() - HEADER_BYTES;
        frame.putInt(0, MAGIC);
        frame.putInt(LENGTH_AT, length);
        frame.putLong(NUMBER_AT, number);
        frame.putInt(CRC_AT, crc(frame, salt, HEADER_BYTES + length));
    }

    /**
     * The whole length of the sound frame with the number {@code number} or, if {@code later}, a higher one, that begins at
     * {@code at}; -1 if there is none.
     */
    static int soundAt(ByteBuffer segment, int at, long salt, long number, boolean later) {
        if (segment.limit() - at < HEADER_BYTES || segment.getInt(at) != MAGIC) {
            return -1;
        }
        int length = segment.getInt(at + LENGTH_AT);
        long found = segment.getLong(at + NUMBER_AT);
        if (length < 0 || length > segment.limit() - at - HEADER_BYTES) {
            return -1;
        }
        if (later ? found < number : found != number) {
            return -1;
        }
        ByteBuffer frame = segment.slice(at, HEADER_BYTES + length);
        return frame.getInt(CRC_AT) == crc(frame, salt, HEADER_BYTES + length) ? HEADER_BYTES + length : -1;
    }

    private static int crc(ByteBuffer frame, long salt, int end) {
        CRC32C crc = new CRC32C();
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (salt >>> shift));
        }
        crc.update(frame.duplicate().position(LENGTH_AT).limit(CRC_AT));
        crc.update(frame.duplicate().position(HEADER_BYTES).limit(end));
        return (int) crc.getValue();
    }
}
