package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.task.Bytes;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.testkit.Tasks;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PolicyTest {
    private static final Policy DUAL = new Policy(3, Phase.DUAL_WRITE, "redis", "raft", 0, true);
    private static final Policy READ_SWITCHED = new Policy(5, Phase.READ_SWITCHED, "redis", "raft", 30, false);
    private static final Policy WRITE_SWITCHED = new Policy(7, Phase.WRITE_SWITCHED, "redis", "raft", 0, false);

    @Test
    void gates_keepThePolicy() {
        for (Policy policy : List.of(Policy.first("redis").withEpoch(2), DUAL, READ_SWITCHED, WRITE_SWITCHED)) {
            for (String store : List.of("redis", "raft")) {
                if (policy.isOf(store)) {
                    assertThat(Policy.of(policy.gateOf(store))).isEqualTo(policy);
                }
            }
            assertThat(Policy.of(policy.seal())).isEqualTo(policy);
        }
        assertThat(Policy.of(Gate.FIRST)).isNull();
    }

    @Test
    void policyAsBytes_isWhatItWasBefore() {
        assertThat(new String(READ_SWITCHED.bytes().array(), StandardCharsets.UTF_8))
                .isEqualTo("{\"v\":1,\"epoch\":5,\"phase\":\"READ_SWITCHED\",\"source\":\"redis\",\"target\":\"raft\","
                        + "\"readPercent\":30,\"mayLag\":false}");
    }

    @Test
    void policyOfANewerVersion_isRefusedWithWhatToDo() {
        Gate newer = new Gate(9, Gate.Role.AUTHORITY, false, Tasks.bytes("{\"v\":2}"));
        Gate broken = new Gate(9, Gate.Role.AUTHORITY, false, Bytes.of(new byte[] {1, 2}));
        Gate half = new Gate(9, Gate.Role.AUTHORITY, false, Tasks.bytes("{\"v\":1}"));

        assertThatThrownBy(() -> Policy.of(newer))
                .hasMessageContaining("format 2")
                .hasMessageContaining("newer");
        assertThatThrownBy(() -> Policy.of(broken)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> Policy.of(half)).isInstanceOf(CodecException.class);
    }

    @Test
    void roles_followThePhase() {
        assertThat(DUAL.authority()).isEqualTo("redis");
        assertThat(DUAL.mirror()).isEqualTo("raft");
        assertThat(WRITE_SWITCHED.authority()).isEqualTo("raft");
        assertThat(WRITE_SWITCHED.mirror()).isEqualTo("redis");
        assertThat(WRITE_SWITCHED.gateOf("raft").hasOutbox()).isTrue();
        assertThat(WRITE_SWITCHED.gateOf("redis").role()).isEqualTo(Gate.Role.MIRROR);
        assertThat(DUAL.seal().hasOutbox()).isTrue();
        assertThat(DUAL.seal().epoch()).isEqualTo(4);
    }

    @Test
    void answers_waitForTheMirrorWhereTheyAreReadThereOrTheOperatorWantsIt() {
        assertThat(DUAL.waitsForMirror()).isFalse();
        assertThat(new Policy(3, Phase.DUAL_WRITE, "redis", "raft", 0, false).waitsForMirror())
                .isTrue();
        assertThat(new Policy(3, Phase.READ_NEWEST, "redis", "raft", 0, true).waitsForMirror())
                .isTrue();
        assertThat(READ_SWITCHED.waitsForMirror()).isTrue();
        assertThat(Policy.first("redis").waitsForMirror()).isFalse();
    }

    @Test
    void policies_thatCanNotBe_areRefused() {
        assertThatThrownBy(() -> new Policy(1, Phase.DUAL_WRITE, "redis", "redis", 0, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Policy(1, Phase.DUAL_WRITE, "redis", null, 0, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Policy(1, Phase.SINGLE, "redis", "raft", 0, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Policy(1, Phase.READ_SWITCHED, "redis", "raft", 0, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Policy(1, Phase.READ_SWITCHED, "redis", "raft", 101, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Policy(1, Phase.READ_NEWEST, "redis", "raft", 5, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DUAL.gateOf("sqlite")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ramp_takesItsShareOfNames_andKeepsWhatItHasTaken() {
        List<String> names =
                IntStream.range(0, 10_000).mapToObj(i -> "task-" + i).toList();
        for (int percent : new int[] {1, 10, 50, 99, 100}) {
            Policy ramp = new Policy(5, Phase.READ_SWITCHED, "redis", "raft", percent, false);
            Policy more = new Policy(6, Phase.READ_SWITCHED, "redis", "raft", Math.min(100, percent + 10), false);
            long taken = names.stream().filter(ramp::readsOnMirror).count();

            assertThat(taken).isBetween(percent * 100L - 150, percent * 100L + 150);
            assertThat(names.stream().filter(ramp::readsOnMirror)).allMatch(more::readsOnMirror);
        }
        assertThat(names).noneMatch(DUAL::readsOnMirror);
    }

    @Test
    void phases_haveTheirNeighbours() {
        assertThat(Phase.SINGLE.isNextTo(Phase.DUAL_WRITE)).isTrue();
        assertThat(Phase.DUAL_WRITE.isNextTo(Phase.SINGLE)).isTrue();
        assertThat(Phase.DUAL_WRITE.isNextTo(Phase.READ_SWITCHED)).isFalse();
        assertThat(Phase.READ_SWITCHED.isNextTo(Phase.WRITE_SWITCHED)).isTrue();
        assertThat(Phase.WRITE_SWITCHED.isNextTo(Phase.SINGLE)).isTrue();
        assertThat(Phase.SINGLE.isNextTo(Phase.WRITE_SWITCHED)).isFalse();
    }
}
