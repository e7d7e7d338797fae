package dev.tandem.store.raft.log;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * A group's state at one index, in a file that is whole or does not exist: it is written under another name, made durable and
 * then renamed.
 *
 * <pre>
 * long magic | int format | long index | int term | int length of members | members | int CRC32C of these
 * int length | int CRC32C of the number of the chunk and the chunk | chunk     and so on
 * 0          | int CRC32C of the number of the chunk                           the end
 * </pre>
 */
final class SnapshotFile {
    static final int FORMAT = 1;

    /** The suffix of a file that was not finished. */
    static final String UNFINISHED = ".tmp";

    /** What the name of one says, before the suffix, that another member has sent. */
    private static final String RECEIVED = ".received";

    private static final String PREFIX = "snapshot-";
    private static final long MAGIC = 0x54444D534E415031L; // "TDMSNAP1"
    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int CHUNKS_UNTIL_FORCED = 64;
    private static final int CHUNK_HEADER_BYTES = 2 * Integer.BYTES;
    private static final int FIXED_BYTES = 2 * Long.BYTES + 3 * Integer.BYTES;
    private static final int MEMBERS_BYTES_MAX = 1024 * 1024;

    private SnapshotFile() {}

    static Path at(Path folder, long index) {
        return folder.resolve(String.format(Locale.ROOT, PREFIX + "%019d", index));
    }

    /** The index in a file's name, or -1 if it is not a snapshot's. */
    static long indexIn(String name) {
        if (!name.matches(PREFIX + "\\d{19}")) {
            return -1;
        }
        return Long.parseLong(name.substring(PREFIX.length()));
    }

    /** Writes a snapshot, and returns its length when it is durable under its name. */
    static long write(Disk disk, Path folder, Mark mark, SnapshotContent content) throws IOException {
        Path unfinished = unfinished(folder, mark, "");
        long length = writeTo(disk, unfinished, mark, content);
        finish(disk, folder, mark, unfinished);
        return length;
    }

    /** Writes a snapshot that another member has sent, so that {@link #useReceived} has little to do. */
    static long writeReceived(Disk disk, Path folder, Mark mark, SnapshotContent content) throws IOException {
        return writeTo(disk, unfinished(folder, mark, RECEIVED), mark, content);
    }

    /** Puts what was written in its place; durable on return. */
    static void useReceived(Disk disk, Path folder, Mark mark) throws IOException {
        finish(disk, folder, mark, unfinished(folder, mark, RECEIVED));
    }

    /** Deletes what was written, as it is not wanted. */
    static void deleteReceived(Disk disk, Path folder, Mark mark) throws IOException {
        disk.delete(unfinished(folder, mark, RECEIVED));
    }

    private static Path unfinished(Path folder, Mark mark, String kind) {
        return folder.resolve(at(folder, mark.index()).getFileName() + kind + UNFINISHED);
    }

    private static void finish(Disk disk, Path folder, Mark mark, Path unfinished) throws IOException {
        disk.rename(unfinished, at(folder, mark.index()));
        disk.syncFolder(folder);
    }

    private static long writeTo(Disk disk, Path unfinished, Mark mark, SnapshotContent content) throws IOException {
        disk.delete(unfinished);
        long length;
        try (Disk.Appender out = disk.create(unfinished)) {
            out.write(header(mark));
            try (ChunkOutput chunks = new ChunkOutput(out)) {
                content.writeTo(chunks);
            }
            out.force();
            length = out.length();
        }
        return length;
    }

    /** Reads the header, and leaves {@code from} behind it. */
    static Mark readMark(Path file, Input from) throws IOException {
        ByteBuffer fixed = from.take(FIXED_BYTES);
        if (fixed.getLong() != MAGIC) {
            throw damaged(file, 0);
        }
        int format = fixed.getInt();
        if (format > FORMAT) {
            throw new DataFolderException(file + " has format " + format + "; this version knows " + FORMAT
                    + " at most. Start the version that wrote it, or a newer one");
        }
        long index = fixed.getLong();
        int term = fixed.getInt();
        int length = fixed.getInt();
        if (length < 0 || length > MEMBERS_BYTES_MAX) {
            throw damaged(file, 0);
        }
        ByteBuffer rest = from.take(length + Integer.BYTES);
        byte[] members = new byte[length];
        rest.get(members);
        Mark mark = new Mark(index, term, members);
        if (rest.getInt() != header(mark).getInt(FIXED_BYTES + length)) {
            throw damaged(file, 0);
        }
        return mark;
    }

    private static ByteBuffer header(Mark mark) {
        ByteBuffer header = ByteBuffer.allocate(FIXED_BYTES + mark.members().length + Integer.BYTES);
        header.putLong(MAGIC).putInt(FORMAT).putLong(mark.index()).putInt(mark.term());
        header.putInt(mark.members().length).put(mark.members());
        CRC32C crc = new CRC32C();
        crc.update(header.duplicate().flip());
        return header.putInt((int) crc.getValue()).flip();
    }

    static DataFolderException damaged(Path file, long at) {
        return DataFolderException.damaged(file + " is damaged at byte " + at, null);
    }

    private static int crc(long number, byte[] chunk, int from, int length) {
        CRC32C crc = new CRC32C();
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (number >>> shift));
        }
        crc.update(chunk, from, length);
        return (int) crc.getValue();
    }

    /** Takes bytes from a file in turn, and refuses one that ends too early. */
    static final class Input {
        private final Path file;
        private final Disk.Reader reader;
        private long position;

        Input(Path file, Disk.Reader reader) {
            this.file = file;
            this.reader = reader;
        }

        ByteBuffer take(int bytes) throws IOException {
            if (reader.length() - position < bytes) {
                throw damaged(file, position);
            }
            ByteBuffer taken = ByteBuffer.allocate(bytes);
            reader.read(taken, position);
            if (taken.hasRemaining()) {
                throw damaged(file, position);
            }
            position += bytes;
            return taken.flip();
        }
    }

    private static final class ChunkOutput extends OutputStream {
        private final Disk.Appender out;
        private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK_HEADER_BYTES + CHUNK_BYTES);
        private long number;

        ChunkOutput(Disk.Appender out) {
            this.out = out;
            buffer.position(CHUNK_HEADER_BYTES);
        }

        @Override
        public void write(int b) throws IOException {
            if (!buffer.hasRemaining()) {
                writeChunk();
            }
            buffer.put((byte) b);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            int written = 0;
            while (written < length) {
                if (!buffer.hasRemaining()) {
                    writeChunk();
                }
                int piece = Math.min(buffer.remaining(), length - written);
                buffer.put(bytes, from + written, piece);
                written += piece;
            }
        }

        @Override
        public void close() throws IOException {
            if (buffer.position() > CHUNK_HEADER_BYTES) {
                writeChunk();
            }
            writeChunk();
        }

        private void writeChunk() throws IOException {
            int length = buffer.position() - CHUNK_HEADER_BYTES;
            buffer.putInt(0, length);
            buffer.putInt(Integer.BYTES, crc(number, buffer.array(), CHUNK_HEADER_BYTES, length));
            number++;
            out.write(buffer.flip());
            buffer.clear().position(CHUNK_HEADER_BYTES);
            // All at once at the end, it would keep the log's own flushes waiting for as long.
            if (number % CHUNKS_UNTIL_FORCED == 0) {
                out.force();
            }
        }
    }

    /** The content of a snapshot, each chunk checked before any of it is given out. */
    static final class ChunkInput extends InputStream {
        private final Path file;
        private final Disk.Reader reader;
        private final Input input;
        private ByteBuffer chunk = ByteBuffer.allocate(0);
        private long number;
        private boolean ended;

        ChunkInput(Path file, Disk.Reader reader, Input input) {
            this.file = file;
            this.reader = reader;
            this.input = input;
        }

        @Override
        public int read() throws IOException {
            return more() ? chunk.get() & 0xFF : -1;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!more()) {
                return -1;
            }
            int piece = Math.min(length, chunk.remaining());
            chunk.get(into, from, piece);
            return piece;
        }

        private boolean more() throws IOException {
            if (!chunk.hasRemaining() && !ended) {
                long at = input.position;
                ByteBuffer header = input.take(CHUNK_HEADER_BYTES);
                int length = header.getInt();
                if (length < 0 || length > CHUNK_BYTES) {
                    throw damaged(file, at);
                }
                chunk = input.take(length);
                if (header.getInt() != crc(number++, chunk.array(), 0, length)) {
                    throw damaged(file, at);
                }
                ended = length == 0;
            }
            return !ended;
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }
}
