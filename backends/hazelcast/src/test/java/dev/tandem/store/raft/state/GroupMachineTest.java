package dev.tandem.store.raft.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.task.CodecException;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Batches that come again, late or never. */
class GroupMachineTest {
    private static final UUID PROPOSER = new UUID(1, 2);

    private final GroupMachine machine = new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);

    private static Batch batch(UUID proposer, long number, long lowest, long atMillis, Verb... verbs) {
        return new Batch(
                proposer,
                number,
                lowest,
                List.of(verbs).stream()
                        .map(verb -> TaskCommand.of("n", atMillis, verb))
                        .toList());
    }

    private static List<Outcome> outcomes(GroupMachine machine, Batch batch) {
        List<Outcome> outcomes = machine.apply(batch).outcomes();
        assertThat(outcomes).isNotNull();
        return outcomes;
    }

    @Test
    void batch_thatComesAgain_isAnsweredAndNotApplied() {
        Batch batch = batch(PROPOSER, 1, 1, 100, Tasks.create("a"), Tasks.delete("a"), Tasks.create("b"));
        GroupMachine.Result first = machine.apply(batch);
        outcomes(machine, batch(PROPOSER, 2, 1, 100, Tasks.cancel("b")));
        StateView before = machine.view();

        GroupMachine.Result again = machine.apply(batch);

        assertThat(again.outcomes()).isEqualTo(first.outcomes());
        assertThat(first.changed()).containsExactly("n");
        assertThat(again.changed()).isEmpty();
        assertThat(machine.view()).isSameAs(before);
    }

    @Test
    void batch_belowTheLowestStillWaitedFor_isNotAppliedAnyMore() {
        outcomes(machine, batch(PROPOSER, 2, 1, 100, Tasks.create("a")));
        outcomes(machine, batch(PROPOSER, 4, 4, 100, Tasks.create("b")));

        assertThat(machine.apply(batch(PROPOSER, 2, 1, 100, Tasks.create("a"))).outcomes())
                .isNull();
        assertThat(machine.apply(batch(PROPOSER, 3, 1, 100, Tasks.create("c"))).outcomes())
                .as("it may have been given up, and something else may have been told of it")
                .isNull();
        assertThat(machine.view().task("n", "c")).isNull();
    }

    @Test
    void batches_thatOvertakeEachOther_areBothApplied() {
        outcomes(machine, batch(PROPOSER, 2, 1, 100, Tasks.create("b")));
        outcomes(machine, batch(PROPOSER, 1, 1, 100, Tasks.create("a")));

        assertThat(machine.view().task("n", "a")).isNotNull();
        assertThat(machine.view().task("n", "b")).isNotNull();
    }

    @Test
    void state_writtenAndRead_remembersTheAnswers() throws IOException {
        Batch batch = batch(PROPOSER, 1, 1, 100, Tasks.create("a"), Tasks.claim("w", 1));
        List<Outcome> first = outcomes(machine, batch);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        machine.state().write(new DataOutputStream(bytes));

        GroupMachine other = new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        other.restore(GroupState.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()))));

        assertThat(outcomes(other, batch)).isEqualTo(first);
        assertThat(other.view().task("n", "a")).isEqualTo(machine.view().task("n", "a"));
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        other.state().write(new DataOutputStream(again));
        assertThat(again.toByteArray()).isEqualTo(bytes.toByteArray());
    }

    @Test
    void state_ofANewerFormat_isRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        machine.state().write(new DataOutputStream(bytes));
        byte[] newer = bytes.toByteArray();
        newer[3] = 3;

        assertThatThrownBy(() -> GroupState.read(new DataInputStream(new ByteArrayInputStream(newer))))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("format 3");
    }

    @Test
    void proposer_silentForAnHourAndMillionBatches_isForgottenWhenAnotherComes() {
        UUID other = new UUID(3, 4);
        Batch next = batch(PROPOSER, 2, 2, 0, Tasks.create("c"));
        outcomes(machine, batch(PROPOSER, 1, 1, 0, Tasks.create("a")));
        assertThat(machine.apply(next).outcomes()).isNotNull();

        long later = 3 * GroupMachine.SESSION_KEEP_MILLIS;
        for (long number = 1; number <= GroupMachine.SESSION_KEEP_BATCHES; number++) {
            outcomes(machine, batch(other, number, number, later));
        }
        outcomes(machine, batch(new UUID(5, 6), 1, 1, later, Tasks.create("d")));
        assertThat(machine.apply(next).outcomes()).as("not silent for so long").isNotNull();
        outcomes(machine, batch(new UUID(7, 8), 1, 1, later, Tasks.create("e")));

        assertThat(machine.apply(next).outcomes()).isNull();
        assertThat(machine.apply(batch(PROPOSER, 3, 3, later, Tasks.create("f")))
                        .outcomes())
                .isNull();
        assertThat(machine.view().task("n", "f")).isNull();
    }

    /** One clock jumped ahead by hours while the first batch was on its way again after a change of leaders: it was applied twice. */
    @Test
    void batch_thatComesAgainAfterAClockJumpedAhead_isNotAppliedAgain() {
        Batch first = batch(PROPOSER, 1, 1, 100, Tasks.create("a"), Tasks.claim("w", 1));
        List<Outcome> outcomes = outcomes(machine, first);
        outcomes(machine, batch(new UUID(3, 4), 1, 1, 9 * GroupMachine.SESSION_KEEP_MILLIS, Tasks.create("b")));
        outcomes(machine, batch(new UUID(5, 6), 1, 1, 9 * GroupMachine.SESSION_KEEP_MILLIS, Tasks.create("c")));

        assertThat(outcomes(machine, first)).isEqualTo(outcomes);
    }

    @Test
    void proposers_beyondTheBound_pushOutTheOneSilentForLongest() {
        for (int i = 0; i <= GroupMachine.SESSIONS_MAX; i++) {
            outcomes(machine, batch(new UUID(0, i), 1, 1, 1_000 + i, Tasks.cancel("none")));
        }

        assertThat(machine.state().sessions).hasSize(GroupMachine.SESSIONS_MAX);
        assertThat(machine.apply(batch(new UUID(0, 0), 2, 2, 20_000, Tasks.create("a")))
                        .outcomes())
                .isNull();
        assertThat(machine.apply(batch(new UUID(0, 1), 2, 2, 20_000, Tasks.create("a")))
                        .outcomes())
                .isNotNull();
    }
}
