package dev.tandem.store.raft.state;

import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Questions to groups and their answers as bytes, as members send them to each other. */
public final class QueryCodec {
    private static final int FORMAT = 1;

    private static final int GET = 1;
    private static final int LIST = 2;
    private static final int COUNT = 3;
    private static final int GET_LEASE = 4;
    private static final int CHANGES = 5;
    private static final int NAMESPACES = 6;
    private static final int HAS_REQUEST = 7;
    private static final int SCAN = 8;
    private static final int EACH = 9;

    private QueryCodec() {}

    // ---- questions

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
        } else if (query instanceof GroupQuery.Ask ask) {
            out.writeUTF(ask.query().namespace());
            write(ask.query(), out);
        }
    }

    private static int code(GroupQuery query) {
        if (!(query instanceof GroupQuery.Ask ask)) {
            return query instanceof GroupQuery.Each ? EACH : HAS_REQUEST;
        }
        TaskQuery<?> asked = ask.query();
        return asked instanceof TaskQuery.Get
                ? GET
                : asked instanceof TaskQuery.ListTasks
                        ? LIST
                        : asked instanceof TaskQuery.Count
                                ? COUNT
                                : asked instanceof TaskQuery.GetLease
                                        ? GET_LEASE
                                        : asked instanceof TaskQuery.Changes
                                                ? CHANGES
                                                : asked instanceof TaskQuery.Scan ? SCAN : NAMESPACES;
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
        String namespace = in.readUTF();
        if (code == HAS_REQUEST) {
            return new GroupQuery.HasRequest(namespace, in.readUTF(), in.readLong());
        }
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
                    case NAMESPACES -> new TaskQuery.Namespaces();
                    default -> throw new CodecException("unknown question " + code);
                });
    }

    private static void expectFormat(DataInput in) throws IOException {
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

    private static void write(@Nullable ListPosition position, DataOutput out) throws IOException {
        out.writeBoolean(position != null);
        if (position != null) {
            out.writeLong(position.createdAtMillis());
            out.writeUTF(position.id());
        }
    }

    private static @Nullable ListPosition readPosition(DataInput in) throws IOException {
        return in.readBoolean() ? new ListPosition(in.readLong(), in.readUTF()) : null;
    }

    private static void write(@Nullable ScanPosition position, DataOutput out) throws IOException {
        writeRecord(position == null ? null : RecordCodec.encode(position), out);
    }

    private static @Nullable ScanPosition readScanPosition(DataInput in) throws IOException {
        byte[] position = readRecord(in);
        return position == null ? null : RecordCodec.decodePosition(position);
    }

    // ---- answers

    /** Writes the answer to {@code query}. */
    public static void writeAnswer(GroupQuery query, Object answer, DataOutput out) throws IOException {
        out.writeByte(FORMAT);
        int code = code(query);
        out.writeByte(code);
        switch (code) {
            case GET -> writeTask((Task) ((Optional<?>) answer).orElse(null), out);
            case LIST -> {
                TaskPage page = (TaskPage) answer;
                out.writeInt(page.tasks().size());
                for (Task task : page.tasks()) {
                    writeTask(task, out);
                }
                write(page.next(), out);
            }
            case COUNT -> {
                Map<TaskState, Long> counts = ((TaskCounts) answer).byState();
                out.writeInt(counts.size());
                for (Map.Entry<TaskState, Long> count : counts.entrySet()) {
                    out.writeByte(count.getKey().code());
                    out.writeLong(count.getValue());
                }
            }
            case GET_LEASE -> {
                LeaderLease lease = (LeaderLease) ((Optional<?>) answer).orElse(null);
                writeRecord(lease == null ? null : RecordCodec.encode(lease), out);
            }
            case CHANGES -> write((ChangePage) answer, out);
            case SCAN -> write((ScanPage) answer, out);
            case NAMESPACES -> writeStrings((List<?>) answer, out);
            case EACH -> {
                List<?> answers = (List<?>) answer;
                out.writeInt(answers.size());
                for (int i = 0; i < answers.size(); i++) {
                    writeAnswer(((GroupQuery.Each) query).queries().get(i), answers.get(i), out);
                }
            }
            default -> out.writeBoolean((Boolean) answer);
        }
    }

    /**
     * The answer that was written.
     *
     * @throws CodecException if it is of a format that this version does not know
     */
    public static Object readAnswer(DataInput in) throws IOException {
        expectFormat(in);
        int code = in.readUnsignedByte();
        return switch (code) {
            case GET -> Optional.ofNullable(readTask(in));
            case LIST -> {
                int count = in.readInt();
                List<Task> tasks = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    tasks.add(there(readTask(in)));
                }
                yield new TaskPage(List.copyOf(tasks), readPosition(in));
            }
            case COUNT -> {
                Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);
                for (int left = in.readInt(); left > 0; left--) {
                    counts.put(TaskState.ofCode(in.readUnsignedByte()), in.readLong());
                }
                yield new TaskCounts(counts);
            }
            case GET_LEASE -> {
                byte[] lease = readRecord(in);
                yield lease == null ? Optional.empty() : Optional.of(RecordCodec.decodeLease(lease));
            }
            case CHANGES -> readChanges(in);
            case SCAN -> readScanPage(in);
            case NAMESPACES -> readStringList(in);
            case HAS_REQUEST -> in.readBoolean();
            case EACH -> {
                List<Object> answers = new ArrayList<>();
                for (int left = in.readInt(); left > 0; left--) {
                    answers.add(readAnswer(in));
                }
                yield answers;
            }
            default -> throw new CodecException("unknown answer " + code);
        };
    }

    private static void write(ChangePage page, DataOutput out) throws IOException {
        out.writeInt(page.changes().size());
        for (Change change : page.changes()) {
            out.writeUTF(change.taskId());
            out.writeLong(change.version());
            writeTask(change.task(), out);
            out.writeLong(change.deletedAtMillis());
        }
        out.writeLong(page.next().versions().get(0));
        out.writeBoolean(page.more());
        out.writeBoolean(page.isExpired());
    }

    private static ChangePage readChanges(DataInput in) throws IOException {
        int count = in.readInt();
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            changes.add(new Change(in.readUTF(), in.readLong(), readTask(in), in.readLong()));
        }
        return new ChangePage(
                List.copyOf(changes), new Cursor(List.of(in.readLong())), in.readBoolean(), in.readBoolean());
    }

    private static void write(ScanPage page, DataOutput out) throws IOException {
        out.writeInt(page.records().size());
        for (StoredRecord record : page.records()) {
            writeRecord(RecordCodec.encode(record), out);
        }
        write(page.next(), out);
        out.writeLong(page.cursor().versions().get(0));
        out.writeLong(page.timeMillis());
        writeStrings(page.unreadable(), out);
    }

    private static ScanPage readScanPage(DataInput in) throws IOException {
        int count = in.readInt();
        List<StoredRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] record = readRecord(in);
            if (record == null) {
                throw new CodecException("a page has a hole");
            }
            records.add(RecordCodec.decodeRecord(record));
        }
        return new ScanPage(
                List.copyOf(records),
                readScanPosition(in),
                new Cursor(List.of(in.readLong())),
                in.readLong(),
                readStringList(in));
    }

    private static void writeStrings(List<?> strings, DataOutput out) throws IOException {
        out.writeInt(strings.size());
        for (Object string : strings) {
            out.writeUTF((String) string);
        }
    }

    private static List<String> readStringList(DataInput in) throws IOException {
        int count = in.readInt();
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            strings.add(in.readUTF());
        }
        return strings;
    }

    private static Task there(@Nullable Task task) {
        if (task == null) {
            throw new CodecException("a list has a hole");
        }
        return task;
    }

    private static void writeTask(@Nullable Task task, DataOutput out) throws IOException {
        writeRecord(task == null ? null : RecordCodec.encode(task), out);
    }

    private static @Nullable Task readTask(DataInput in) throws IOException {
        byte[] record = readRecord(in);
        return record == null ? null : RecordCodec.decodeTask(record);
    }

    private static void writeRecord(byte @Nullable [] record, DataOutput out) throws IOException {
        out.writeInt(record == null ? -1 : record.length);
        if (record != null) {
            out.write(record);
        }
    }

    private static byte @Nullable [] readRecord(DataInput in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        byte[] record = new byte[length];
        in.readFully(record);
        return record;
    }
}
