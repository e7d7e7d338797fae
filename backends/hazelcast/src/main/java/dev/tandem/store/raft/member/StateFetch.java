package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.cp.CPGroupId;
import com.hazelcast.spi.impl.InternalCompletableFuture;
import com.hazelcast.spi.impl.NodeEngine;
import dev.tandem.store.raft.log.Mark;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A group's state as another member has it, read from there piece by piece. Blocks. */
final class StateFetch extends InputStream {
    private static final long PIECE_SECONDS_MAX = 10;

    private final NodeEngine engine;
    private final CPGroupId group;
    private final Address from;
    private final UUID transfer = UUID.randomUUID();
    private @Nullable StatePiece piece;
    private int at;
    private long bytes;

    StateFetch(NodeEngine engine, CPGroupId group, Address from) {
        this.engine = engine;
        this.group = group;
        this.from = from;
    }

    Address from() {
        return from;
    }

    /** How much of it has come. */
    long bytes() {
        return bytes;
    }

    /** Where the state is in the log; known once some of it was read. */
    Mark mark() {
        if (piece == null) {
            throw new IllegalStateException("nothing was read");
        }
        return piece.mark();
    }

    @Override
    public int read() throws IOException {
        StatePiece some = more();
        return some == null ? -1 : some.bytes()[at++] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        StatePiece some = more();
        if (some == null) {
            return -1;
        }
        int taken = Math.min(length, some.bytes().length - at);
        System.arraycopy(some.bytes(), at, into, offset, taken);
        at += taken;
        return taken;
    }

    /** The piece with what comes next; null at the end. */
    private @Nullable StatePiece more() throws IOException {
        StatePiece here = piece;
        while (here == null || at == here.bytes().length) {
            if (here != null && here.isLast()) {
                return null;
            }
            here = ask(here == null);
            piece = here;
            at = 0;
            bytes += here.bytes().length;
        }
        return here;
    }

    private StatePiece ask(boolean first) throws IOException {
        try {
            InternalCompletableFuture<StatePiece> answer = engine.getOperationService()
                    .createInvocationBuilder(TaskService.NAME, new StateAsk(group, transfer, first), from)
                    .setTryCount(1)
                    .invoke();
            return answer.get(PIECE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + PIECE_SECONDS_MAX + " s", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(cause.getMessage(), e);
        }
    }
}
