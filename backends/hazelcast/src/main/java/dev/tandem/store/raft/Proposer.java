package dev.tandem.store.raft;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.task.Outcome;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes commands to one group. While a batch is under way, commands gather, and go together as the next one; so an idle group
 * costs no wait, and a busy one gets few and large entries, each of which is flushed to disk on all members. A batch that is full
 * does not wait for the one before, while there are fewer than {@link #BATCHES_MAX}.
 *
 * <p>Safe for use by several threads; its state is guarded by itself. Promises are completed outside of the lock.
 */
final class Proposer {
    /** How many batches are under way at once. */
    static final int BATCHES_MAX = 2;

    static final int BATCH_COMMANDS_MAX = 64;

    /** A batch ends with the command that comes to this many bytes. */
    static final int BATCH_BYTES_MAX = 1024 * 1024;

    /** How many commands wait at most; more are OVERLOADED. */
    static final int WAITING_MAX = 10_000;

    /** How many bytes wait at most, but for a single command. */
    static final long WAITING_BYTES_MAX = 32L * 1024 * 1024;

    /** How long a batch is tried. */
    static final long TRY_MILLIS = 30_000;

    /** A group forgets a proposer that is silent for longer than this, so it goes on under another name. */
    private static final long SILENCE_NANOS_MAX = TimeUnit.MINUTES.toNanos(15);

    /** What a command takes beside its payload, about. */
    private static final int COMMAND_BYTES = 200;

    /** What an entry of an outbox takes, about. */
    private static final int ENTRY_BYTES = 50;

    private final TaskGroups groups;
    private final int group;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final List<Sent> sent = new ArrayList<>(BATCHES_MAX);
    private UUID id = UUID.randomUUID();
    private long nextNumber = 1;
    private long heardNanos;
    private long waitingBytes;
    private @Nullable Promise<Void> closed;

    /** A command, and who waits for it. */
    private record Waiting(TaskCommand command, Promise<Outcome> promise, CallOptions options, int bytes) {}

    /** A batch under way, and who waits for it. */
    private record Sent(Batch batch, List<Waiting> commands) {}

    Proposer(TaskGroups groups, int group) {
        this.groups = groups;
        this.group = group;
    }

    /** The future completes on {@code context}. */
    Future<Outcome> propose(ContextInternal context, TaskCommand command, CallOptions options) {
        Promise<Outcome> promise = context.promise();
        Waiting added = new Waiting(command, promise, options, bytes(command.verb()));
        StoreException refused = add(added);
        if (refused != null) {
            promise.fail(refused);
        } else {
            send();
        }
        return promise.future();
    }

    private synchronized @Nullable StoreException add(Waiting added) {
        if (closed != null) {
            return new StoreException(FailureKind.NOT_APPLIED, "the store is closed");
        }
        boolean isFull = !waiting.isEmpty() && waitingBytes + added.bytes > WAITING_BYTES_MAX;
        if (isFull || waiting.size() >= WAITING_MAX) {
            return new StoreException(
                    FailureKind.OVERLOADED,
                    waiting.size() + " commands wait for group " + group + " already: try again after a pause");
        }
        waiting.add(added);
        waitingBytes += added.bytes;
        return null;
    }

    private static int bytes(Verb verb) {
        if (verb instanceof Verb.Create create) {
            return COMMAND_BYTES + create.spec().payload().length();
        } else if (verb instanceof Verb.Update update && update.payload() != null) {
            return COMMAND_BYTES + update.payload().length();
        } else if (verb instanceof Verb.Complete complete) {
            return COMMAND_BYTES + complete.result().length();
        } else if (verb instanceof Verb.Mirror mirror) {
            return mirror.records().stream().mapToInt(Proposer::bytes).sum();
        } else if (verb instanceof Verb.MoveGate move) {
            return COMMAND_BYTES + move.to().policy().length();
        } else if (verb instanceof Verb.Acknowledge acknowledge) {
            return COMMAND_BYTES + acknowledge.entries().size() * ENTRY_BYTES;
        }
        return verb instanceof Verb.Transition transition
                ? COMMAND_BYTES + transition.result().length()
                : COMMAND_BYTES;
    }

    private static int bytes(StoredRecord record) {
        return COMMAND_BYTES + (record instanceof Task task ? task.contentBytes() : 0);
    }

    private void send() {
        List<Waiting> late = new ArrayList<>(0);
        Sent next = take(late);
        while (next != null) {
            Sent batch = next;
            groups.apply(group, batch.batch, TRY_MILLIS, new TaskGroups.Answer<TaskGroups.Applied>() {
                @Override
                public void succeeded(TaskGroups.Applied applied) {
                    answered(batch, applied.outcomes());
                }

                @Override
                public void failed(Throwable failure) {
                    ended(batch, failure);
                }
            });
            next = take(late);
        }
        late.forEach(Proposer::tooLate);
    }

    private static void tooLate(Waiting command) {
        command.promise.tryFail(new StoreException(
                FailureKind.DEADLINE_PASSED, "the deadline of the call passed before the command was sent"));
    }

    /** The next batch, if it can go now. */
    private synchronized @Nullable Sent take(List<Waiting> late) {
        long now = System.nanoTime();
        boolean isFull = waiting.size() >= BATCH_COMMANDS_MAX || waitingBytes >= BATCH_BYTES_MAX;
        int batchesMax = isFull ? BATCHES_MAX : 1;
        if (sent.size() >= batchesMax || nextNumber - lowest() >= Batch.UNDER_WAY_MAX) {
            return null;
        }
        List<Waiting> commands = new ArrayList<>(Math.min(waiting.size(), BATCH_COMMANDS_MAX));
        int bytes = 0;
        while (commands.size() < BATCH_COMMANDS_MAX && bytes < BATCH_BYTES_MAX && !waiting.isEmpty()) {
            Waiting first = waiting.remove();
            waitingBytes -= first.bytes;
            if (first.options.isPast(now)) {
                late.add(first);
            } else {
                commands.add(first);
                bytes += first.bytes;
            }
        }
        if (commands.isEmpty()) {
            return null;
        }
        if (sent.isEmpty() && nextNumber > 1 && now - heardNanos > SILENCE_NANOS_MAX) {
            rename();
        }
        Batch batch = new Batch(
                id,
                nextNumber,
                lowest(),
                commands.stream().map(Waiting::command).toList());
        nextNumber++;
        Sent next = new Sent(batch, commands);
        sent.add(next);
        return next;
    }

    private long lowest() {
        long lowest = nextNumber;
        for (Sent each : sent) {
            if (each.batch.proposer().equals(id)) {
                lowest = Math.min(lowest, each.batch.number());
            }
        }
        return lowest;
    }

    private void rename() {
        id = UUID.randomUUID();
        nextNumber = 1;
    }

    private void answered(Sent batch, @Nullable List<Outcome> outcomes) {
        if (outcomes == null) {
            ended(
                    batch,
                    new StoreException(
                            FailureKind.MAYBE_APPLIED,
                            "group " + group + " does not remember whether the command was applied"));
            return;
        }
        for (int i = 0; i < batch.commands.size(); i++) {
            end(batch.commands.get(i).promise, outcomes.get(i));
        }
        over(batch, true);
    }

    private static void end(Promise<Outcome> promise, Outcome outcome) {
        if (outcome instanceof Outcome.Fenced fenced) {
            promise.tryFail(StoreException.fenced(fenced.gate()));
        } else {
            promise.tryComplete(outcome);
        }
    }

    private void ended(Sent batch, Throwable failure) {
        StoreException told = failure instanceof StoreException known
                ? known
                : new StoreException(FailureKind.MAYBE_APPLIED, "group " + group + ": " + failure, failure);
        batch.commands.forEach(command -> command.promise.tryFail(told));
        over(batch, false);
    }

    private void over(Sent batch, boolean isKnown) {
        synchronized (this) {
            sent.remove(batch);
            heardNanos = System.nanoTime();
            if (!isKnown && batch.batch.proposer().equals(id)) {
                // Whatever it was, the group may not know this name any more.
                rename();
            }
        }
        send();
        endIfDone();
    }

    /**
     * Fails the calls whose deadline has passed.
     *
     * @return whether there are others with a deadline
     */
    boolean checkDeadlines(long now) {
        List<Waiting> late = new ArrayList<>(0);
        List<Waiting> unknown = new ArrayList<>(0);
        boolean others = false;
        synchronized (this) {
            for (Waiting each : waiting) {
                if (each.options.isPast(now)) {
                    late.add(each);
                    waitingBytes -= each.bytes;
                } else {
                    others |= each.options.deadlineNanos() != CallOptions.NEVER;
                }
            }
            if (!late.isEmpty()) {
                waiting.removeIf(each -> each.options.isPast(now));
            }
            for (Sent batch : sent) {
                for (Waiting each : batch.commands) {
                    if (each.options.isPast(now)) {
                        unknown.add(each);
                    } else {
                        others |= each.options.deadlineNanos() != CallOptions.NEVER;
                    }
                }
            }
        }
        late.forEach(Proposer::tooLate);
        unknown.forEach(each -> each.promise.tryFail(new StoreException(
                FailureKind.MAYBE_APPLIED, "group " + group + " did not answer before the call's deadline")));
        endIfDone();
        return others;
    }

    synchronized RaftTaskStore.Load load() {
        return new RaftTaskStore.Load(sent.size(), waiting.size(), waitingBytes);
    }

    /** Takes no more, and completes on {@code context} when all that it took was answered. */
    Future<Void> close(ContextInternal context) {
        Promise<Void> promise = context.promise();
        synchronized (this) {
            if (closed != null) {
                return closed.future();
            }
            closed = promise;
        }
        endIfDone();
        return promise.future();
    }

    private void endIfDone() {
        Promise<Void> done;
        synchronized (this) {
            done = waiting.isEmpty() && sent.isEmpty() ? closed : null;
        }
        if (done != null) {
            done.tryComplete();
        }
    }
}
