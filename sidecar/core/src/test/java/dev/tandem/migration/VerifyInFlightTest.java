package dev.tandem.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.migration.Difference.Kind;
import dev.tandem.migration.Verify.Step;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is on its way is no difference, and hides none. */
class VerifyInFlightTest {
    private final MovingPair pair = new MovingPair();

    @AfterEach
    void close() {
        pair.close();
    }

    @Test
    void page_changesNotDeliveredYet_areInFlight() {
        pair.start();
        pair.createDelivered("changed");
        pair.createDelivered("deleted");
        pair.createDelivered("same");
        pair.apply(Tasks.update("changed").priority(4).verb());
        pair.execute(pair.a, Tasks.delete("deleted"));
        pair.apply(Tasks.create("new"));

        assertThat(pair.verifyAll(100)).isEqualTo(MovingPair.step(4, 3));
        assertThat(pair.verifyAll(100)).isEqualTo(MovingPair.step(3, 0));
    }

    @Test
    void page_leasesNotDeliveredYet_areInFlight() {
        pair.start();
        pair.grant(Tasks.acquire("scope", "pod"));
        pair.deliver();
        pair.grant(Tasks.acquire("scope", "pod"));
        pair.grant(Tasks.acquire("another", "pod"));

        assertThat(pair.verifyAll(100)).isEqualTo(MovingPair.step(2, 2));
        assertThat(pair.verifyAll(100)).isEqualTo(MovingPair.step(2, 0));
    }

    @Test
    void page_taskThatChangesBeforeEveryRead_isInFlight() {
        pair.start();
        pair.createDelivered("hot");
        int[] changes = {0};
        pair.hook = (store, call) -> {
            if (call instanceof TaskQuery.Get || call instanceof TaskQuery.Scan) {
                pair.apply(Tasks.update("hot").priority(++changes[0] % 100).verb());
                if (store.equals("b")) {
                    pair.deliver();
                }
            }
        };

        assertThat(pair.page(null, 10)).extracting(Step::inFlight).isEqualTo(1L);
        assertThat(changes[0]).isEqualTo(2 + 2 * Looks.LOOKS_MAX);
    }

    /** A task that is written while a delivery is under way goes to the end of the outbox, where that delivery does not come. */
    @Test
    void page_taskThatSlipsAwayFromEveryDelivery_isInFlight() {
        pair.start();
        pair.createDelivered("hot");
        int[] changes = {0};
        pair.hook = (store, call) -> {
            if (call instanceof TaskQuery.Get && store.equals("a")) {
                for (int i = 0; i < Limits.MIRROR_MAX; i++) {
                    pair.execute(pair.a, Tasks.create("new" + ++changes[0]));
                }
                pair.apply(Tasks.update("hot").priority(++changes[0] % 100).verb());
            } else if (call instanceof TaskCommand command && command.verb() instanceof Verb.Acknowledge) {
                pair.apply(Tasks.update("hot").priority(++changes[0] % 100).verb());
            } else if (call instanceof TaskQuery.Scan && changes[0] == 0) {
                pair.apply(Tasks.update("hot").priority(++changes[0] % 100).verb());
            }
        };

        Step found = pair.page(null, 10);

        assertThat(found.differences()).isEmpty();
        assertThat(found.inFlight()).isEqualTo(1);
        assertThat(((Task) pair.record(pair.b, new RecordName(RecordKind.TASK, "hot"))).version())
                .isEqualTo(1);
    }

    @Test
    void page_mirrorIsAheadOfATaskThatChangesBeforeEveryRead_isReal() {
        pair.start();
        Task hot = pair.createDelivered("hot");
        pair.rogue(pair.b, hot.withVersion(1_000_000));
        int[] changes = {0};
        pair.hook = (store, call) -> {
            if (call instanceof TaskQuery.Get) {
                pair.apply(Tasks.update("hot").priority(++changes[0] % 100).verb());
            }
        };

        assertThat(pair.verifyAll(10).differences()).singleElement().satisfies(found -> {
            assertThat(found.kind()).isEqualTo(Kind.VERSION);
            assertThat(found.mirrorVersion()).isEqualTo(1_000_000);
            assertThat(found.isMirrorAhead()).isTrue();
        });
    }

    @Test
    void page_taskIsMadeAndDeletedBetweenTheReads_isInFlight() {
        pair.start();
        pair.createDelivered("same");
        boolean[] isThere = {false};
        pair.hook = (store, call) -> {
            if (!(call instanceof TaskQuery<?>)) {
                return;
            } else if (store.equals("b") && !isThere[0]) {
                pair.apply(Tasks.create("blink"));
                pair.deliver();
                isThere[0] = true;
            } else if (store.equals("a") && isThere[0]) {
                pair.execute(pair.a, Tasks.delete("blink"));
                isThere[0] = false;
            }
        };

        assertThat(pair.verifyAll(10)).isEqualTo(MovingPair.step(2, 1));
    }
}
