package dev.tandem.store.raft.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A small file that is replaced as a whole.
 *
 * <pre>
 * long magic | int format | int CRC32C of the value | value
 * </pre>
 */
final class ValueFile {
    static final int FORMAT = 1;

    private static final long MAGIC = 0x54444D56414C5545L; // "TDMVALUE"
    private static final int HEADER_BYTES = Long.BYTES + 2 * Integer.BYTES;
    private static final int BYTES_MAX = 16 * 1024 * 1024;

    private ValueFile() {}

    /** Writes the value, and returns when it is durable in the place of the one before. */
    static void write(Disk disk, Path file, byte[] value) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + SnapshotFile.UNFINISHED);
        disk.delete(unfinished);
        try (Disk.Appender out = disk.create(unfinished)) {
            ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + value.length);
            out.write(bytes.putLong(MAGIC)
                    .putInt(FORMAT)
                    .putInt(crc(value))
                    .put(value)
                    .flip());
            out.force();
        }
        disk.rename(unfinished, file);
        disk.syncFolder(parent(file));
    }

    /** @throws DataFolderException if it is damaged or newer */
    static byte[] read(Disk disk, Path file) throws IOException {
        try (Disk.Reader reader = disk.read(file)) {
            if (reader.length() < HEADER_BYTES || reader.length() > BYTES_MAX) {
                throw SnapshotFile.damaged(file, 0);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) reader.length());
            reader.read(bytes, 0);
            bytes.flip();
            if (bytes.limit() < HEADER_BYTES || bytes.getLong() != MAGIC) {
                throw SnapshotFile.damaged(file, 0);
            }
            int format = bytes.getInt();
            if (format > FORMAT) {
                throw new DataFolderException(file + " has format " + format + "; this version knows " + FORMAT
                        + " at most. Start the version that wrote it, or a newer one");
            }
            int crc = bytes.getInt();
            byte[] value = Arrays.copyOfRange(bytes.array(), HEADER_BYTES, bytes.limit());
            if (crc != crc(value)) {
                throw SnapshotFile.damaged(file, HEADER_BYTES);
            }
            return value;
        }
    }

    private static int crc(byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(value);
        return (int) crc.getValue();
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(file + " is in no folder");
        }
        return parent;
    }
}
