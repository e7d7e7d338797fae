package dev.tandem.store.redis;

import dev.tandem.task.Bytes;
import dev.tandem.task.Gate;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Progress;
import dev.tandem.task.RequestKey;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Commands as the two arguments that the scripts take: who asks, and what. The scripts' first lines name the places. */
final class CommandPacker {
    /** The latest time that the index has room for: in the year 10889. */
    static final long TIME_MAX = (1L << 48) - 1;

    /** What a {@link Space} and a store are named by has this many letters, of one byte each. */
    static final int WORD_LENGTH = 12;

    private static final int ENVELOPE_BYTES = 6 + 7 + 7 + 4 + 2 * WORD_LENGTH + 7 + 4;
    /** Less a priority is what the index has, so that the highest comes first. */
    private static final int INDEX_PRIORITY_MAX = 32767;

    private static final byte[] NO_BYTES = {};

    /** One of each role, by the numbers of their codes, to ask which of them admit a verb. */
    private static final List<Gate> GATES = Arrays.stream(Gate.Role.values())
            .map(role -> new Gate(0, role, false, Bytes.EMPTY))
            .toList();

    /** The most leases that a claim takes back before it looks for tasks. */
    private static final int TAKEN_BACK_MAX = 100;

    private CommandPacker() {}

    /**
     * What the script of a command takes: the envelope, the verb, the request, and for a create the record.
     *
     * @throws IllegalArgumentException for a number or a time that has no room
     */
    static byte[][] arguments(
            TaskCommand command, Space.Expectation expected, String writer, RedisTaskStore.Settings settings) {
        Verb verb = command.verb();
        byte[] envelope = envelope(command, expected, writer, settings.changesMax());
        byte[] body = body(verb, settings.tombstoneKeep().toMillis());
        return verb instanceof Verb.Create create
                ? new byte[][] {envelope, body, request(command), createdRecord(create)}
                : new byte[][] {envelope, body, request(command)};
    }

    /** Who asks, and what it knows of the namespace. */
    private static byte[] envelope(TaskCommand command, Space.Expectation expected, String writer, int changesMax) {
        PackWriter out = new PackWriter(ENVELOPE_BYTES)
                .fixed(time(command.atMillis()), 6)
                .fixed(expected.floor(), 7)
                .fixed(expected.check(), 7)
                .fixed(changesMax, 4)
                .ascii(expected.era())
                .ascii(writer)
                .fixed(epoch(command.epoch()), 7);
        admitted(out, command.verb());
        return out.toArray();
    }

    /** Whether any gate admits the verb, whatever its epoch; then of each role, whether one of the same epoch does. */
    private static void admitted(PackWriter out, Verb verb) {
        Gate any = GATES.get(0);
        out.fixed(any.admits(any.epoch() + 1, verb) ? 1 : 0, 1);
        for (Gate gate : GATES) {
            out.fixed(gate.admits(gate.epoch(), verb) ? 1 : 0, 1);
        }
    }

    private static long epoch(long epoch) {
        if (epoch < 0 || epoch > PackWriter.NUMBER_MAX) {
            throw new IllegalArgumentException("the epoch " + epoch + " is not between 0 and 2^53");
        }
        return epoch;
    }

    /** The request that a command belongs to; empty if there is none. */
    private static byte[] request(TaskCommand command) {
        RequestKey request = command.request();
        boolean isOnRecords = !(command.verb() instanceof Verb.MoveGate || command.verb() instanceof Verb.Acknowledge);
        if (request == null || !isOnRecords) {
            return NO_BYTES;
        }
        byte[] hash =
                ByteBuffer.allocate(Long.BYTES).putLong(request.bodyHash()).array();
        return new PackWriter(64)
                .array(4)
                .text(request.id())
                .bytes(hash)
                .number(request.keepMillis())
                .number(command.verb().code())
                .toArray();
    }

    private static byte[] body(Verb verb, long tombstoneKeepMillis) {
        PackWriter out = new PackWriter(128);
        if (verb instanceof Verb.Create create) {
            create(out, create);
        } else if (verb instanceof Verb.OnTask onTask) {
            onTask(out, onTask);
        } else if (verb instanceof Verb.OnLease onLease) {
            onLease(out, onLease);
        } else if (verb instanceof Verb.Claim claim) {
            claim(out, claim);
        } else if (verb instanceof Verb.Sweep sweep) {
            out.array(3).text("").number(sweep.limit()).number(tombstoneKeepMillis);
        } else if (verb instanceof Verb.Prune prune) {
            out.array(4).text("").array(prune.states().size());
            for (TaskState state : prune.states()) {
                out.number(state.code());
            }
            out.number(Math.max(0, Math.min(prune.finishedBeforeMillis(), TIME_MAX)))
                    .number(prune.limit());
        } else if (verb instanceof Verb.Mirror mirror) {
            out.array(2 + 2 * mirror.records().size()).text("").number(mirror.version());
            for (StoredRecord record : mirror.records()) {
                out.text(RecordPacker.field(record)).bytes(RecordPacker.pack(record));
            }
        } else if (verb instanceof Verb.MoveGate move) {
            out.array(5).text("p").number(move.expectedEpoch());
            out.number(epoch(move.to().epoch())).number(move.to().code());
            out.bytes(move.to().policy().array());
        } else if (verb instanceof Verb.Acknowledge acknowledge) {
            out.array(1 + 2 * acknowledge.entries().size()).text("");
            for (OutboxEntry entry : acknowledge.entries()) {
                out.field((char) entry.name().kind().code(), entry.name().name());
                out.version(entry.version());
            }
        } else {
            throw new IllegalArgumentException("unknown verb: " + verb);
        }
        return out.toArray();
    }

    private static void create(PackWriter out, Verb.Create create) {
        TaskSpec spec = create.spec();
        boolean isPlain = spec.labels().isEmpty() && create.parts().isEmpty();
        out.array(5).field('t', create.taskId());
        out.number(time(create.delayMillis())).number(time(create.dueAtMillis()));
        if (spec.queue().isEmpty()) {
            out.text("");
        } else {
            byte[] queue = spec.queue().getBytes(StandardCharsets.UTF_8);
            out.bytes(new PackWriter(32)
                    .fixed('D', 1)
                    .fixed(queue.length, 2)
                    .raw(queue)
                    .fixed(INDEX_PRIORITY_MAX - spec.priority(), 2)
                    .toArray());
        }
        out.bool(isPlain);
    }

    /** What a create writes of its task's record: all that stands from the queue on. */
    private static byte[] createdRecord(Verb.Create create) {
        TaskSpec spec = create.spec();
        PackWriter out = new PackWriter(64 + spec.payload().length());
        out.text(spec.queue()).text(spec.kind()).number(spec.priority()).number(time(spec.retentionMillis()));
        out.bytes(spec.payload().array()).text("");
        if (spec.labels().isEmpty()) {
            out.bool(false);
        } else {
            labels(out, spec.labels());
        }
        if (spec.retry().equals(RetryPolicy.DEFAULT)) {
            out.bool(false);
        } else {
            retry(out, spec.retry());
        }
        out.bool(false).bool(false).bool(false);
        if (create.parts().isEmpty()) {
            out.bool(false);
        } else {
            out.array(create.parts().size() * 6);
            new TreeMap<>(create.parts())
                    .forEach((node, localId) -> out.text(node)
                            .text(localId)
                            .number(TaskState.ENQUEUED.code())
                            .number(0)
                            .bool(false)
                            .bool(false));
        }
        return out.toArray();
    }

    private static void onTask(PackWriter out, Verb.OnTask verb) {
        if (verb instanceof Verb.Complete complete) {
            out.array(3).field('t', complete.taskId()).version(complete.token());
            out.bytes(complete.result().array());
        } else if (verb instanceof Verb.Renew renew) {
            out.array(4).field('t', renew.taskId()).version(renew.token()).number(time(renew.leaseMillis()));
            progress(out, renew.progress());
        } else if (verb instanceof Verb.Update update) {
            update(out, update);
        } else if (verb instanceof Verb.UpdatePart update) {
            out.array(6).field('t', update.taskId()).version(update.expectedVersion());
            out.text(update.node());
            orFalse(out, update.localId());
            error(out.number(update.state().code()), update.error());
        } else if (verb instanceof Verb.Transition move) {
            out.array(6).field('t', move.taskId()).version(move.expectedVersion());
            out.version(move.token())
                    .number(move.to().code())
                    .bytes(move.result().array());
            error(out, move.error());
        } else if (verb instanceof Verb.Fail fail) {
            out.array(4).field('t', fail.taskId()).version(fail.token());
            error(out, fail.error());
            out.bool(fail.isFinal());
        } else if (verb instanceof Verb.Release release) {
            out.array(3).field('t', release.taskId()).version(release.token()).number(time(release.delayMillis()));
        } else if (verb instanceof Verb.Cancel cancel) {
            out.array(3)
                    .field('t', cancel.taskId())
                    .version(cancel.expectedVersion())
                    .text(cancel.reason());
        } else if (verb instanceof Verb.Retry retry) {
            out.array(2).field('t', retry.taskId()).version(retry.expectedVersion());
        } else if (verb instanceof Verb.Delete delete) {
            out.array(2).field('t', delete.taskId()).version(delete.expectedVersion());
        } else {
            throw new IllegalArgumentException("unknown verb: " + verb);
        }
    }

    private static void update(PackWriter out, Verb.Update update) {
        out.array(10).field('t', update.taskId()).version(update.expectedVersion());
        orFalse(out, update.queue());
        orFalse(out, update.kind());
        orFalse(out, update.priority() == null ? null : update.priority().longValue());
        if (update.payload() == null) {
            out.bool(false);
        } else {
            out.bytes(update.payload().array());
        }
        if (update.labels() == null) {
            out.bool(false);
        } else {
            labels(out, update.labels());
        }
        RetryPolicy retry = update.retry();
        if (retry == null) {
            out.bool(false);
        } else if (retry.equals(RetryPolicy.DEFAULT)) {
            out.array(0);
        } else {
            retry(out, retry);
        }
        orFalse(out, update.retentionMillis());
        orFalse(out, update.dueAtMillis());
    }

    private static void onLease(PackWriter out, Verb.OnLease verb) {
        out.array(verb instanceof Verb.ReleaseLease ? 2 : 3).field('l', verb.scope());
        if (verb instanceof Verb.AcquireLease acquire) {
            out.text(acquire.holder()).number(time(acquire.leaseMillis()));
        } else if (verb instanceof Verb.RenewLease renew) {
            out.version(renew.token()).number(time(renew.leaseMillis()));
        } else if (verb instanceof Verb.ReleaseLease release) {
            out.version(release.token());
        }
    }

    private static void claim(PackWriter out, Verb.Claim claim) {
        Set<String> queues = new LinkedHashSet<>(claim.queues());
        out.array(7).text("").array(queues.size());
        queues.forEach(out::text);
        out.text(claim.workerId()).number(time(claim.leaseMillis())).number(claim.limit());
        out.number(Limits.PAGE_BYTES_MAX).number(TAKEN_BACK_MAX);
    }

    /** Sorted, because the scripts compare lists by their bytes. */
    static void labels(PackWriter out, Map<String, String> labels) {
        out.array(labels.size() * 2);
        new TreeMap<>(labels).forEach((name, value) -> out.text(name).text(value));
    }

    static void retry(PackWriter out, RetryPolicy retry) {
        out.array(4).number(retry.maxAttempts()).number(retry.initialBackoffMillis());
        out.number(retry.maxBackoffMillis()).number(retry.multiplierPermille());
    }

    static void progress(PackWriter out, @Nullable Progress progress) {
        if (progress == null) {
            out.bool(false);
        } else {
            out.array(2).number(progress.percent()).text(progress.note());
        }
    }

    static void error(PackWriter out, @Nullable TaskError error) {
        if (error == null) {
            out.bool(false);
        } else {
            out.array(2).text(error.code()).text(error.message());
        }
    }

    private static void orFalse(PackWriter out, @Nullable String text) {
        if (text == null) {
            out.bool(false);
        } else {
            out.text(text);
        }
    }

    private static void orFalse(PackWriter out, @Nullable Long millis) {
        if (millis == null) {
            out.bool(false);
        } else {
            out.number(millis);
        }
    }

    static long time(long millis) {
        if (millis < 0 || millis > TIME_MAX) {
            throw new IllegalArgumentException("the time " + millis + " is not between 1970 and the year 10889");
        }
        return millis;
    }
}
