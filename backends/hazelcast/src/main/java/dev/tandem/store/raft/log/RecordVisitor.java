package dev.tandem.store.raft.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Is told what a segment holds, in the order in which it was written. */
interface RecordVisitor {

    void identity(byte[] identity);

    void term(int term, byte @Nullable [] vote);

    /** An entry, whose payload is what remains in {@code payload}. */
    void entry(int term, long index, ByteBuffer payload, int at);

    void truncate(long from);

    /** {@code installed} if the state came from another member, so that the log need not lead to it. */
    void mark(Mark mark, boolean installed);
}
