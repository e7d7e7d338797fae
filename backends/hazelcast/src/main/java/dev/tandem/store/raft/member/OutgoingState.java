package dev.tandem.store.raft.member;

import dev.tandem.store.raft.log.Mark;
import dev.tandem.store.raft.state.GroupState;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A state that another member asks for, piece by piece. It is written as fast as it is asked for, on a thread of its own: no more
 * than one piece is in memory beside the state, which shares with the group's newest what has not changed.
 */
final class OutgoingState {
    static final int PIECE_BYTES = 256 * 1024;

    /** How long the next piece may not be asked for, before nobody will. */
    static final long ABANDONED_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Mark mark;
    private final GroupState state;

    private @Nullable StatePiece ready;
    private @Nullable StateAsk waiting;
    private long askedNanos = System.nanoTime();

    OutgoingState(Mark mark, GroupState state) {
        this.mark = mark;
        this.state = state;
    }

    /** Whether it was asked for a short while ago, so that who asks may soon need the entries that follow. */
    synchronized boolean isWanted() {
        return System.nanoTime() - askedNanos < ABANDONED_NANOS;
    }

    /** Has the next piece sent, now or when it is there. */
    synchronized void ask(StateAsk ask) {
        askedNanos = System.nanoTime();
        waiting = ask;
        send();
    }

    private void send() {
        StateAsk asked = waiting;
        StatePiece piece = ready;
        if (asked != null && piece != null) {
            waiting = null;
            ready = null;
            notifyAll();
            asked.sendResponse(piece);
        }
    }

    /** Writes it all. Returns when all of it is taken or nobody asks for more. */
    void write() throws IOException {
        try (PieceStream pieces = new PieceStream();
                DataOutputStream out = new DataOutputStream(pieces)) {
            state.write(out);
            out.flush();
            pieces.end();
        }
    }

    private synchronized void put(byte[] bytes, boolean last) throws IOException {
        try {
            while (ready != null) {
                if (!isWanted()) {
                    throw new IOException("nobody asks for more of it");
                }
                TimeUnit.NANOSECONDS.timedWait(this, ABANDONED_NANOS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the member is being closed", e);
        }
        ready = new StatePiece(mark, bytes, last);
        send();
    }

    private final class PieceStream extends OutputStream {
        private final byte[] piece = new byte[PIECE_BYTES];
        private int size;

        @Override
        public void write(int b) throws IOException {
            makeRoom();
            piece[size++] = (byte) b;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            int written = 0;
            while (written < length) {
                makeRoom();
                int some = Math.min(length - written, PIECE_BYTES - size);
                System.arraycopy(bytes, from + written, piece, size, some);
                size += some;
                written += some;
            }
        }

        private void makeRoom() throws IOException {
            if (size == PIECE_BYTES) {
                put(piece.clone(), false);
                size = 0;
            }
        }

        void end() throws IOException {
            put(Arrays.copyOf(piece, size), true);
        }
    }
}
