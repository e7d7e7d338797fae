package dev.tandem.store.raft.log;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a group's folder holds: checks every byte of it, leaves out what a crash left half-written at the end of the last
 * segment, and refuses anything else that is not whole. It changes nothing; what is of no use is deleted and cut off by {@link
 * GroupLog#open}.
 */
final class LogRecovery implements RecordVisitor {
    private static final Logger LOG = LoggerFactory.getLogger(LogRecovery.class);

    final List<Segment> segments = new ArrayList<>();
    final Positions positions = new Positions();
    final TermRuns terms = new TermRuns();

    byte @Nullable [] identity;
    int term;
    byte @Nullable [] vote;
    Mark mark = Mark.START;

    /** The newest snapshot that is durable; {@link Mark#START} if there is none. */
    Mark snapshot = Mark.START;

    long snapshotBytes;

    /** Files that a crash left unfinished, and that are to be deleted before anything is written. */
    final List<Path> leftovers = new ArrayList<>();

    /** How much of the last segment counts. */
    long tailBytes;

    long logBytes;
    long nextFrame = 1;

    /** The last entry, or -1 as long as none has been seen. */
    long lastIndex = -1;

    private final Disk disk;
    private final Path folder;
    private long installedIndex;

    private LogRecovery(Disk disk, Path folder) {
        this.disk = disk;
        this.folder = folder;
    }

    /** @throws DataFolderException if the folder is damaged or newer */
    static LogRecovery read(Disk disk, Path folder) throws IOException {
        LogRecovery recovery = new LogRecovery(disk, folder);
        recovery.readSnapshots();
        recovery.readSegments();
        recovery.checkWhole();
        return recovery;
    }

    private void readSnapshots() throws IOException {
        for (String name : disk.list(folder)) {
            long index = SnapshotFile.indexIn(name);
            if (name.endsWith(SnapshotFile.UNFINISHED)) {
                leftovers.add(folder.resolve(name));
            } else if (index > snapshot.index()) {
                Path file = folder.resolve(name);
                try (Disk.Reader reader = disk.read(file)) {
                    snapshot = SnapshotFile.readMark(file, new SnapshotFile.Input(file, reader));
                    snapshotBytes = reader.length();
                }
                if (snapshot.index() != index) {
                    throw SnapshotFile.damaged(file, 0);
                }
            }
        }
    }

    private void readSegments() throws IOException {
        List<Long> numbers = disk.list(folder).stream()
                .map(Segment::numberIn)
                .filter(number -> number >= 0)
                .toList();
        for (int i = 0; i < numbers.size(); i++) {
            long number = numbers.get(i);
            if (i > 0 && number != numbers.get(i - 1) + 1) {
                throw missing("segment " + (numbers.get(i - 1) + 1) + " is missing");
            }
            readSegment(number, i == numbers.size() - 1);
        }
    }

    private void readSegment(long number, boolean last) throws IOException {
        Path file = new Segment(folder, number, 0, 0).file;
        ByteBuffer bytes = readAll(disk, file);
        Segment segment = Segment.of(folder, number, bytes);
        if (segment == null) {
            if (last && !segments.isEmpty() && bytes.limit() <= Segment.HEADER_BYTES) {
                // It was being made: nothing is written to a segment before its header is durable.
                leftovers.add(file);
                return;
            }
            throw damaged(file, 0);
        }
        if (!segments.isEmpty() && segment.firstFrame != nextFrame) {
            throw damaged(file, 0);
        }
        nextFrame = segment.firstFrame;
        segments.add(segment);
        long tail = readFrames(segment, bytes, last);
        if (last && tail == Segment.HEADER_BYTES && segments.size() > 1) {
            // Its first frame is what would make the segments before it superfluous.
            segments.remove(segments.size() - 1);
            leftovers.add(file);
            return;
        }
        tailBytes = tail;
        logBytes += tail;
    }

    private int readFrames(Segment segment, ByteBuffer bytes, boolean last) throws IOException {
        int at = Segment.HEADER_BYTES;
        while (at < bytes.limit()) {
            int length = Frame.soundAt(bytes, at, segment.salt, nextFrame, false);
            if (length < 0) {
                if (!last || soundFrameAfter(segment, bytes, at)) {
                    throw damaged(segment.file, at);
                }
                LOG.info("{}: the last {} bytes were left behind by a crash", segment.file, bytes.limit() - at);
                return at;
            }
            try {
                RecordBuffer.visit(bytes, at + Frame.HEADER_BYTES, at + length, this);
            } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
                throw damaged(segment.file, at);
            } catch (GapException e) {
                throw DataFolderException.damaged(segment.file + ", byte " + at + ": " + e.getMessage(), e);
            }
            nextFrame++;
            at += length;
        }
        return at;
    }

    private boolean soundFrameAfter(Segment segment, ByteBuffer bytes, int from) {
        for (int at = from + 1; at <= bytes.limit() - Frame.HEADER_BYTES; at++) {
            if (Frame.soundAt(bytes, at, segment.salt, nextFrame, true) >= 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void identity(byte[] identity) {
        this.identity = identity;
    }

    @Override
    public void term(int term, byte @Nullable [] vote) {
        this.term = term;
        this.vote = vote;
    }

    @Override
    public void entry(int term, long index, ByteBuffer payload, int at) {
        if (lastIndex >= 0 && index != lastIndex + 1) {
            throw new GapException("entry " + index + " follows entry " + lastIndex);
        }
        Segment segment = segments.get(segments.size() - 1);
        segment.lastIndex = Math.max(segment.lastIndex, index);
        positions.add(index, segments.size() - 1, at);
        terms.append(index, term);
        lastIndex = index;
    }

    @Override
    public void truncate(long from) {
        positions.truncate(from);
        terms.truncate(from);
        lastIndex = from - 1;
    }

    @Override
    public void mark(Mark mark, boolean installed) {
        this.mark = mark;
        if (installed) {
            installedIndex = mark.index();
            // If nothing has been seen before it, there may have been entries behind it, in a segment that was deleted.
            if (lastIndex >= 0 && mark.index() > lastIndex) {
                positions.truncate(0);
                terms.restart(mark.index(), mark.term());
                lastIndex = mark.index();
            }
        }
    }

    private void checkWhole() throws IOException {
        if (installedIndex > snapshot.index()) {
            throw missing("the snapshot at entry " + installedIndex + " is missing");
        }
        long base = snapshot.index();
        if (base > 0 && segments.isEmpty()) {
            throw missing("the log is missing");
        }
        if (!positions.isEmpty() && positions.first() > base + 1) {
            throw missing("entries " + (base + 1) + " to " + (positions.first() - 1) + " are missing");
        }
        if (mark.index() > Math.max(base, lastIndex)) {
            throw missing("entries up to " + mark.index() + " are missing");
        }
        if (lastIndex < base) {
            positions.truncate(0);
            terms.restart(base, snapshot.term());
            lastIndex = base;
        }
    }

    /** The entries of the log that was read, from the first index to the last, both included. */
    void forEachEntry(long from, long to, EntryConsumer consumer) throws IOException {
        int loaded = -1;
        ByteBuffer bytes = ByteBuffer.allocate(0);
        for (long index = from; index <= to; index++) {
            int segment = positions.segment(index);
            if (segment != loaded) {
                bytes = readAll(disk, segments.get(segment).file);
                loaded = segment;
            }
            consumer.accept(RecordBuffer.entryAt(bytes, positions.at(index)));
        }
    }

    private static ByteBuffer readAll(Disk disk, Path file) throws IOException {
        try (Disk.Reader reader = disk.read(file)) {
            if (reader.length() > Frame.BODY_BYTES_MAX) {
                throw damaged(file, Frame.BODY_BYTES_MAX);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) reader.length());
            reader.read(bytes, 0);
            return bytes.flip();
        }
    }

    private DataFolderException missing(String what) {
        return DataFolderException.missing(what + " in " + folder);
    }

    private static DataFolderException damaged(Path file, long at) {
        return SnapshotFile.damaged(file, at);
    }

    /** Entries that do not follow each other, though each of them is sound. */
    private static final class GapException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        GapException(String message) {
            super(message);
        }
    }
}
