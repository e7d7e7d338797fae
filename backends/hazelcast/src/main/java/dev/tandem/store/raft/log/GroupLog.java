package dev.tandem.store.raft.log;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One Raft group's log on this member's disk: entries, votes, and the state at some of them.
 *
 * <p>Entries, truncations and marks are durable when {@link #flush} returns; an identity and a vote when their own methods do.
 * All of them belong to the group's Raft thread. Large states are written on another thread, and segments are deleted when a
 * newer state is durable.
 *
 * <p>After a failure nothing is written any more: what a failed flush left on the disk is not known, and to flush again
 * would not tell.
 */
public final class GroupLog implements Closeable {
    /** How much waits for a flush at most, before it is written without having been asked for. */
    static final int BUFFER_BYTES_MAX = 1024 * 1024;

    private static final SecureRandom SALT = new SecureRandom();

    private final Disk disk;
    private final Path folder;
    private final LogSettings settings;
    private final Executor background;
    private final Consumer<IOException> onFailure;
    private final RecordBuffer buffer = new RecordBuffer();
    private final Deque<Segment> segments = new ArrayDeque<>();
    private final TermRuns terms;

    /** What the thread in the background has done, for the Raft thread to take. */
    private final AtomicReference<@Nullable Written> written = new AtomicReference<>();

    private Disk.Appender out;
    private byte @Nullable [] identity;
    private int term;
    private byte @Nullable [] vote;
    private long snapshotIndex;
    private long snapshotBytes;
    private long nextFrame;
    private long lastIndex;
    private boolean writingSnapshot;
    private @Nullable IOException failure;

    /** How much was ever written to the log, and how much of it before the newest durable state. */
    private long logBytes;

    private long logBytesAtSnapshot;
    private volatile LogStatus status;
    private long flushes;
    private long flushNanos;

    /** A state that has become durable. */
    private record Written(Mark mark, long snapshotBytes, long logBytes) {}

    private GroupLog(
            Disk disk,
            Path folder,
            LogSettings settings,
            Executor background,
            Consumer<IOException> onFailure,
            LogRecovery recovery,
            Disk.Appender out) {
        this.disk = disk;
        this.folder = folder;
        this.settings = settings;
        this.background = background;
        this.onFailure = onFailure;
        this.out = out;
        segments.addAll(recovery.segments);
        terms = recovery.terms;
        identity = recovery.identity;
        term = recovery.term;
        vote = recovery.vote;
        snapshotIndex = recovery.snapshot.index();
        snapshotBytes = recovery.snapshotBytes;
        nextFrame = recovery.nextFrame;
        lastIndex = Math.max(0, recovery.lastIndex);
        logBytes = recovery.logBytes;
        status = newStatus();
    }

    /**
     * Goes on with the log in {@code folder}, as {@code recovery} found it, or begins one.
     *
     * @param background writes states, one after the other
     * @param onFailure is told, on whatever thread, of the first failure; the member has to stop
     */
    static GroupLog open(
            Disk disk,
            Path folder,
            LogSettings settings,
            Executor background,
            Consumer<IOException> onFailure,
            LogRecovery recovery)
            throws IOException {
        for (Path leftover : recovery.leftovers) {
            disk.delete(leftover);
        }
        Disk.Appender out;
        if (recovery.segments.isEmpty()) {
            Segment first = new Segment(folder, 1, SALT.nextLong(), recovery.nextFrame);
            out = newSegment(disk, folder, first);
            recovery.segments.add(first);
        } else {
            Path last = recovery.segments.get(recovery.segments.size() - 1).file;
            out = disk.appendFrom(last, recovery.tailBytes);
        }
        GroupLog log = new GroupLog(disk, folder, settings, background, onFailure, recovery, out);
        if (recovery.snapshot.index() > recovery.mark.index()) {
            // A crash came between the state and its mark; without it, entries that follow would seem to have a gap
            // before.
            log.appendMark(recovery.snapshot, true);
            log.flush();
        }
        log.deleteBelow(recovery.snapshot.index());
        return log;
    }

    private static Disk.Appender newSegment(Disk disk, Path folder, Segment segment) throws IOException {
        Disk.Appender out = disk.create(segment.file);
        try {
            out.write(segment.header());
            out.force();
            disk.syncFolder(folder);
            return out;
        } catch (IOException | RuntimeException e) {
            out.close();
            throw e;
        }
    }

    /** Keeps who this member and the first members of the group are; durable on return. */
    public void identity(byte[] identity) throws IOException {
        checkUsable();
        this.identity = identity;
        buffer.identity(identity);
        flush();
    }

    /** Keeps the term, and the vote in it; durable on return. */
    public void term(int term, byte @Nullable [] vote) throws IOException {
        checkUsable();
        this.term = term;
        this.vote = vote;
        buffer.term(term, vote);
        flush();
    }

    /** Appends the entry that follows the last one. */
    public void entry(int term, long index, byte[] payload) throws IOException {
        checkUsable();
        if (index != lastIndex + 1) {
            throw new IllegalArgumentException("entry " + index + " can't follow entry " + lastIndex);
        }
        buffer.entry(term, index, payload);
        terms.append(index, term);
        lastIndex = index;
        Segment segment = segments.getLast();
        segment.lastIndex = Math.max(segment.lastIndex, index);
        if (buffer.size() >= BUFFER_BYTES_MAX) {
            flush();
        }
    }

    /** Takes back the entries from {@code from} on. */
    public void truncate(long from) throws IOException {
        checkUsable();
        buffer.truncate(from);
        terms.truncate(from);
        lastIndex = from - 1;
    }

    /**
     * Takes note of the state at an index: of this member's own, or of one that another member sent.
     *
     * <p>A state that the log leads to is written now and then only, as the log grows. Any other is durable before this
     * returns, as is every one if the settings say so.
     */
    public void snapshot(Mark mark, SnapshotContent content) throws IOException {
        checkUsable();
        boolean reached = reaches(mark);
        if (!reached || settings.snapshotAfterBytes() == 0) {
            writeNow(mark, content);
        } else if (!writingSnapshot
                && logBytes - logBytesAtSnapshot >= Math.max(settings.snapshotAfterBytes(), snapshotBytes)) {
            writeInBackground(mark, content);
        }
        appendMark(mark, !reached);
    }

    /**
     * Writes a state that another member has sent, so that {@link #install} has little to do. From any thread. The future completes on
     * another one, when the state is durable.
     */
    public CompletableFuture<ReceivedSnapshot> receive(Mark mark, SnapshotContent content) {
        CompletableFuture<ReceivedSnapshot> received = new CompletableFuture<>();
        try {
            background.execute(() -> {
                try {
                    long bytes = SnapshotFile.writeReceived(disk, folder, mark, content);
                    received.complete(new ReceivedSnapshot(mark, bytes));
                } catch (IOException | RuntimeException | Error e) {
                    received.completeExceptionally(cantWrite(mark, e));
                }
            });
        } catch (RejectedExecutionException e) {
            received.completeExceptionally(new IOException("the member is being closed", e));
        }
        return received;
    }

    /** Goes on from a state that another member has sent, instead of from what the log leads to; durable on return. */
    public void install(ReceivedSnapshot received) throws IOException {
        checkUsable();
        try {
            SnapshotFile.useReceived(disk, folder, received.mark);
            take(new Written(received.mark, received.bytes, logBytes));
        } catch (IOException e) {
            throw fail(e);
        }
        appendMark(received.mark, !reaches(received.mark));
        flush();
    }

    /** Deletes a state that another member has sent in vain. */
    public void discard(ReceivedSnapshot received) throws IOException {
        checkUsable();
        try {
            SnapshotFile.deleteReceived(disk, folder, received.mark);
        } catch (IOException e) {
            throw fail(e);
        }
    }

    /** Whether the log leads to a state: two logs that have the same term at an index are the same up to there. */
    private boolean reaches(Mark mark) {
        return mark.index() <= lastIndex && terms.at(mark.index()) == mark.term();
    }

    private void appendMark(Mark mark, boolean installed) {
        buffer.mark(mark, installed);
        if (installed && mark.index() > lastIndex) {
            terms.restart(mark.index(), mark.term());
            lastIndex = mark.index();
        }
    }

    private void writeNow(Mark mark, SnapshotContent content) throws IOException {
        try {
            long bytes = SnapshotFile.write(disk, folder, mark, content);
            take(new Written(mark, bytes, logBytes));
        } catch (IOException e) {
            throw fail(e);
        }
    }

    private void writeInBackground(Mark mark, SnapshotContent content) {
        long before = logBytes;
        writingSnapshot = true;
        try {
            background.execute(() -> {
                try {
                    written.set(new Written(mark, SnapshotFile.write(disk, folder, mark, content), before));
                } catch (IOException | RuntimeException | Error e) {
                    cantWrite(mark, e);
                }
            });
        } catch (RejectedExecutionException e) {
            // The member is being closed. The state can be reached by the log.
            writingSnapshot = false;
        }
    }

    private IOException cantWrite(Mark mark, Throwable e) {
        IOException failure = e instanceof IOException disk
                ? DiskFailures.explain(folder, disk)
                : new IOException("can't write the state at entry " + mark.index(), e);
        onFailure.accept(failure);
        return failure;
    }

    /** Returns when all that was appended is durable. */
    public void flush() throws IOException {
        checkUsable();
        try {
            Written newest = written.getAndSet(null);
            if (newest != null) {
                writingSnapshot = false;
                take(newest);
            }
            if (!buffer.isEmpty()) {
                writeFrame();
            }
        } catch (IOException e) {
            throw fail(e);
        }
    }

    private void writeFrame() throws IOException {
        if (out.length() >= settings.segmentBytes()) {
            rotate();
        }
        logBytes += buffer.size();
        out.write(buffer.seal(segments.getLast().salt, nextFrame));
        nextFrame++;
        buffer.clear();
        long before = System.nanoTime();
        out.force();
        flushNanos += System.nanoTime() - before;
        flushes++;
        status = newStatus();
    }

    /**
     * Begins a segment, whose first frame has all that must outlive the segments before it. The last mark need not: if its
     * segment is deleted, there is a durable state at it or behind it.
     */
    private void rotate() throws IOException {
        Segment closed = segments.getLast();
        Segment next = new Segment(folder, closed.number + 1, SALT.nextLong(), nextFrame);
        // What waits in the buffer goes into the new one.
        next.lastIndex = lastIndex;
        out.close();
        out = newSegment(disk, folder, next);
        segments.addLast(next);
        buffer.prepend(state -> {
            if (identity != null) {
                state.identity(identity);
            }
            state.term(term, vote);
        });
    }

    private void take(Written newest) throws IOException {
        if (newest.mark.index() <= snapshotIndex) {
            return;
        }
        snapshotIndex = newest.mark.index();
        snapshotBytes = newest.snapshotBytes;
        logBytesAtSnapshot = newest.logBytes;
        terms.forgetBefore(snapshotIndex);
        deleteBelow(snapshotIndex);
    }

    /** Deletes what is of no use beside the durable state at {@code index}, the oldest first. */
    private void deleteBelow(long index) throws IOException {
        while (segments.size() > 1 && segments.getFirst().lastIndex <= index) {
            disk.delete(segments.removeFirst().file);
            // One after the other, so that a crash leaves no gap.
            disk.syncFolder(folder);
        }
        List<Path> older = new ArrayList<>();
        for (String name : disk.list(folder)) {
            long other = SnapshotFile.indexIn(name);
            if (other >= 0 && other < index) {
                older.add(folder.resolve(name));
            }
        }
        for (Path file : older) {
            disk.delete(file);
        }
    }

    private IOException fail(IOException e) {
        IOException explained = DiskFailures.explain(folder, e);
        failure = explained;
        onFailure.accept(explained);
        return explained;
    }

    private void checkUsable() throws IOException {
        if (failure != null) {
            throw new IOException("the log in " + folder + " has failed before", failure);
        }
    }

    /** How the log stands after its last flush. From any thread. */
    public LogStatus status() {
        return status;
    }

    private LogStatus newStatus() {
        return new LogStatus(
                lastIndex,
                snapshotIndex,
                snapshotBytes,
                logBytes - logBytesAtSnapshot,
                segments.size(),
                flushes,
                flushNanos);
    }

    /** Opens the state that {@code mark} names, which is durable. The caller closes it. */
    static InputStream openSnapshot(Disk disk, Path folder, Mark mark) throws IOException {
        Path file = SnapshotFile.at(folder, mark.index());
        Disk.Reader reader = disk.read(file);
        try {
            SnapshotFile.Input input = new SnapshotFile.Input(file, reader);
            SnapshotFile.readMark(file, input);
            return new SnapshotFile.ChunkInput(file, reader, input);
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /** Stops writing. What was not flushed is lost. */
    @Override
    public void close() throws IOException {
        if (failure == null) {
            failure = new IOException("closed");
        }
        out.close();
    }
}
