package dev.tandem.testkit;

import static dev.tandem.testkit.Tasks.bytes;
import static dev.tandem.testkit.Tasks.fanOut;
import static dev.tandem.testkit.Tasks.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskFilter;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import dev.tandem.task.Part;
import dev.tandem.task.Progress;
import dev.tandem.task.Task;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tasks come to be, are what was asked for, go, and come to be again. */
abstract class CreateContract extends ContractGroup {
    CreateContract(TaskStoreContract contract) {
        super(contract);
    }

    @Test
    void create_new_isEnqueuedAndDueAtOnce() {
        Task task = calls.apply(Tasks.create("a"));

        long now = clock.millis();
        assertThat(task)
                .isEqualTo(new Task(
                        NAMESPACE,
                        "a",
                        task.version(),
                        spec(),
                        TaskState.ENQUEUED,
                        0,
                        now,
                        now,
                        now,
                        0,
                        0,
                        null,
                        Progress.NONE,
                        Bytes.EMPTY,
                        null,
                        Map.of()));
        assertThat(task.version()).isPositive();
        assertThat(calls.get("a")).isEqualTo(task);
    }

    @Test
    void create_everyFieldOfTheSpec_isReadBackAsWritten() {
        byte[] payload = new byte[Limits.PAYLOAD_BYTES_DEFAULT];
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) i;
        }
        TaskSpec spec = new TaskSpec(
                "a/queue",
                "kind.of=work",
                Limits.PRIORITY_MIN,
                Bytes.of(payload),
                Map.of("team", "größe", "empty", "", "zone", "東京"),
                Tasks.retries(7, 11, 13),
                Limits.HORIZON_MILLIS_MAX);

        calls.apply(Tasks.create("A-very.odd_id:1", spec));

        assertThat(calls.get("A-very.odd_id:1").spec()).isEqualTo(spec);
    }

    @Test
    void create_takenId_isRejectedWithTheRecordAndNothingChanges() {
        Task first = calls.apply(Tasks.create("a"));

        Rejected rejected = calls.reject(Tasks.create("a", spec().withPayload(bytes("other"))), Reason.ALREADY_EXISTS);

        assertThat(rejected.task()).isEqualTo(first);
        assertThat(calls.get("a")).isEqualTo(first);
    }

    @Test
    void create_idsThatDifferInCaseOnly_areTwoTasks() {
        calls.apply(Tasks.create("task"));
        calls.apply(Tasks.create("TASK"));

        assertThat(calls.list(TaskFilter.ALL, 10)).extracting(Task::id).containsExactly("TASK", "task");
    }

    @Test
    void create_withDueTimeAndDelay_takesTheLaterOne() {
        long now = clock.millis();

        assertThat(calls.apply(new Verb.Create("past", spec(), now - 5, 0, Map.of()))
                        .dueAtMillis())
                .isEqualTo(now);
        assertThat(calls.apply(new Verb.Create("due", spec(), now + 50, 0, Map.of()))
                        .dueAtMillis())
                .isEqualTo(now + 50);
        assertThat(calls.apply(new Verb.Create("delay", spec(), 0, 70, Map.of()))
                        .dueAtMillis())
                .isEqualTo(now + 70);
        assertThat(calls.apply(new Verb.Create("both", spec(), now + 50, 70, Map.of()))
                        .dueAtMillis())
                .isEqualTo(now + 70);
    }

    @Test
    void create_withParts_hasEachEnqueuedInTheOrderOfTheNodes() {
        Task task = calls.apply(fanOut("a", "n2", "n1"));

        assertThat(task.parts().keySet()).containsExactly("n1", "n2");
        assertThat(task.parts().get("n1")).isEqualTo(new Part("on-n1", TaskState.ENQUEUED, null, clock.millis()));
        assertThat(List.copyOf(calls.get("a").parts().entrySet()))
                .isEqualTo(List.copyOf(task.parts().entrySet()));
    }

    @Test
    void find_unknownId_isEmpty() {
        assertThat(calls.find("a")).isEmpty();
    }

    @Test
    void verbs_onUnknownId_areRejectedAsNotFoundAndCreateNothing() {
        List<Verb> verbs = List.of(
                Tasks.update("a").priority(1).verb(),
                Tasks.report("a", "n", TaskState.PROCESSING),
                Tasks.move("a", TaskState.PROCESSING),
                Tasks.renew("a", 1),
                Tasks.complete("a", 1),
                Tasks.fail("a", 1),
                Tasks.release("a", 1),
                Tasks.cancel("a"),
                Tasks.retry("a"),
                Tasks.delete("a"));

        for (Verb verb : verbs) {
            assertThat(calls.reject(verb, Reason.NOT_FOUND).task()).isNull();
        }
        assertThat(calls.list(TaskFilter.ALL, 10)).isEmpty();
    }

    @Test
    void delete_existing_isGoneFromEverywhereUnderAHigherVersion() {
        Task task = calls.apply(Tasks.create("a"));

        long version = calls.delete("a");

        assertThat(version).isGreaterThan(task.version());
        assertThat(calls.find("a")).isEmpty();
        assertThat(calls.list(TaskFilter.ALL, 10)).isEmpty();
        assertThat(calls.claim(Tasks.claim("w", 10)).tasks()).isEmpty();
        calls.reject(Tasks.delete("a"), Reason.NOT_FOUND);
    }

    @Test
    void delete_staleVersion_isRejectedAndKept() {
        Task first = calls.apply(Tasks.create("a"));
        Task second = calls.apply(Tasks.update("a").priority(1).verb());

        Rejected rejected = calls.reject(new Verb.Delete("a", first.version()), Reason.VERSION_MISMATCH);

        assertThat(rejected.task()).isEqualTo(second);
        assertThat(calls.get("a")).isEqualTo(second);
    }

    @Test
    void versions_overDeletingAndCreatingAgain_neverRepeat() {
        Set<Long> seen = new HashSet<>();
        long highest = 0;
        for (int round = 0; round < 4; round++) {
            List<Long> versions = List.of(
                    calls.apply(Tasks.create("a")).version(),
                    calls.claimOne("w").version(),
                    calls.delete("a"));
            for (long version : versions) {
                assertThat(version).isGreaterThan(highest);
                assertThat(seen.add(version)).isTrue();
                highest = version;
            }
            if (round > 0) {
                clock.advanceMillis(tombstoneKeepMillis() + 1);
                calls.sweep(100);
            }
        }
    }

    @Test
    void create_afterDelete_startsAfreshAndIsFoundOnce() {
        calls.apply(Tasks.create("a", spec().withPriority(7)));
        calls.apply(Tasks.cancel("a"));
        calls.delete("a");
        clock.advanceMillis(5);

        Task again = calls.apply(Tasks.create("a"));

        assertThat(again.state()).isEqualTo(TaskState.ENQUEUED);
        assertThat(again.createdAtMillis()).isEqualTo(clock.millis());
        assertThat(calls.list(TaskFilter.ALL, 10)).containsExactly(again);
        assertThat(calls.list(TaskFilter.ofStates(TaskState.CANCELED), 10)).isEmpty();
        assertThat(calls.claim(Tasks.claim("w", 10)).tasks())
                .extracting(Task::id)
                .containsExactly("a");
    }

    @Test
    void sameId_inTwoNamespaces_isTwoTasks() {
        StoreCalls other = calls.in("other");
        Task here = calls.apply(Tasks.create("a"));

        assertThat(other.find("a")).isEmpty();
        other.reject(Tasks.delete("a"), Reason.NOT_FOUND);
        Task there = other.apply(Tasks.create("a", spec().withPayload(bytes("there"))));
        other.delete("a");

        assertThat(there.namespace()).isEqualTo("other");
        assertThat(calls.get("a")).isEqualTo(here);
    }
}
