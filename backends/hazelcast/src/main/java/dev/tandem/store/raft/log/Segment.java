package dev.tandem.store.raft.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of a group's log: a header, then frames.
 *
 * <pre>
 * long magic | int format | long number of the segment | long salt | long number of its first frame | int CRC32C of these
 * </pre>
 */
final class Segment {
    static final int FORMAT = 1;
    static final int HEADER_BYTES = 40;

    private static final String PREFIX = "log-";
    private static final long MAGIC = 0x54444D5F4C4F4731L; // "TDM_LOG1"
    private static final int FORMAT_AT = 8;
    private static final int CRC_AT = 36;

    final Path file;
    final long number;
    final long salt;
    final long firstFrame;

    /** The highest index of an entry in it. */
    long lastIndex;

    Segment(Path folder, long number, long salt, long firstFrame) {
        this.file = folder.resolve(String.format(Locale.ROOT, PREFIX + "%016d", number));
        this.number = number;
        this.salt = salt;
        this.firstFrame = firstFrame;
    }

    /** The number in a file's name, or -1 if it is not a segment's. */
    static long numberIn(String name) {
        if (!name.matches(PREFIX + "\\d{16}")) {
            return -1;
        }
        return Long.parseLong(name.substring(PREFIX.length()));
    }

    ByteBuffer header() {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putLong(MAGIC).putInt(FORMAT).putLong(number).putLong(salt).putLong(firstFrame);
        return header.putInt(crc(header)).flip();
    }

    /**
     * The segment whose file was read into {@code bytes}; null if its header is not whole.
     *
     * @throws DataFolderException if it is of a newer format
     */
    static @Nullable Segment of(Path folder, long number, ByteBuffer bytes) throws IOException {
        if (bytes.limit() < HEADER_BYTES || bytes.getLong(0) != MAGIC || bytes.getInt(CRC_AT) != crc(bytes)) {
            return null;
        }
        ByteBuffer header = bytes.duplicate().position(FORMAT_AT);
        int format = header.getInt();
        long found = header.getLong();
        Segment segment = new Segment(folder, number, header.getLong(), header.getLong());
        if (format > FORMAT) {
            throw new DataFolderException(segment.file + " has format " + format + "; this version knows " + FORMAT
                    + " at most. Start the version that wrote it, or a newer one");
        }
        return found == number ? segment : null;
    }

    private static int crc(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.duplicate().position(0).limit(CRC_AT));
        return (int) crc.getValue();
    }
}
