package dev.tandem.store.raft.node;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.TaskGroups.Applied;
import dev.tandem.store.raft.state.AnswerCodec;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.store.raft.state.QueryCodec;
import dev.tandem.task.Outcome;
import dev.tandem.task.OutcomeCodec;
import io.netty.buffer.ByteBufInputStream;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A call under way, to whichever node it may be. Used on the context of the link alone, once it has begun. */
abstract class Call {
    final int type;
    final int group;
    /** What the call holds while it is under way. */
    final int bytes;

    final long deadlineNanos;
    long id;

    /** Where it was sent to, and has no answer from yet; null while it waits to be sent. */
    @Nullable
    NodeLink at;

    /** The node that could not serve it last, to be asked again only if there is no other. */
    @Nullable
    Node avoided;

    /** How often it was sent. */
    int attempts;

    /** Whether an attempt may have been applied of which no more will be heard. */
    private boolean maybeApplied;

    private String lastProblem = "no node is connected";

    private Call(int type, int group, int bytes, long timeoutMillis) {
        this.type = type;
        this.group = group;
        this.bytes = bytes;
        this.deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    }

    /** Writes the call as it is sent, behind what all calls have. */
    abstract void write(DataOutput out) throws IOException;

    /**
     * Takes an answer, or a part of it.
     *
     * @return whether it is whole
     */
    abstract boolean take(ByteBufInputStream body) throws IOException;

    /** Tells the caller what was taken. */
    abstract void succeed();

    abstract void fail(Throwable failure);

    /** Whether it changes something. */
    final boolean isChange() {
        return type == Wire.APPLY;
    }

    /** Whether what the nearest node has applied will do. */
    boolean isAnsweredAnywhere() {
        return false;
    }

    final int millisLeft(long now) {
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - now));
    }

    /** The attempt at {@link #at} ended without an answer, and nobody knows what became of it. */
    void lost(String problem) {
        maybeApplied |= isChange();
        leave(problem);
    }

    /** The attempt at {@link #at} ended. */
    void leave(String problem) {
        NodeLink left = at;
        lastProblem = problem;
        if (left != null) {
            avoided = left.node();
            at = null;
        }
    }

    /** A failed attempt may have been applied. */
    void doubt() {
        maybeApplied |= isChange();
    }

    /** Whether an earlier attempt than the one under way may have been applied. */
    boolean wasInDoubt() {
        return maybeApplied;
    }

    boolean isInDoubt() {
        return maybeApplied || (at != null && isChange());
    }

    /** Fails it, as what is known of it says. */
    final void failUnanswered(String problem) {
        fail(new StoreException(isInDoubt() ? FailureKind.MAYBE_APPLIED : FailureKind.NOT_APPLIED, problem));
    }

    final String lastProblem() {
        NodeLink waitsFor = at;
        return waitsFor == null ? lastProblem : waitsFor.node() + " did not answer";
    }

    /** A batch of commands. */
    static final class OfBatch extends Call {
        private final Batch batch;
        private final TaskGroups.Answer<Applied> answer;
        private final List<Outcome> outcomes = new ArrayList<>();
        private boolean forgotten;

        OfBatch(int group, Batch batch, long timeoutMillis, TaskGroups.Answer<Applied> answer) {
            super(Wire.APPLY, group, batch.size(), timeoutMillis);
            this.batch = batch;
            this.answer = answer;
        }

        @Override
        void write(DataOutput out) throws IOException {
            batch.write(out);
        }

        @Override
        boolean take(ByteBufInputStream body) throws IOException {
            int count = body.readInt();
            forgotten = count < 0;
            while (body.available() > 0) {
                byte[] outcome = new byte[Math.min(body.readInt(), body.available())];
                body.readFully(outcome);
                outcomes.add(OutcomeCodec.decode(outcome));
            }
            return outcomes.size() >= count;
        }

        @Override
        void succeed() {
            answer.succeeded(new Applied(forgotten ? null : List.copyOf(outcomes)));
        }

        @Override
        void leave(String problem) {
            super.leave(problem);
            outcomes.clear();
        }

        @Override
        void fail(Throwable failure) {
            answer.failed(failure);
        }
    }

    /** A question. */
    static final class OfRead extends Call {
        /** What a question takes, about. */
        private static final int BYTES = 200;

        private final GroupQuery query;
        private final boolean anywhere;
        private final TaskGroups.Answer<Object> answer;
        private @Nullable Object found;

        /** @param anywhere whether what the nearest node has applied will do */
        OfRead(int group, GroupQuery query, boolean anywhere, long timeoutMillis, TaskGroups.Answer<Object> answer) {
            super(Wire.READ, group, BYTES, timeoutMillis);
            this.query = query;
            this.anywhere = anywhere;
            this.answer = answer;
        }

        @Override
        boolean isAnsweredAnywhere() {
            return anywhere;
        }

        @Override
        void write(DataOutput out) throws IOException {
            out.writeBoolean(anywhere);
            QueryCodec.write(query, out);
        }

        @Override
        boolean take(ByteBufInputStream body) throws IOException {
            found = AnswerCodec.read(body);
            return true;
        }

        @Override
        void succeed() {
            answer.succeeded(Objects.requireNonNull(found));
        }

        @Override
        void fail(Throwable failure) {
            answer.failed(failure);
        }
    }
}
