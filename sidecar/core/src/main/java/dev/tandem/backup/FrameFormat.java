package dev.tandem.backup;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * How a backup is written.
 *
 * <p>A file is {@link #MAGIC}, the number of its format, and frames. A frame is the length of its body, the CRC-32C of its body, the CRC-32C of
 * these eight bytes, and the body: a byte for the frame's type, and what that type has. Numbers are big-endian, of 4 or 8 bytes;
 * texts are as {@link java.io.DataOutputStream#writeUTF} writes them; records as {@link dev.tandem.task.RecordCodec} does, with their length before
 * them. Changing any of it takes a new format number; the golden file in the tests holds every format ever written.
 */
final class FrameFormat {
    static final int FORMAT = 1;

    /** The most records of a frame: one {@link dev.tandem.task.Verb.Mirror} takes them all. */
    static final int RECORDS_MAX = 100;

    /** A frame of records ends with the one that comes to this many bytes. */
    static final int RECORDS_BYTES = 256 * 1024;

    /** The longest body: a record has a payload and a result of 16 MiB at most, and parts. */
    static final int BODY_BYTES_MAX = 64 * 1024 * 1024;

    static final int HEAD_BYTES = 3 * Integer.BYTES;

    private static final byte[] MAGIC = "TANDEMBK".getBytes(StandardCharsets.US_ASCII);
    static final int MAGIC_BYTES = MAGIC.length;

    private FrameFormat() {}

    /** What stands before the first frame. */
    static byte[] fileStart() {
        return ByteBuffer.allocate(MAGIC_BYTES + Integer.BYTES)
                .put(MAGIC)
                .putInt(FORMAT)
                .array();
    }

    static int checksum(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
