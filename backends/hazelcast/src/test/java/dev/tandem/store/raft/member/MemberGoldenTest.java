package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.SerializationConfig;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.RaftEndpointImpl;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.Golden;
import dev.tandem.store.raft.log.Mark;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupMachine;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.Tasks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What members write into their logs and send to each other: the numbers of factory and class, and what follows them. Logs are read by every later
 * version, and members of two versions meet in a rolling upgrade.
 */
class MemberGoldenTest {
    private static final long MILLIS = 1_767_225_600_000L;
    private static final UUID PROPOSER = new UUID(0x0199_fe01_2345_7abcL, 0x8def_0123_4567_89abL);
    private static final Batch BATCH = new Batch(
            PROPOSER,
            2,
            1,
            List.of(
                    TaskCommand.of("n", MILLIS, Tasks.create("a")),
                    TaskCommand.of("n", MILLIS + 1, Tasks.delete("b"))));

    private final Operations operations = new Operations(new DefaultSerializationServiceBuilder()
            .setConfig(new SerializationConfig())
            .build());

    /** Checks what is written now, and that what was always written is still read as that. */
    private <T> T check(String name, T written) throws IOException {
        byte[] golden = Golden.check("members", name + ".1", operations.toBytes(written));
        Object read = operations.toObject(golden);
        assertThat(read).isInstanceOf(written.getClass());
        assertThat(operations.toBytes(read)).isEqualTo(golden);
        @SuppressWarnings("unchecked") // as was looked at
        T same = (T) read;
        return same;
    }

    private static GroupMachine machine() {
        GroupMachine machine = new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        machine.apply(BATCH);
        return machine;
    }

    @Test
    void entry_isWrittenAndReadAsEver() throws IOException {
        assertThat(check("apply", new ApplyOperation(BATCH)).batch().commands()).isEqualTo(BATCH.commands());
    }

    @Test
    void answers_areWrittenAndReadAsEver() throws IOException {
        List<Outcome> outcomes = machine().apply(BATCH).outcomes();
        assertThat(check("apply-answer", new ApplyAnswer(outcomes)).outcomes()).isEqualTo(outcomes);
        assertThat(check("apply-answer-forgotten", new ApplyAnswer(null)).outcomes())
                .isNull();
    }

    @Test
    void question_isWrittenAndReadAsEver() throws IOException {
        GroupQuery query = new GroupQuery.Ask(new TaskQuery.Get("n", "a"));
        ReadOperation unused = check("read", new ReadOperation(query));
        ReadAnswer answer = new ReadAnswer(query, machine().view());
        byte[] golden = Golden.check("members", "read-answer.1", operations.toBytes(answer));
        assertThat(((ReadAnswer) operations.toObject(golden)).value()).isEqualTo(answer.value());
    }

    @Test
    void state_isWrittenAndReadAsEver() throws IOException {
        // Whole on disk, and in no message.
        StateOfGroup state = new StateOfGroup(machine().state());
        ByteArrayOutputStream onDisk = new ByteArrayOutputStream();
        operations.write(state, onDisk);
        byte[] golden = Golden.check("members", "state.1", onDisk.toByteArray());
        StateOfGroup read = (StateOfGroup) operations.read(new ByteArrayInputStream(golden));
        assertThat(check("state-promise", state).isPromise()).isTrue();
        GroupMachine restored = new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        restored.restore(read.state());
        assertThat(restored.view().task("n", "a")).isEqualTo(machine().view().task("n", "a"));
    }

    @Test
    void pieceOfAState_isWrittenAndReadAsEver() throws IOException {
        byte[] members = Encoding.endpoints(4, List.of(new RaftEndpointImpl(PROPOSER)));
        StatePiece read = check("state-piece", new StatePiece(new Mark(9, 3, members), new byte[] {1, 2, 3}, true));
        assertThat(read.mark().index()).isEqualTo(9);
        assertThat(read.mark().term()).isEqualTo(3);
        assertThat(read.mark().members()).isEqualTo(members);
        assertThat(read.bytes()).containsExactly(1, 2, 3);
        assertThat(read.isLast()).isTrue();
    }

    @Test
    void view_isWrittenAndReadAsEver() throws IOException {
        CPMemberInfo leader = new CPMemberInfo(new UUID(1, 2), new Address("127.0.0.1", 5701));
        List<MemberView.Group> groups =
                List.of(new MemberView.Group(1, 7, leader, 3_000_000_000L), new MemberView.Group(2, 8, null, 0));
        MemberView read = check("view", new MemberView(PROPOSER, true, groups));
        assertThat(read.cluster()).isEqualTo(PROPOSER);
        assertThat(read.leadsNoMore()).isTrue();
        assertThat(read.groups()).isEqualTo(groups);
        assertThat(check("view-unknown", new MemberView(null, false, List.of())).cluster())
                .isNull();
    }

    @Test
    void format_ofALaterVersion_isRefusedWithASentence() throws IOException {
        byte[] entry = operations.toBytes(new ApplyOperation(BATCH));
        byte[] empty = operations.toBytes(new ApplyAnswer(null));
        // The answer's last two bytes are its format and what follows; what is before them is the same for all.
        entry[empty.length - 2] = 2;
        assertThatThrownBy(() -> operations.toObject(entry))
                .isInstanceOf(HazelcastSerializationException.class)
                .hasRootCauseMessage("an entry of the log has format 2, and this version of Tandem knows format 1:"
                        + " use the version that wrote it, or a newer one");
    }
}
