package dev.tandem.backup;

import dev.tandem.task.CodecException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes frames out of bytes as they come, and refuses what is no whole backup: it checks every checksum, the order of the frames, and
 * what they say of each other.
 *
 * <p>Holds no more than one frame and what was given last. Used by one thread at a time.
 */
final class FrameReader {
    private byte[] held = {};
    private int begin;
    private int end;
    private boolean isStarted;
    private long frames;
    private Frame.@Nullable Header header;
    private final List<NamespaceSummary> namespaces = new ArrayList<>();
    private @Nullable String namespace;
    private long records;
    private boolean isComplete;

    /** Takes bytes; {@link #next} gives what they complete. */
    void feed(byte[] bytes, int from, int length) {
        if (end + length > held.length) {
            int kept = end - begin;
            byte[] larger = kept + length > held.length ? new byte[Math.max(kept + length, 2 * kept)] : held;
            System.arraycopy(held, begin, larger, 0, kept);
            held = larger;
            begin = 0;
            end = kept;
        }
        System.arraycopy(bytes, from, held, end, length);
        end += length;
    }

    /**
     * The next frame; null if more bytes are needed.
     *
     * @throws BackupException if the bytes are no backup of a format that this version knows, or are damaged
     */
    @Nullable
    Frame next() {
        if (!isStarted && !start()) {
            return null;
        }
        if (isComplete && begin < end) {
            throw damaged("there is more behind its end");
        }
        if (end - begin < FrameFormat.HEAD_BYTES) {
            return null;
        }
        ByteBuffer head = ByteBuffer.wrap(held, begin, FrameFormat.HEAD_BYTES);
        int length = head.getInt();
        int checksum = head.getInt();
        if (head.getInt() != FrameFormat.checksum(held, begin, 2 * Integer.BYTES)
                || length < 1
                || length > FrameFormat.BODY_BYTES_MAX) {
            throw damaged("the head of part " + (frames + 1) + " is not what was written");
        }
        int from = begin + FrameFormat.HEAD_BYTES;
        if (end - from < length) {
            return null;
        }
        if (FrameFormat.checksum(held, from, length) != checksum) {
            throw damaged("part " + (frames + 1) + " is not what was written");
        }
        Frame frame = decode(from, length);
        if (!isInPlace(frame)) {
            throw damaged("part " + (frames + 1) + " does not follow the one before it");
        }
        begin = from + length;
        frames++;
        return frame;
    }

    private Frame decode(int from, int length) {
        try {
            return FrameBody.decode(held, from, length);
        } catch (CodecException e) {
            // Its checksum is right, so it was written like this.
            throw BackupException.badFile("part " + (frames + 1) + " of the backup can't be read (" + e.getMessage()
                    + "): read it with the version of Tandem that made it, or a newer one");
        }
    }

    private boolean start() {
        byte[] start = FrameFormat.fileStart();
        int there = Math.min(end - begin, FrameFormat.MAGIC_BYTES);
        if (!Arrays.equals(held, begin, begin + there, start, 0, there)) {
            throw BackupException.badFile(
                    "this is no backup that Tandem has made: give one that tandem backup export wrote");
        }
        if (end - begin < start.length) {
            return false;
        }
        int format = ByteBuffer.wrap(held, begin + there, Integer.BYTES).getInt();
        if (format != FrameFormat.FORMAT) {
            throw BackupException.badFile("the backup is in format " + format + ", and this version of Tandem reads"
                    + " format " + FrameFormat.FORMAT + ": use the version that made it, or a newer one");
        }
        begin += start.length;
        isStarted = true;
        return true;
    }

    private boolean isInPlace(Frame frame) {
        if (frame instanceof Frame.Header first) {
            header = first;
            return frames == 0;
        } else if (header == null) {
            return false;
        } else if (frame instanceof Frame.Begin opened) {
            boolean isNext = namespace == null
                    && namespaces.size() < header.namespaces().size()
                    && header.namespaces().get(namespaces.size()).equals(opened.namespace());
            namespace = opened.namespace();
            records = 0;
            return isNext;
        } else if (frame instanceof Frame.Records some) {
            records += some.records().size();
            return namespace != null;
        } else if (frame instanceof Frame.End ended) {
            NamespaceSummary summary = ended.summary();
            boolean isOfThese = summary.namespace().equals(namespace) && summary.records() == records;
            namespaces.add(summary);
            namespace = null;
            return isOfThese;
        }
        isComplete = true;
        return namespace == null
                && namespaces.size() == header.namespaces().size()
                && ((Frame.Trailer) frame).frames() == frames;
    }

    private static BackupException damaged(String how) {
        return BackupException.badFile(
                "the backup is damaged: " + how + ". Take another copy of it, or an earlier backup");
    }

    /**
     * What the backup has; to be called when there are no more bytes.
     *
     * @throws BackupException if that is too early
     */
    BackupContents end() {
        Frame.Header first = header;
        if (!isComplete || first == null) {
            throw BackupException.badFile("the backup ends too early, after part " + frames
                    + ": it was not finished, or was cut off. Take another copy of it, or make it anew");
        }
        return new BackupContents(first.timeMillis(), first.version(), first.source(), List.copyOf(namespaces));
    }
}
