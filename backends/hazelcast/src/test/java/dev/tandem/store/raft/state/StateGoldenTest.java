package dev.tandem.store.raft.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.ListPosition;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskCounts;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.Golden;
import dev.tandem.task.Bytes;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.RequestKey;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * The bytes of a group's state, on disk and between members, and of questions and answers between members, are read by every
 * later version, and written the same.
 *
 * <p>If this fails, a change has changed a format. That takes a new format number, with the old one still read where the
 * bytes are kept. See {@link Golden}.
 */
class StateGoldenTest {
    private static final UUID FIRST = new UUID(0x0199_fe01_2345_7abcL, 0x8def_0123_4567_89abL);
    private static final UUID SECOND = new UUID(1, 2);

    private static final Gate GATE = new Gate(0x1_0000_0000L, Gate.Role.AUTHORITY, true, Bytes.of(new byte[] {1, -1}));

    private interface Writing {
        void to(DataOutput out) throws IOException;
    }

    private static byte[] bytes(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        writing.to(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static DataInput input(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }

    private static byte[] golden(String name, byte[] written) throws IOException {
        return Golden.check("state", name, written);
    }

    /** Applies batches one after the other, each with its commands a millisecond apart. */
    private static final class Script {
        final GroupMachine machine = new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        private long atMillis = 1_767_225_600_000L;

        void apply(UUID proposer, long number, long lowest, String namespace, Verb... verbs) {
            List<TaskCommand> commands = new ArrayList<>();
            long epoch = machine.view().gate(namespace).epoch();
            for (Verb verb : verbs) {
                atMillis++;
                RequestKey request = verb instanceof Verb.Cancel ? new RequestKey("once", 77, 3600_000) : null;
                commands.add(new TaskCommand(namespace, atMillis, epoch, request, verb));
            }
            assertThat(machine.apply(new Batch(proposer, number, lowest, commands))
                            .outcomes())
                    .isNotNull();
        }

        Task task(String id) {
            return Objects.requireNonNull(machine.view().task("n", id));
        }
    }

    /** A state with all that a state can have, made by commands. */
    private static GroupMachine machine() {
        Script script = new Script();
        script.apply(
                FIRST,
                1,
                1,
                "n",
                Tasks.create("0199fe01-2345-7abc-8def-0123456789ac"),
                Tasks.create(
                        "b", Tasks.spec().withLabels(Map.of("tenant", "acme")).withPriority(5)),
                Tasks.create("c", Tasks.spec().withRetry(Tasks.retries(3, 100, 1_000))),
                Tasks.fanOut("d", "node-1", "node-2"),
                new Verb.AcquireLease("nightly", "holder", 60_000));
        script.apply(FIRST, 2, 1, "n", Tasks.claim("w", 2));
        script.apply(SECOND, 1, 1, "n", Tasks.complete("b", script.task("b").version()));
        script.apply(
                FIRST,
                3,
                2,
                "n",
                Tasks.delete("c"),
                new Verb.Cancel("d", 0, "no more"),
                new Verb.Cancel("d", 0, "no more"),
                Tasks.delete("nobody"));
        script.apply(SECOND, 2, 2, "other", Tasks.create("Aa"), Tasks.create("BB"), Tasks.cancel("none"));
        script.apply(SECOND, 3, 3, "moves", new Verb.MoveGate(-1, GATE), Tasks.create("of another epoch"));
        script.apply(
                SECOND, 4, 3, "moves", new Verb.Mirror(List.of(new Tombstone("é", 300, 5)), 0), Tasks.create("Aa"));
        return script.machine;
    }

    @Test
    void state_withAllThereIs_hasTheBytesThatItAlwaysHad() throws IOException {
        GroupMachine machine = machine();
        assertThat(machine.view().namespaces()).containsExactlyInAnyOrder("n", "other", "moves");
        assertThat(machine.view().changes("n", 0, 100).changes())
                .as("a tombstone is among them")
                .anyMatch(change -> change.task() == null);
        assertThat(machine.view().hasRequest("n", "once", 0)).isTrue();

        byte[] golden = golden("group-state.2", bytes(out -> machine.state().write(out)));

        GroupMachine read = new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        read.restore(GroupState.read(input(golden)));
        assertThat(bytes(out -> read.state().write(out))).isEqualTo(golden);
        assertThat(read.view().task("n", "b")).isEqualTo(machine.view().task("n", "b"));
        assertThat(read.view().lease("n", "nightly")).isEqualTo(machine.view().lease("n", "nightly"));
        assertThat(read.view().gate("moves")).isEqualTo(GATE);
        TaskQuery.Outbox outbox = new TaskQuery.Outbox("moves", 0, 100);
        assertThat(read.view().outbox(outbox)).isEqualTo(machine.view().outbox(outbox));
        assertThat(read.view().outbox(outbox).entries()).isNotEmpty();
        assertThat(read.view().changes("n", 0, 100)).isEqualTo(machine.view().changes("n", 0, 100));
        Batch again = new Batch(FIRST, 2, 2, List.of());
        assertThat(read.apply(again).outcomes())
                .as("what was answered stays answered")
                .isNotEmpty()
                .isEqualTo(machine.apply(again).outcomes());
    }

    /** Two questions of a kind where one alone would leave out what it can have. */
    private static Map<String, GroupQuery> questions() {
        TaskFilter filter = new TaskFilter(
                Set.of(TaskState.ENQUEUED),
                new LinkedHashSet<>(List.of("mail", "bulk")),
                Set.of("invoice"),
                "node-1",
                Map.of("tenant", "acme"),
                5,
                1_767_225_600_000L);
        Map<String, TaskQuery<?>> asked = new LinkedHashMap<>();
        asked.put("get", new TaskQuery.Get("n", "b"));
        asked.put("list", new TaskQuery.ListTasks("n", TaskFilter.ALL, false, null, 50));
        asked.put("list-after", new TaskQuery.ListTasks("n", filter, true, new ListPosition(7, "é"), 1_000));
        asked.put("count", new TaskQuery.Count("n", filter));
        asked.put("get-lease", new TaskQuery.GetLease("n", "nightly"));
        asked.put("changes", new TaskQuery.Changes("n", null, 100));
        asked.put("changes-after", new TaskQuery.Changes("n", new Cursor(List.of(9L)), 2));
        asked.put("scan", new TaskQuery.Scan("n", null, 100));
        asked.put("scan-after", new TaskQuery.Scan("n", new ScanPosition(RecordKind.TOMBSTONE, 7, 9, "é"), 2));
        asked.put("outbox", new TaskQuery.Outbox("n", 2, 100));
        asked.put("get-gate", new TaskQuery.GetGate("n"));
        asked.put("namespaces", new TaskQuery.Namespaces());
        Map<String, GroupQuery> questions = new LinkedHashMap<>();
        asked.forEach((name, query) -> questions.put(name, new GroupQuery.Ask(query)));
        questions.put("has-request", new GroupQuery.HasRequest("n", "once", 1_767_225_600_000L));
        GroupQuery get = Objects.requireNonNull(questions.get("get"));
        GroupQuery lease = Objects.requireNonNull(questions.get("get-lease"));
        questions.put("at-epoch", new GroupQuery.AtEpoch(0x1_0000_0000L, (GroupQuery.Ask) get));
        questions.put("each", new GroupQuery.Each(List.of(get, lease)));
        return questions;
    }

    @Test
    void questions_writtenNow_haveTheBytesThatTheyAlwaysHad() throws IOException {
        for (Map.Entry<String, GroupQuery> question : questions().entrySet()) {
            byte[] golden = golden(
                    "question-" + question.getKey() + ".1", bytes(out -> QueryCodec.write(question.getValue(), out)));
            assertThat(QueryCodec.read(input(golden))).isEqualTo(question.getValue());
        }
    }

    @Test
    void answers_writtenNow_haveTheBytesThatTheyAlwaysHad() throws IOException {
        StateView view = machine().view();
        Task task = Objects.requireNonNull(view.task("n", "b"));
        LeaderLease lease = Objects.requireNonNull(view.lease("n", "nightly"));
        Map<TaskState, Long> counts = Map.of(TaskState.SUCCEEDED, 3_000_000_000L);
        check("get", Optional.of(task), "get-found");
        check("get", Optional.empty(), "get-none");
        check("list", new TaskPage(List.of(task), new ListPosition(7, "é")), "list");
        check("count", new TaskCounts(counts), "count");
        check("get-lease", Optional.of(lease), "get-lease");
        check("namespaces", List.of("n", "other"), "namespaces");
        check("has-request", true, "has-request");
        List<Change> changes = view.changes("n", 0, 100).changes();
        check("changes", new ChangePage(changes, new Cursor(List.of(9L)), true, false), "changes");
        ScanPosition next = ScanPosition.begin(RecordKind.LEASE);
        check(
                "scan",
                new ScanPage(List.of(task), next, new Cursor(List.of(9L)), 1_767_225_600_000L, List.of("é")),
                "scan");
        check("scan", new ScanPage(List.of(lease), null, new Cursor(List.of(0L)), 0, List.of()), "scan-last");
        OutboxEntry written = new OutboxEntry(new RecordName(RecordKind.LEASE, "nightly"), lease.version());
        check("outbox", new OutboxPage(List.of(written), List.of(lease), true, 1L << 40, 1_767_225_600_000L), "outbox");
        check("get-gate", GATE, "get-gate");
        check("at-epoch", new Outcome.Fenced(GATE), "fenced");
        check("each", List.of(Optional.of(task), Optional.empty()), "each");
        check("each", List.of(Optional.of(task)), "each-short");
    }

    private static void check(String question, Object answer, String name) throws IOException {
        GroupQuery query = Objects.requireNonNull(questions().get(question));
        byte[] golden = golden("answer-" + name + ".1", bytes(out -> AnswerCodec.write(query, answer, out)));
        assertThat(AnswerCodec.read(input(golden))).isEqualTo(answer);
    }
}
