package dev.tandem.task;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Commands as bytes, for a log or a wire: see {@link RecordCodec} for what holds of the bytes.
 *
 * <p>What a command costs beside its caller's own strings and payload is a dozen bytes or so; the tests hold it to 26.
 */
public final class CommandCodec {
    private static final int COMMAND = 'C';
    private static final int FORMAT = 1;
    private static final int HAS_REQUEST = 1;
    private static final int HAS_EPOCH = 2;

    private CommandCodec() {}

    public static byte[] encode(TaskCommand command) {
        ByteWriter out = new ByteWriter(64 + payloadLength(command.verb()));
        out.u8(COMMAND);
        out.u8(FORMAT);
        out.string(command.namespace());
        out.varint(command.atMillis());
        RequestKey request = command.request();
        out.u8((request != null ? HAS_REQUEST : 0) | (command.epoch() != 0 ? HAS_EPOCH : 0));
        if (command.epoch() != 0) {
            out.varint(command.epoch());
        }
        if (request != null) {
            out.id(request.id());
            out.fixed64(request.bodyHash());
            out.varint(request.keepMillis());
        }
        write(out, command.verb());
        return out.toArray();
    }

    /**
     * The command that these bytes hold.
     *
     * @throws CodecException if they are not one, or of a format that this version does not know
     */
    public static TaskCommand decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes).expect(COMMAND, FORMAT, "a command");
        String namespace = in.name();
        long at = in.varint();
        int has = in.u8();
        if ((has & ~(HAS_REQUEST | HAS_EPOCH)) != 0) {
            throw new CodecException("a command of which more is told than this version knows: " + has);
        }
        long epoch = (has & HAS_EPOCH) != 0 ? in.varint() : 0;
        RequestKey request = (has & HAS_REQUEST) != 0 ? new RequestKey(in.id(), in.fixed64(), in.varint()) : null;
        TaskCommand command = new TaskCommand(namespace, at, epoch, request, readVerb(in));
        in.end();
        return command;
    }

    /** What {@link RequestKey#bodyHash} is made of: the first eight bytes of SHA-256 over the verb as it is encoded. */
    public static long bodyHash(Verb verb) {
        ByteWriter out = new ByteWriter(64 + payloadLength(verb));
        write(out, verb);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(out.toArray());
            long hash = 0;
            for (int i = 0; i < 8; i++) {
                hash = hash << 8 | (digest[i] & 0xff);
            }
            return hash;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static int payloadLength(Verb verb) {
        if (verb instanceof Verb.Create create) {
            return create.spec().payload().length();
        }
        if (verb instanceof Verb.Update update && update.payload() != null) {
            return update.payload().length();
        }
        if (verb instanceof Verb.Mirror mirror) {
            return contentLength(mirror);
        }
        return verb instanceof Verb.Complete complete ? complete.result().length() : 0;
    }

    private static int contentLength(Verb.Mirror mirror) {
        int length = 0;
        for (StoredRecord record : mirror.records()) {
            length += 160 + (record instanceof Task task ? task.contentBytes() : 0);
        }
        return length;
    }

    private static void write(ByteWriter out, Verb verb) {
        out.u8(verb.code());
        if (verb instanceof Verb.OnTask onTask) {
            out.id(onTask.taskId());
            writeOnTask(out, onTask);
        } else if (verb instanceof Verb.Claim claim) {
            writeList(out, claim.queues());
            out.string(claim.workerId());
            out.varint(claim.leaseMillis());
            out.varint(claim.limit());
        } else if (verb instanceof Verb.Sweep sweep) {
            out.varint(sweep.limit());
        } else if (verb instanceof Verb.Prune prune) {
            int states = 0;
            for (TaskState state : prune.states()) {
                states |= 1 << state.code();
            }
            out.u8(states);
            out.varint(prune.finishedBeforeMillis());
            out.varint(prune.limit());
        } else if (verb instanceof Verb.AcquireLease acquire) {
            out.string(acquire.scope());
            out.string(acquire.holder());
            out.varint(acquire.leaseMillis());
        } else if (verb instanceof Verb.RenewLease renew) {
            out.string(renew.scope());
            out.varint(renew.token());
            out.varint(renew.leaseMillis());
        } else if (verb instanceof Verb.ReleaseLease release) {
            out.string(release.scope());
            out.varint(release.token());
        } else if (verb instanceof Verb.Mirror mirror) {
            out.varint(mirror.version());
            out.varint(mirror.records().size());
            mirror.records().forEach(record -> out.bytes(RecordCodec.encode(record)));
        } else if (verb instanceof Verb.MoveGate move) {
            out.zigzag(move.expectedEpoch());
            RecordCodec.write(out, move.to());
        } else if (verb instanceof Verb.Acknowledge acknowledge) {
            out.zigzag(acknowledge.shard());
            out.varint(acknowledge.entries().size());
            acknowledge.entries().forEach(entry -> RecordCodec.write(out, entry));
        }
    }

    private static void writeOnTask(ByteWriter out, Verb.OnTask verb) {
        if (verb instanceof Verb.Create create) {
            writeSpec(out, create.spec());
            out.varint(create.dueAtMillis());
            out.varint(create.delayMillis());
            RecordCodec.write(out, create.parts());
        } else if (verb instanceof Verb.Update update) {
            writeUpdate(out, update);
        } else if (verb instanceof Verb.UpdatePart part) {
            out.varint(part.expectedVersion());
            out.string(part.node());
            out.bool(part.localId() != null);
            if (part.localId() != null) {
                out.string(part.localId());
            }
            out.u8(part.state().code());
            RecordCodec.write(out, part.error(), part.error() != null);
        } else if (verb instanceof Verb.Transition transition) {
            out.varint(transition.expectedVersion());
            out.varint(transition.token());
            out.u8(transition.to().code());
            out.bytes(transition.result());
            RecordCodec.write(out, transition.error(), transition.error() != null);
        } else if (verb instanceof Verb.Renew renew) {
            out.varint(renew.token());
            out.varint(renew.leaseMillis());
            Progress progress = renew.progress();
            out.bool(progress != null);
            if (progress != null) {
                RecordCodec.write(out, progress);
            }
        } else if (verb instanceof Verb.Complete complete) {
            out.varint(complete.token());
            out.bytes(complete.result());
        } else if (verb instanceof Verb.Fail fail) {
            out.varint(fail.token());
            RecordCodec.write(out, fail.error());
            out.bool(fail.isFinal());
        } else if (verb instanceof Verb.Release release) {
            out.varint(release.token());
            out.varint(release.delayMillis());
        } else if (verb instanceof Verb.Cancel cancel) {
            out.varint(cancel.expectedVersion());
            out.string(cancel.reason());
        } else if (verb instanceof Verb.Retry retry) {
            out.varint(retry.expectedVersion());
        } else if (verb instanceof Verb.Delete delete) {
            out.varint(delete.expectedVersion());
        }
    }

    private static Verb readVerb(ByteReader in) {
        int code = in.u8();
        return switch (code) {
            case 1 -> new Verb.Create(in.id(), readSpec(in), in.varint(), in.varint(), RecordCodec.readStrings(in));
            case 2 -> readUpdate(in);
            case 3 ->
                new Verb.UpdatePart(
                        in.id(),
                        in.varint(),
                        in.string(),
                        in.bool() ? in.string() : null,
                        TaskState.ofCode(in.u8()),
                        readOptionalError(in));
            case 4 ->
                new Verb.Transition(
                        in.id(),
                        in.varint(),
                        in.varint(),
                        TaskState.ofCode(in.u8()),
                        in.bytes(),
                        readOptionalError(in));
            case 5 ->
                new Verb.Renew(in.id(), in.varint(), in.varint(), in.bool() ? RecordCodec.readProgress(in) : null);
            case 6 -> new Verb.Complete(in.id(), in.varint(), in.bytes());
            case 7 -> new Verb.Fail(in.id(), in.varint(), RecordCodec.readError(in), in.bool());
            case 8 -> new Verb.Release(in.id(), in.varint(), in.varint());
            case 9 -> new Verb.Cancel(in.id(), in.varint(), in.string());
            case 10 -> new Verb.Retry(in.id(), in.varint());
            case 11 -> new Verb.Delete(in.id(), in.varint());
            case 12 -> new Verb.Claim(readList(in), in.name(), in.varint(), in.intVarint());
            case 13 -> new Verb.Sweep(in.intVarint());
            case 14 -> new Verb.Prune(readStates(in), in.varint(), in.intVarint());
            case 15 -> new Verb.AcquireLease(in.string(), in.string(), in.varint());
            case 16 -> new Verb.RenewLease(in.string(), in.varint(), in.varint());
            case 17 -> new Verb.ReleaseLease(in.string(), in.varint());
            case 18 -> readMirror(in);
            case 19 -> readMoveGate(in);
            case 20 -> readAcknowledge(in);
            default -> throw new CodecException("unknown verb " + code);
        };
    }

    private static void writeSpec(ByteWriter out, TaskSpec spec) {
        out.string(spec.queue());
        out.string(spec.kind());
        out.zigzag(spec.priority());
        out.bytes(spec.payload());
        RecordCodec.write(out, spec.labels());
        boolean ownRetry = !spec.retry().equals(RetryPolicy.DEFAULT);
        out.bool(ownRetry);
        if (ownRetry) {
            RecordCodec.write(out, spec.retry());
        }
        out.varint(spec.retentionMillis());
    }

    private static TaskSpec readSpec(ByteReader in) {
        return new TaskSpec(
                in.name(),
                in.name(),
                in.intZigzag(),
                in.bytes(),
                RecordCodec.readStrings(in),
                in.bool() ? RecordCodec.readRetry(in) : RetryPolicy.DEFAULT,
                in.varint());
    }

    private static void writeUpdate(ByteWriter out, Verb.Update update) {
        out.varint(update.expectedVersion());
        out.u8((update.queue() != null ? 1 : 0)
                | (update.kind() != null ? 2 : 0)
                | (update.priority() != null ? 4 : 0)
                | (update.payload() != null ? 8 : 0)
                | (update.labels() != null ? 16 : 0)
                | (update.retry() != null ? 32 : 0)
                | (update.retentionMillis() != null ? 64 : 0)
                | (update.dueAtMillis() != null ? 128 : 0));
        if (update.queue() != null) {
            out.string(update.queue());
        }
        if (update.kind() != null) {
            out.string(update.kind());
        }
        if (update.priority() != null) {
            out.zigzag(update.priority());
        }
        if (update.payload() != null) {
            out.bytes(update.payload());
        }
        if (update.labels() != null) {
            RecordCodec.write(out, update.labels());
        }
        if (update.retry() != null) {
            RecordCodec.write(out, update.retry());
        }
        if (update.retentionMillis() != null) {
            out.varint(update.retentionMillis());
        }
        if (update.dueAtMillis() != null) {
            out.varint(update.dueAtMillis());
        }
    }

    private static Verb.Mirror readMirror(ByteReader in) {
        long version = in.varint();
        int count = in.count();
        List<StoredRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            records.add(RecordCodec.decodeRecord(in.bytes().array()));
        }
        return new Verb.Mirror(List.copyOf(records), version);
    }

    private static Verb.MoveGate readMoveGate(ByteReader in) {
        long expected = in.zigzag();
        Gate to = RecordCodec.readGate(in);
        if (to.epoch() <= expected) {
            throw new CodecException("a gate does not go from epoch " + expected + " to " + to.epoch());
        }
        return new Verb.MoveGate(expected, to);
    }

    private static Verb.Acknowledge readAcknowledge(ByteReader in) {
        int shard = in.intZigzag();
        int count = in.count();
        List<OutboxEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(RecordCodec.readOutboxEntry(in));
        }
        return new Verb.Acknowledge(shard, List.copyOf(entries));
    }

    private static Verb.Update readUpdate(ByteReader in) {
        String taskId = in.id();
        long expected = in.varint();
        int has = in.u8();
        return new Verb.Update(
                taskId,
                expected,
                (has & 1) != 0 ? in.name() : null,
                (has & 2) != 0 ? in.name() : null,
                (has & 4) != 0 ? Integer.valueOf(in.intZigzag()) : null,
                (has & 8) != 0 ? in.bytes() : null,
                (has & 16) != 0 ? RecordCodec.readStrings(in) : null,
                (has & 32) != 0 ? RecordCodec.readRetry(in) : null,
                (has & 64) != 0 ? Long.valueOf(in.varint()) : null,
                (has & 128) != 0 ? Long.valueOf(in.varint()) : null);
    }

    private static @Nullable TaskError readOptionalError(ByteReader in) {
        return in.bool() ? RecordCodec.readError(in) : null;
    }

    private static void writeList(ByteWriter out, List<String> list) {
        out.varint(list.size());
        list.forEach(out::string);
    }

    private static List<String> readList(ByteReader in) {
        int count = in.count();
        List<String> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(in.name());
        }
        return List.copyOf(list);
    }

    private static Set<TaskState> readStates(ByteReader in) {
        int bits = in.u8();
        Set<TaskState> states = EnumSet.noneOf(TaskState.class);
        for (TaskState state : TaskState.values()) {
            if ((bits & 1 << state.code()) != 0) {
                states.add(state);
            }
        }
        return states;
    }
}
