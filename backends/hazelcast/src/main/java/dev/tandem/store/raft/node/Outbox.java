package dev.tandem.store.raft.node;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.GrpcWriteStream;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Puts the messages together that are written in one turn of the event loop, and sends them as one pack, so that the costs of
 * a frame and of a write to the socket are shared by all of them. Used on its context alone.
 */
final class Outbox {
    private static final int PACKS_KEPT_BYTES_MAX = 4 * Wire.PACK_BYTES;
    private static final int HEAD_BYTES = Integer.BYTES + 1;

    private final ContextInternal context;
    private final GrpcWriteStream<Buffer> stream;
    private ByteBuf pack = Unpooled.buffer(1024);
    private ByteBufOutputStream out = new ByteBufOutputStream(pack);
    private boolean isFlushDue;
    private boolean closed;
    private long waitingBytes;

    Outbox(ContextInternal context, GrpcWriteStream<Buffer> stream) {
        this.context = context;
        this.stream = stream;
    }

    /** Writes the body of a message. */
    @FunctionalInterface
    interface Body {
        /** Body of a message that is its type only. */
        Body NONE = out -> {};

        void write(DataOutput out) throws IOException;
    }

    /** Sends a message by the end of this turn. */
    void send(int type, Body body) {
        boolean unused = send(type, body, Integer.MAX_VALUE);
    }

    /**
     * Sends a message by the end of this turn.
     *
     * @return false if it would be longer than {@code bytesMax}; then nothing is sent
     */
    boolean send(int type, Body body, int bytesMax) {
        if (closed) {
            return true;
        }
        int start = pack.writerIndex();
        try {
            pack.writeInt(0);
            pack.writeByte(type);
            body.write(out);
        } catch (IOException | RuntimeException e) {
            pack.writerIndex(start);
            throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
        }
        int length = pack.writerIndex() - start - Integer.BYTES;
        if (length > bytesMax) {
            pack.writerIndex(start);
            return false;
        }
        pack.setInt(start, length);
        if (pack.writerIndex() >= Wire.PACK_BYTES) {
            flush();
        } else if (!isFlushDue) {
            isFlushDue = true;
            context.nettyEventLoop().execute(this::flushAtEndOfTurn);
        }
        return true;
    }

    /** What a message takes beside its body. */
    static int headBytes() {
        return HEAD_BYTES;
    }

    private void flushAtEndOfTurn() {
        isFlushDue = false;
        flush();
    }

    void flush() {
        int length = pack.readableBytes();
        if (closed || length == 0) {
            return;
        }
        waitingBytes += length;
        try {
            // The stream copies the bytes before it returns.
            stream.write(BufferInternal.buffer(pack)).onComplete(written -> waitingBytes -= length);
        } catch (IllegalStateException e) {
            // The stream has failed, and will say so.
            closed = true;
        }
        if (pack.capacity() > PACKS_KEPT_BYTES_MAX) {
            pack = Unpooled.buffer(Wire.PACK_BYTES);
            out = new ByteBufOutputStream(pack);
        } else {
            pack.clear();
        }
    }

    /** What was written and the network has not taken yet. */
    long waitingBytes() {
        return waitingBytes;
    }

    /** Sends no more. */
    void close() {
        closed = true;
    }
}
