package dev.tandem.task;

import java.util.ArrayList;
import java.util.List;

/** Outcomes as bytes, for a wire between a store's members: see {@link RecordCodec} for what holds of the bytes. */
public final class OutcomeCodec {
    private static final int OUTCOME = 'O';
    private static final int FORMAT = 1;

    private OutcomeCodec() {}

    public static byte[] encode(Outcome outcome) {
        ByteWriter out = new ByteWriter(0);
        out.u8(OUTCOME);
        out.u8(FORMAT);
        if (outcome instanceof Outcome.Applied applied) {
            out.u8(1);
            RecordCodec.write(out, applied.task());
        } else if (outcome instanceof Outcome.Unchanged unchanged) {
            out.u8(2);
            RecordCodec.write(out, unchanged.task());
        } else if (outcome instanceof Outcome.Deleted deleted) {
            out.u8(3);
            out.id(deleted.taskId());
            out.varint(deleted.version());
        } else if (outcome instanceof Outcome.Claimed claimed) {
            out.u8(4);
            out.varint(claimed.tasks().size());
            claimed.tasks().forEach(task -> RecordCodec.write(out, task));
            out.varint(claimed.nextDueAtMillis());
        } else if (outcome instanceof Outcome.Swept swept) {
            out.u8(5);
            out.varint(swept.requeued());
            out.varint(swept.deleted());
            out.bool(swept.more());
        } else if (outcome instanceof Outcome.Granted granted) {
            out.u8(6);
            RecordCodec.write(out, granted.lease());
        } else if (outcome instanceof Outcome.Mirrored mirrored) {
            out.u8(8);
            out.varint(mirrored.applied());
        } else if (outcome instanceof Outcome.Gated gated) {
            out.u8(9);
            RecordCodec.write(out, gated.gate());
            out.bool(gated.moved());
        } else if (outcome instanceof Outcome.Acknowledged acknowledged) {
            out.u8(11);
            out.varint(acknowledged.entries());
        } else if (outcome instanceof Outcome.Fenced fenced) {
            out.u8(10);
            RecordCodec.write(out, fenced.gate());
        } else if (outcome instanceof Outcome.Rejected rejected) {
            out.u8(7);
            out.u8(rejected.reason().code());
            out.string(rejected.message());
            Task task = rejected.task();
            out.bool(task != null);
            if (task != null) {
                RecordCodec.write(out, task);
            }
            LeaderLease lease = rejected.lease();
            out.bool(lease != null);
            if (lease != null) {
                RecordCodec.write(out, lease);
            }
        }
        return out.toArray();
    }

    /**
     * The outcome that these bytes hold.
     *
     * @throws CodecException if they are not one, or of a format that this version does not know
     */
    public static Outcome decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes).expect(OUTCOME, FORMAT, "an outcome");
        int code = in.u8();
        Outcome outcome = switch (code) {
            case 1 -> new Outcome.Applied(RecordCodec.readTask(in));
            case 2 -> new Outcome.Unchanged(RecordCodec.readTask(in));
            case 3 -> new Outcome.Deleted(in.id(), in.varint());
            case 4 -> readClaimed(in);
            case 5 -> new Outcome.Swept(in.varint(), in.varint(), in.bool());
            case 6 -> new Outcome.Granted(RecordCodec.readLease(in));
            case 7 ->
                new Outcome.Rejected(
                        Outcome.Reason.ofCode(in.u8()),
                        in.string(),
                        in.bool() ? RecordCodec.readTask(in) : null,
                        in.bool() ? RecordCodec.readLease(in) : null);
            case 8 -> new Outcome.Mirrored(in.varint());
            case 9 -> new Outcome.Gated(RecordCodec.readGate(in), in.bool());
            case 10 -> new Outcome.Fenced(RecordCodec.readGate(in));
            case 11 -> new Outcome.Acknowledged(in.varint());
            default -> throw new CodecException("unknown outcome " + code);
        };
        in.end();
        return outcome;
    }

    private static Outcome.Claimed readClaimed(ByteReader in) {
        int count = in.count();
        List<Task> tasks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tasks.add(RecordCodec.readTask(in));
        }
        return new Outcome.Claimed(List.copyOf(tasks), in.varint());
    }
}
