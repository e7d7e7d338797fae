package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskQuery;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.TaskCommand;
import dev.tandem.testkit.Tasks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls that are made when another one is answered, on the thread that answers. At the leader a question so asked changed the
 * list that the group's thread went through, and all questions waited for the next heartbeat.
 */
class CallsInAnswersTest {
    private static final int CALLS = 60;

    /** So long that to wait for it every few calls takes longer than the test may. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);

    private static final int TRY_MILLIS = 60_000;
    private static final int SECONDS_MAX = 20;

    @TempDir
    static Path folder;

    private static Cluster cluster;
    private static MemberGroups leader;
    private static MemberGroups follower;

    @BeforeAll
    static void start() throws Exception {
        RaftMemberOptions.Timings usual = RaftMemberOptions.Timings.DEFAULTS;
        RaftMemberOptions.Timings slow = new RaftMemberOptions.Timings(
                HEARTBEAT,
                usual.heartbeatsMissed(),
                usual.election(),
                usual.gone(),
                usual.rejoin(),
                usual.retry(),
                usual.call());
        cluster = new Cluster(folder, 3, options -> options.withGroups(1).withTimings(slow));
        cluster.start().ready();
        Cluster.awaitTrue("there is a leader", () -> cluster.leader(1) != null);
        Cluster.Slot leading = cluster.leader(1);
        Cluster.Slot other = cluster.slots.stream()
                .filter(slot -> slot != leading)
                .findFirst()
                .orElseThrow();
        leader = new MemberGroups(leading.member(), leading.tasks);
        follower = new MemberGroups(other.member(), other.tasks);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** Makes one call after the other, each from within the answer to the one before. */
    private abstract static class Chain<T> implements TaskGroups.Answer<T> {
        final CompletableFuture<Integer> done = new CompletableFuture<>();
        int made;

        abstract void call();

        @Override
        public void succeeded(T value) {
            if (++made == CALLS) {
                done.complete(made);
            } else {
                call();
            }
        }

        @Override
        public void failed(Throwable failure) {
            done.completeExceptionally(failure);
        }

        void run() throws Exception {
            call();
            assertThat(done.get(SECONDS_MAX, TimeUnit.SECONDS)).isEqualTo(CALLS);
        }
    }

    private static Chain<Object> questions(TaskGroups groups) {
        return new Chain<>() {
            @Override
            void call() {
                groups.read(1, new GroupQuery.Ask(new TaskQuery.Get("n", "a")), TRY_MILLIS, this);
            }
        };
    }

    private static Chain<TaskGroups.Applied> batches(TaskGroups groups) {
        UUID proposer = UUID.randomUUID();
        return new Chain<>() {
            @Override
            void call() {
                TaskCommand command = TaskCommand.of("n", 1_000, Tasks.create(proposer + "-" + made));
                groups.apply(1, new Batch(proposer, made + 1, made + 1, List.of(command)), TRY_MILLIS, this);
            }
        };
    }

    @Test
    void questions_atTheLeader_waitForNoHeartbeat() throws Exception {
        questions(leader).run();
    }

    @Test
    void questions_elsewhere_waitForNoHeartbeat() throws Exception {
        questions(follower).run();
    }

    @Test
    void batches_atTheLeader_waitForNoHeartbeat() throws Exception {
        batches(leader).run();
    }

    @Test
    void batches_elsewhere_waitForNoHeartbeat() throws Exception {
        batches(follower).run();
    }

    @Test
    void questionsAndBatches_together_waitForNoHeartbeat() throws Exception {
        Chain<Object> questions = questions(leader);
        questions.call();
        batches(leader).run();
        assertThat(questions.done.get(SECONDS_MAX, TimeUnit.SECONDS)).isEqualTo(CALLS);
    }
}
