package dev.tandem.store.raft.log;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Records that wait to be written as one frame. What each of them is made of must never change: a new kind of record gets a
 * new number, and the segments' format a new one with it.
 */
final class RecordBuffer {
    private static final byte IDENTITY = 1;
    private static final byte TERM = 2;
    private static final byte ENTRY = 3;
    private static final byte TRUNCATE = 4;
    private static final byte MARK = 5;

    /** What an entry costs beside its payload. */
    private static final int ENTRY_BYTES = 1 + Integer.BYTES + Long.BYTES + Integer.BYTES;

    private static final int NO_VOTE = -1;
    private static final int CAPACITY_MIN = 32 * 1024;

    private ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY_MIN);

    RecordBuffer() {
        clear();
    }

    boolean isEmpty() {
        return buffer.position() == Frame.HEADER_BYTES;
    }

    int size() {
        return buffer.position();
    }

    void identity(byte[] identity) {
        room(1 + Integer.BYTES + identity.length).put(IDENTITY);
        bytes(identity);
    }

    void term(int term, byte @Nullable [] vote) {
        room(1 + 2 * Integer.BYTES + (vote == null ? 0 : vote.length)).put(TERM).putInt(term);
        if (vote == null) {
            buffer.putInt(NO_VOTE);
        } else {
            bytes(vote);
        }
    }

    void entry(int term, long index, byte[] payload) {
        room(ENTRY_BYTES + payload.length).put(ENTRY).putInt(term).putLong(index);
        bytes(payload);
    }

    void truncate(long from) {
        room(1 + Long.BYTES).put(TRUNCATE).putLong(from);
    }

    void mark(Mark mark, boolean installed) {
        room(ENTRY_BYTES + 1 + mark.members().length)
                .put(MARK)
                .putLong(mark.index())
                .putInt(mark.term())
                .put((byte) (installed ? 1 : 0));
        bytes(mark.members());
    }

    /** Puts records before those that are there. */
    void prepend(Consumer<RecordBuffer> records) {
        RecordBuffer before = new RecordBuffer();
        records.accept(before);
        ByteBuffer waiting = buffer.flip().position(Frame.HEADER_BYTES);
        before.room(waiting.remaining()).put(waiting);
        buffer = before.buffer;
    }

    /** The records as a frame, to be written before {@link #clear}. */
    ByteBuffer seal(long salt, long number) {
        Frame.seal(buffer, salt, number);
        return buffer.flip();
    }

    /** Forgets the records; gives back memory that one large frame needed. */
    void clear() {
        if (buffer.capacity() > GroupLog.BUFFER_BYTES_MAX) {
            buffer = ByteBuffer.allocateDirect(CAPACITY_MIN);
        }
        buffer.clear().position(Frame.HEADER_BYTES);
    }

    private void bytes(byte[] bytes) {
        buffer.putInt(bytes.length).put(bytes);
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(
                    Math.addExact(buffer.position(), bytes),
                    Math.min(2 * buffer.capacity(), GroupLog.BUFFER_BYTES_MAX));
            buffer = ByteBuffer.allocateDirect(capacity).put(buffer.flip());
        }
        return buffer;
    }

    /**
     * Tells {@code visitor} the records of a frame's body, which begins at {@code at}.
     *
     * @throws IllegalArgumentException if there is a record that this version does not know
     */
    static void visit(ByteBuffer segment, int at, int end, RecordVisitor visitor) {
        ByteBuffer body = segment.duplicate().position(at).limit(end);
        while (body.hasRemaining()) {
            byte type = body.get();
            switch (type) {
                case IDENTITY -> visitor.identity(array(body));
                case TERM -> {
                    int term = body.getInt();
                    int length = body.getInt();
                    visitor.term(term, length == NO_VOTE ? null : array(body, length));
                }
                case ENTRY -> visitEntry(body, visitor);
                case TRUNCATE -> visitor.truncate(body.getLong());
                case MARK -> {
                    long index = body.getLong();
                    int term = body.getInt();
                    boolean installed = body.get() != 0;
                    visitor.mark(new Mark(index, term, array(body)), installed);
                }
                default -> throw new IllegalArgumentException("a record of an unknown kind, " + type);
            }
        }
    }

    private static void visitEntry(ByteBuffer body, RecordVisitor visitor) {
        int at = body.position() - 1;
        int term = body.getInt();
        long index = body.getLong();
        int length = body.getInt();
        visitor.entry(term, index, body.slice(body.position(), length), at);
        body.position(body.position() + length);
    }

    /** Reads the one entry that begins at {@code at}, as {@link RecordVisitor#entry} told. */
    static Entry entryAt(ByteBuffer segment, int at) {
        ByteBuffer body = segment.duplicate().position(at);
        if (body.get() != ENTRY) {
            throw new IllegalStateException("no entry at " + at);
        }
        int term = body.getInt();
        long index = body.getLong();
        return new Entry(term, index, array(body));
    }

    private static byte[] array(ByteBuffer body) {
        return array(body, body.getInt());
    }

    private static byte[] array(ByteBuffer body, int length) {
        if (length < 0 || length > body.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        body.get(bytes);
        return bytes;
    }
}
