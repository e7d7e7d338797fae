package dev.tandem.store.raft.state;

import dev.tandem.task.Bytes;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Gates and entries of outboxes as bytes, in states and in answers. */
final class GateFormat {
    private GateFormat() {}

    static void write(Gate gate, DataOutput out) throws IOException {
        out.writeLong(gate.epoch());
        out.writeByte(gate.code());
        out.writeInt(gate.policy().length());
        out.write(gate.policy().array());
    }

    static Gate readGate(DataInput in) throws IOException {
        long epoch = in.readLong();
        int code = in.readUnsignedByte();
        int length = in.readInt();
        if (length < 0) {
            throw new CodecException("a policy has " + length + " bytes");
        }
        byte[] policy = new byte[length];
        in.readFully(policy);
        return Gate.ofCode(epoch, code, Bytes.of(policy));
    }

    static void write(OutboxEntry entry, DataOutput out) throws IOException {
        out.writeByte(entry.name().kind().code());
        out.writeUTF(entry.name().name());
        out.writeLong(entry.version());
    }

    static OutboxEntry readEntry(DataInput in) throws IOException {
        RecordKind kind = RecordKind.ofCode(in.readUnsignedByte());
        if (kind == RecordKind.TOMBSTONE) {
            throw new CodecException("an entry of the outbox that is of a tombstone");
        }
        return new OutboxEntry(new RecordName(kind, in.readUTF()), in.readLong());
    }
}
