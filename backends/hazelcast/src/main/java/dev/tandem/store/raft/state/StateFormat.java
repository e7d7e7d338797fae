package dev.tandem.store.raft.state;

import dev.tandem.task.CodecException;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A group's records as bytes, as members send them to each other and keep them on disk: each record as {@link RecordCodec}
 * writes it, with its length before it. What they are found by is made anew.
 */
public final class StateFormat {
    private static final int FORMAT = 1;

    private StateFormat() {}

    /** Writes all of a view. It may be long; nothing of it is held in memory. */
    public static void write(StateView view, DataOutput out) throws IOException {
        out.writeInt(FORMAT);
        out.writeInt(view.spaces().size());
        HashTrie.Walk<Space> spaces = view.spaces().all();
        for (Space space = spaces.next(); space != null; space = spaces.next()) {
            write(space, out);
        }
    }

    private static void write(Space space, DataOutput out) throws IOException {
        out.writeUTF(space.name);
        out.writeLong(space.timeMillis);
        out.writeLong(space.lastVersion);
        out.writeLong(space.forgottenVersion);
        GateFormat.write(space.gate, out);
        out.writeInt(space.tasks.size());
        HashTrie.Walk<Task> tasks = space.tasks.all();
        for (Task task = tasks.next(); task != null; task = tasks.next()) {
            write(RecordCodec.encode(task), out);
        }
        out.writeInt(space.tombstones.size());
        HashTrie.Walk<Tombstone> tombstones = space.tombstones.all();
        for (Tombstone each = tombstones.next(); each != null; each = tombstones.next()) {
            out.writeUTF(each.id());
            out.writeLong(each.version());
            out.writeLong(each.atMillis());
        }
        out.writeInt(space.leases.size());
        HashTrie.Walk<LeaderLease> leases = space.leases.all();
        for (LeaderLease lease = leases.next(); lease != null; lease = leases.next()) {
            write(RecordCodec.encode(lease), out);
        }
        out.writeInt(space.requests.size());
        HashTrie.Walk<RequestRecord> requests = space.requests.all();
        for (RequestRecord request = requests.next(); request != null; request = requests.next()) {
            write(RecordCodec.encode(request), out);
        }
        out.writeInt(space.outbox.size());
        Outbox.Walk entries = space.outbox.all();
        for (OutboxEntry entry = entries.next(); entry != null; entry = entries.next()) {
            GateFormat.write(entry, out);
        }
    }

    private static void write(byte[] record, DataOutput out) throws IOException {
        out.writeInt(record.length);
        out.write(record);
    }

    /**
     * The table that a view was written of.
     *
     * @param tombstoneKeepMillis as for {@link StateTable}
     * @throws CodecException if the bytes are of a newer format, or can't be read
     */
    public static StateTable read(DataInput in, long tombstoneKeepMillis) throws IOException {
        int format = in.readInt();
        if (format != FORMAT) {
            throw new CodecException("the state has format " + format + ", and this version of Tandem knows format "
                    + FORMAT + ": use the version that wrote it, or a newer one");
        }
        Edit edit = new Edit();
        HashTrie<Space> spaces = new HashTrie<>(space -> space.name, edit);
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            Space space = readSpace(in, edit);
            spaces.put(space);
        }
        return new StateTable(tombstoneKeepMillis, new StateView(spaces));
    }

    private static Space readSpace(DataInput in, Edit edit) throws IOException {
        Space space = new Space(in.readUTF(), edit);
        space.timeMillis = in.readLong();
        space.lastVersion = in.readLong();
        space.forgottenVersion = in.readLong();
        space.gate = GateFormat.readGate(in);
        int tasks = in.readInt();
        for (int i = 0; i < tasks; i++) {
            space.replace(null, RecordCodec.decodeTask(readRecord(in)));
        }
        int tombstones = in.readInt();
        for (int i = 0; i < tombstones; i++) {
            space.replace(new Tombstone(in.readUTF(), in.readLong(), in.readLong()));
        }
        int leases = in.readInt();
        for (int i = 0; i < leases; i++) {
            space.replace(RecordCodec.decodeLease(readRecord(in)));
        }
        int requests = in.readInt();
        for (int i = 0; i < requests; i++) {
            space.putRequest(RecordCodec.decodeRequest(readRecord(in)));
        }
        int entries = in.readInt();
        for (int i = 0; i < entries; i++) {
            space.putOutbox(GateFormat.readEntry(in));
        }
        space.logChanges();
        return space;
    }

    private static byte[] readRecord(DataInput in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            throw new CodecException("a record has " + length + " bytes");
        }
        byte[] record = new byte[length];
        in.readFully(record);
        return record;
    }
}
