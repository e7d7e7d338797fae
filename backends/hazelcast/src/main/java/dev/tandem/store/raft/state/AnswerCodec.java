package dev.tandem.store.raft.state;

import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskPage;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordCodec;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers of groups as bytes, as members send them to each other. */
public final class AnswerCodec {
    /** An answer to any question {@link QueryCodec#AT_EPOCH}. */
    private static final int FENCED = 13;

    private AnswerCodec() {}

    /** Writes the answer to {@code query}. */
    public static void write(GroupQuery query, Object answer, DataOutput out) throws IOException {
        if (query instanceof GroupQuery.AtEpoch at && !(answer instanceof Outcome.Fenced)) {
            write(at.ask(), answer, out);
            return;
        }
        out.writeByte(QueryCodec.FORMAT);
        int code = answer instanceof Outcome.Fenced ? FENCED : QueryCodec.code(query);
        out.writeByte(code);
        switch (code) {
            case QueryCodec.GET -> writeTask((Task) ((Optional<?>) answer).orElse(null), out);
            case QueryCodec.LIST -> {
                TaskPage page = (TaskPage) answer;
                out.writeInt(page.tasks().size());
                for (Task task : page.tasks()) {
                    writeTask(task, out);
                }
                QueryCodec.write(page.next(), out);
            }
            case QueryCodec.COUNT -> {
                Map<TaskState, Long> counts = ((TaskCounts) answer).byState();
                out.writeInt(counts.size());
                for (Map.Entry<TaskState, Long> count : counts.entrySet()) {
                    out.writeByte(count.getKey().code());
                    out.writeLong(count.getValue());
                }
            }
            case QueryCodec.GET_LEASE -> {
                LeaderLease lease = (LeaderLease) ((Optional<?>) answer).orElse(null);
                QueryCodec.writeRecord(lease == null ? null : RecordCodec.encode(lease), out);
            }
            case QueryCodec.CHANGES -> write((ChangePage) answer, out);
            case QueryCodec.SCAN -> write((ScanPage) answer, out);
            case QueryCodec.OUTBOX -> write((OutboxPage) answer, out);
            case QueryCodec.GET_GATE -> GateFormat.write((Gate) answer, out);
            case FENCED -> GateFormat.write(((Outcome.Fenced) answer).gate(), out);
            case QueryCodec.NAMESPACES -> writeStrings((List<?>) answer, out);
            case QueryCodec.EACH -> {
                List<?> answers = (List<?>) answer;
                out.writeInt(answers.size());
                for (int i = 0; i < answers.size(); i++) {
                    write(((GroupQuery.Each) query).queries().get(i), answers.get(i), out);
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
    public static Object read(DataInput in) throws IOException {
        QueryCodec.expectFormat(in);
        int code = in.readUnsignedByte();
        return switch (code) {
            case QueryCodec.GET -> Optional.ofNullable(readTask(in));
            case QueryCodec.LIST -> {
                int count = in.readInt();
                List<Task> tasks = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    tasks.add(there(readTask(in)));
                }
                yield new TaskPage(List.copyOf(tasks), QueryCodec.readPosition(in));
            }
            case QueryCodec.COUNT -> {
                Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);
                for (int left = in.readInt(); left > 0; left--) {
                    counts.put(TaskState.ofCode(in.readUnsignedByte()), in.readLong());
                }
                yield new TaskCounts(counts);
            }
            case QueryCodec.GET_LEASE -> {
                byte[] lease = QueryCodec.readRecord(in);
                yield lease == null ? Optional.empty() : Optional.of(RecordCodec.decodeLease(lease));
            }
            case QueryCodec.CHANGES -> readChanges(in);
            case QueryCodec.SCAN -> readScanPage(in);
            case QueryCodec.OUTBOX -> readOutboxPage(in);
            case QueryCodec.GET_GATE -> GateFormat.readGate(in);
            case FENCED -> new Outcome.Fenced(GateFormat.readGate(in));
            case QueryCodec.NAMESPACES -> readStringList(in);
            case QueryCodec.HAS_REQUEST -> in.readBoolean();
            case QueryCodec.EACH -> {
                List<Object> answers = new ArrayList<>();
                for (int left = in.readInt(); left > 0; left--) {
                    answers.add(read(in));
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
        writeRecords(page.records(), out);
        QueryCodec.write(page.next(), out);
        out.writeLong(page.cursor().versions().get(0));
        out.writeLong(page.timeMillis());
        writeStrings(page.unreadable(), out);
    }

    private static ScanPage readScanPage(DataInput in) throws IOException {
        return new ScanPage(
                readRecords(in),
                QueryCodec.readScanPosition(in),
                new Cursor(List.of(in.readLong())),
                in.readLong(),
                readStringList(in));
    }

    private static void write(OutboxPage page, DataOutput out) throws IOException {
        out.writeInt(page.entries().size());
        for (OutboxEntry entry : page.entries()) {
            GateFormat.write(entry, out);
        }
        writeRecords(page.records(), out);
        out.writeBoolean(page.more());
        out.writeLong(page.lastVersion());
        out.writeLong(page.timeMillis());
    }

    private static OutboxPage readOutboxPage(DataInput in) throws IOException {
        List<OutboxEntry> entries = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            entries.add(GateFormat.readEntry(in));
        }
        return new OutboxPage(List.copyOf(entries), readRecords(in), in.readBoolean(), in.readLong(), in.readLong());
    }

    private static void writeRecords(List<StoredRecord> records, DataOutput out) throws IOException {
        out.writeInt(records.size());
        for (StoredRecord record : records) {
            QueryCodec.writeRecord(RecordCodec.encode(record), out);
        }
    }

    private static List<StoredRecord> readRecords(DataInput in) throws IOException {
        List<StoredRecord> records = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            byte[] record = QueryCodec.readRecord(in);
            if (record == null) {
                throw new CodecException("a page has a hole");
            }
            records.add(RecordCodec.decodeRecord(record));
        }
        return List.copyOf(records);
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
        QueryCodec.writeRecord(task == null ? null : RecordCodec.encode(task), out);
    }

    private static @Nullable Task readTask(DataInput in) throws IOException {
        byte[] record = QueryCodec.readRecord(in);
        return record == null ? null : RecordCodec.decodeTask(record);
    }
}
