package dev.tandem.store.raft.state;

import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.TaskState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Questions to groups as bytes, as members send them to each other. */
public final class QueryCodec {
    static final int FORMAT = 1;

    static final int GET = 1;
    static final int LIST = 2;
    static final int COUNT = 3;
    static final int GET_LEASE = 4;
    static final int CHANGES = 5;
    static final int NAMESPACES = 6;
    static final int HAS_REQUEST = 7;
    static final int SCAN = 8;
    static final int EACH = 9;
    static final int OUTBOX = 10;
    static final int GET_GATE = 11;
    static final int AT_EPOCH = 12;

    private QueryCodec() {}

    public static void write(GroupQuery query, DataOutput out) throws IOException {
        out.writeByte(FORMAT);
        out.writeByte(code(query));
        if (query instanceof GroupQuery.HasRequest has) {
            out.writeUTF(has.namespace());
            out.writeUTF(has.requestId());
            out.writeLong(has.atMillis());
        } else if (query instanceof GroupQuery.Each each) {
            out.writeInt(each.queries().size());
            for (GroupQuery one : each.queries()) {
                write(one, out);
            }
        } else if (query instanceof GroupQuery.AtEpoch at) {
            out.writeLong(at.epoch());
            write(at.ask(), out);
        } else if (query instanceof GroupQuery.Ask ask) {
            out.writeUTF(ask.query().namespace());
            write(ask.query(), out);
        }
    }

    static int code(GroupQuery query) {
        if (query instanceof GroupQuery.Ask ask) {
            return code(ask.query());
        } else if (query instanceof GroupQuery.AtEpoch) {
            return AT_EPOCH;
        }
        return query instanceof GroupQuery.Each ? EACH : HAS_REQUEST;
    }

    private static int code(TaskQuery<?> query) {
        if (query instanceof TaskQuery.Get) {
            return GET;
        } else if (query instanceof TaskQuery.ListTasks) {
            return LIST;
        } else if (query instanceof TaskQuery.Count) {
            return COUNT;
        } else if (query instanceof TaskQuery.GetLease) {
            return GET_LEASE;
        } else if (query instanceof TaskQuery.Changes) {
            return CHANGES;
        } else if (query instanceof TaskQuery.Scan) {
            return SCAN;
        } else if (query instanceof TaskQuery.Outbox) {
            return OUTBOX;
        }
        return query instanceof TaskQuery.GetGate ? GET_GATE : NAMESPACES;
    }

    private static void write(TaskQuery<?> query, DataOutput out) throws IOException {
        if (query instanceof TaskQuery.Get get) {
            out.writeUTF(get.taskId());
        } else if (query instanceof TaskQuery.ListTasks list) {
            write(list.filter(), out);
            out.writeBoolean(list.newestFirst());
            write(list.after(), out);
            out.writeInt(list.limit());
        } else if (query instanceof TaskQuery.Count count) {
            write(count.filter(), out);
        } else if (query instanceof TaskQuery.GetLease get) {
            out.writeUTF(get.scope());
        } else if (query instanceof TaskQuery.Changes changes) {
            Cursor after = changes.after();
            out.writeBoolean(after != null);
            if (after != null) {
                out.writeLong(after.versions().get(0));
            }
            out.writeInt(changes.limit());
        } else if (query instanceof TaskQuery.Scan scan) {
            write(scan.after(), out);
            out.writeInt(scan.limit());
        } else if (query instanceof TaskQuery.Outbox outbox) {
            out.writeInt(outbox.shard());
            out.writeInt(outbox.limit());
        }
    }

    /**
     * The question that was written.
     *
     * @throws CodecException if it is of a format that this version does not know
     */
    public static GroupQuery read(DataInput in) throws IOException {
        expectFormat(in);
        int code = in.readUnsignedByte();
        if (code != EACH) {
            return read(code, in);
        }
        List<GroupQuery> queries = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            expectFormat(in);
            queries.add(read(in.readUnsignedByte(), in));
        }
        return new GroupQuery.Each(queries);
    }

    private static GroupQuery read(int code, DataInput in) throws IOException {
        if (code == AT_EPOCH) {
            long epoch = in.readLong();
            expectFormat(in);
            return new GroupQuery.AtEpoch(epoch, readAsk(in.readUnsignedByte(), in.readUTF(), in));
        }
        String namespace = in.readUTF();
        if (code == HAS_REQUEST) {
            return new GroupQuery.HasRequest(namespace, in.readUTF(), in.readLong());
        }
        return readAsk(code, namespace, in);
    }

    private static GroupQuery.Ask readAsk(int code, String namespace, DataInput in) throws IOException {
        return new GroupQuery.Ask(
                switch (code) {
                    case GET -> new TaskQuery.Get(namespace, in.readUTF());
                    case LIST ->
                        new TaskQuery.ListTasks(
                                namespace, readFilter(in), in.readBoolean(), readPosition(in), in.readInt());
                    case COUNT -> new TaskQuery.Count(namespace, readFilter(in));
                    case GET_LEASE -> new TaskQuery.GetLease(namespace, in.readUTF());
                    case CHANGES ->
                        new TaskQuery.Changes(
                                namespace, in.readBoolean() ? new Cursor(List.of(in.readLong())) : null, in.readInt());
                    case SCAN -> new TaskQuery.Scan(namespace, readScanPosition(in), in.readInt());
                    case OUTBOX -> new TaskQuery.Outbox(namespace, in.readInt(), in.readInt());
                    case GET_GATE -> new TaskQuery.GetGate(namespace);
                    case NAMESPACES -> new TaskQuery.Namespaces();
                    default -> throw new CodecException("unknown question " + code);
                });
    }

    static void expectFormat(DataInput in) throws IOException {
        int format = in.readUnsignedByte();
        if (format != FORMAT) {
            throw new CodecException(
                    "another member speaks format " + format + " of questions, and this version of Tandem"
                            + " knows format " + FORMAT + ": bring all members to one version");
        }
    }

    private static void write(TaskFilter filter, DataOutput out) throws IOException {
        int states = 0;
        for (TaskState state : filter.states()) {
            states |= 1 << state.code();
        }
        out.writeInt(states);
        write(filter.queues(), out);
        write(filter.kinds(), out);
        out.writeUTF(filter.node());
        out.writeInt(filter.labels().size());
        for (Map.Entry<String, String> label : filter.labels().entrySet()) {
            out.writeUTF(label.getKey());
            out.writeUTF(label.getValue());
        }
        out.writeLong(filter.createdFromMillis());
        out.writeLong(filter.createdBeforeMillis());
    }

    private static TaskFilter readFilter(DataInput in) throws IOException {
        int bits = in.readInt();
        Set<TaskState> states = EnumSet.noneOf(TaskState.class);
        for (TaskState state : TaskState.values()) {
            if ((bits & 1 << state.code()) != 0) {
                states.add(state);
            }
        }
        Set<String> queues = readStrings(in);
        Set<String> kinds = readStrings(in);
        String node = in.readUTF();
        Map<String, String> labels = new LinkedHashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            labels.put(in.readUTF(), in.readUTF());
        }
        return new TaskFilter(states, queues, kinds, node, labels, in.readLong(), in.readLong());
    }

    private static void write(Set<String> strings, DataOutput out) throws IOException {
        out.writeInt(strings.size());
        for (String string : strings) {
            out.writeUTF(string);
        }
    }

    private static Set<String> readStrings(DataInput in) throws IOException {
        Set<String> strings = new LinkedHashSet<>();
        for (int left = in.readInt(); left > 0; left--) {
            strings.add(in.readUTF());
        }
        return strings;
    }

    static void write(@Nullable ListPosition position, DataOutput out) throws IOException {
        out.writeBoolean(position != null);
        if (position != null) {
            out.writeLong(position.createdAtMillis());
            out.writeUTF(position.id());
        }
    }

    static @Nullable ListPosition readPosition(DataInput in) throws IOException {
        return in.readBoolean() ? new ListPosition(in.readLong(), in.readUTF()) : null;
    }

    static void write(@Nullable ScanPosition position, DataOutput out) throws IOException {
        writeRecord(position == null ? null : RecordCodec.encode(position), out);
    }

    static @Nullable ScanPosition readScanPosition(DataInput in) throws IOException {
        byte[] position = readRecord(in);
        return position == null ? null : RecordCodec.decodePosition(position);
    }

    static void writeRecord(byte @Nullable [] record, DataOutput out) throws IOException {
        out.writeInt(record == null ? -1 : record.length);
        if (record != null) {
            out.write(record);
        }
    }

    static byte @Nullable [] readRecord(DataInput in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        byte[] record = new byte[length];
        in.readFully(record);
        return record;
    }
}
