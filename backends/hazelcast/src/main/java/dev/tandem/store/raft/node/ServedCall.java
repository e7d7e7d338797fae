package dev.tandem.store.raft.node;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.state.AnswerCodec;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.OutcomeCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sidecar's call under way at a node. It is answered on any thread, and the answer written on the link's event loop.
 *
 * @param <T> the answer
 */
abstract class ServedCall<T> implements TaskGroups.Answer<T> {
    private static final Logger LOG = LoggerFactory.getLogger(ServedCall.class);

    final SidecarLink link;
    final long id;
    /** What the call holds while it is under way. */
    final int bytes;

    private @Nullable T value;
    private @Nullable Throwable failure;

    ServedCall(SidecarLink link, long id, int bytes) {
        this.link = link;
        this.id = id;
        this.bytes = bytes;
    }

    @Override
    public void succeeded(T found) {
        value = found;
        link.answered(this);
    }

    @Override
    public void failed(Throwable why) {
        failure = why;
        link.answered(this);
    }

    /** Writes the answer; on the event loop. */
    final void write() {
        T found = value;
        try {
            if (found != null) {
                write(found);
            } else if (failure instanceof StoreException known) {
                link.fail(id, Wire.code(known.kind()), String.valueOf(known.getMessage()));
            } else {
                LOG.warn("a call failed", failure);
                link.fail(id, Wire.DEFECT, String.valueOf(failure));
            }
        } catch (RuntimeException e) {
            LOG.warn("an answer can't be written", e);
            link.fail(id, Wire.DEFECT, "the answer can't be written: " + e);
        }
    }

    abstract void write(T found);

    /** A batch of commands. */
    static final class OfBatch extends ServedCall<TaskGroups.Applied> {
        /** Outcomes go in several messages when they have more bytes than this: each may hold a whole task. */
        private static final int PART_BYTES = 1024 * 1024;

        OfBatch(SidecarLink link, long id, int bytes) {
            super(link, id, bytes);
        }

        @Override
        void write(TaskGroups.Applied applied) {
            List<Outcome> outcomes = applied.outcomes();
            if (outcomes == null) {
                boolean unused = link.send(this, Wire.APPLIED, body -> {
                    body.writeLong(id);
                    body.writeInt(-1);
                });
                return;
            }
            Part part = new Part(outcomes);
            boolean sent;
            do {
                sent = link.send(this, Wire.APPLIED, part);
            } while (sent && part.next < outcomes.size());
        }

        private final class Part implements Outbox.Body {
            private final List<Outcome> outcomes;
            private int next;

            Part(List<Outcome> outcomes) {
                this.outcomes = outcomes;
            }

            @Override
            public void write(DataOutput body) throws IOException {
                body.writeLong(id);
                body.writeInt(outcomes.size());
                for (int written = 0; next < outcomes.size() && written < PART_BYTES; next++) {
                    byte[] outcome = OutcomeCodec.encode(outcomes.get(next));
                    body.writeInt(outcome.length);
                    body.write(outcome);
                    written += outcome.length;
                }
            }
        }
    }

    /** A question. */
    static final class OfRead extends ServedCall<Object> {
        private final GroupQuery query;

        /** The answer as it is written, if it may be long; made on the thread that found it. */
        private @Nullable ByteBuf encoded;

        OfRead(SidecarLink link, long id, int bytes, GroupQuery query) {
            super(link, id, bytes);
            this.query = query;
        }

        @Override
        public void succeeded(Object found) {
            if (!query.isShort()) {
                ByteBuf written = Unpooled.buffer();
                try {
                    AnswerCodec.write(query, found, new ByteBufOutputStream(written));
                } catch (IOException | RuntimeException e) {
                    failed(e);
                    return;
                }
                encoded = written;
            }
            super.succeeded(found);
        }

        @Override
        void write(Object found) {
            if (link.hasTooMuchToSend()) {
                link.fail(
                        id,
                        Wire.code(FailureKind.OVERLOADED),
                        "the sidecar takes its answers more slowly than it asks: ask again after a pause");
                return;
            }
            ByteBuf written = encoded;
            boolean unused = link.send(this, Wire.ANSWER, body -> {
                body.writeLong(id);
                if (written == null) {
                    AnswerCodec.write(query, found, body);
                } else {
                    body.write(written.array(), written.arrayOffset(), written.readableBytes());
                }
            });
        }
    }
}
