package dev.tandem.store.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.member.TaskCluster;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sidecars whose clocks are an hour apart, on members of one cluster. Time is the group's, and never goes back. */
class ClocksApartTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    static Path folder;

    private static Vertx vertx;
    private static TaskCluster cluster;

    private final TestClock rightClock = new TestClock();
    private final TestClock fastClock = new TestClock();
    private TaskStore rightStore;
    private TaskStore fastStore;
    private StoreCalls right;
    private StoreCalls fast;

    @BeforeAll
    static void startCluster() throws Exception {
        vertx = Vertx.vertx();
        cluster = TaskCluster.start(folder, 1);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
        StoreCalls.await(vertx.close());
    }

    @BeforeEach
    void open() {
        cluster.clear();
        fastClock.advance(HOUR);
        rightStore = new RaftTaskStore(vertx, cluster.groups(0));
        fastStore = new RaftTaskStore(vertx, cluster.groups(1));
        right = new StoreCalls(vertx, rightStore, rightClock, "n");
        fast = new StoreCalls(vertx, fastStore, fastClock, "n");
    }

    @AfterEach
    void close() {
        StoreCalls.await(right.start(rightStore::close));
        StoreCalls.await(fast.start(fastStore::close));
    }

    @Test
    void time_ofTheFastClock_isNotTakenBack() {
        Task first = fast.apply(Tasks.create("a"));
        Task second = right.apply(Tasks.create("b"));
        assertThat(first.createdAtMillis()).isEqualTo(fastClock.millis());
        assertThat(second.createdAtMillis()).isGreaterThanOrEqualTo(first.createdAtMillis());
        assertThat(second.version()).isGreaterThan(first.version());
    }

    @Test
    void lease_thatAFastClockEnds_leavesOneOwner() {
        right.apply(Tasks.create("a"));
        Task before = right.claimOne("slow");
        assertThat(fast.sweep(10).requeued())
                .as("for the fast clock the lease has ended")
                .isEqualTo(1);
        Task after = fast.claimOne("quick");

        assertThat(after.id()).isEqualTo("a");
        assertThat(StoreCalls.token(after)).isGreaterThan(StoreCalls.token(before));
        right.reject(Tasks.complete("a", StoreCalls.token(before)), Outcome.Reason.LEASE_LOST);
        assertThat(fast.apply(Tasks.complete("a", StoreCalls.token(after))).state())
                .isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void sidecar_whoseClockIsBehind_goesOnWorking() {
        fast.apply(Tasks.create("a"));
        Task claimed = right.claimOne("slow");
        Task renewed = right.apply(Tasks.renew("a", StoreCalls.token(claimed)));
        assertThat(StoreCalls.lease(renewed).expiresAtMillis())
                .as("a whole lease, from the group's time on")
                .isGreaterThanOrEqualTo(fastClock.millis() + Tasks.LEASE_MILLIS);
        assertThat(right.sweep(10).requeued()).isZero();
        assertThat(right.apply(Tasks.complete("a", StoreCalls.token(claimed))).state())
                .isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void leadersLease_isHeldByOne() {
        LeaderLease first = right.grant(Tasks.acquire("nightly", "slow"));
        LeaderLease second = fast.grant(Tasks.acquire("nightly", "quick"));
        assertThat(second.token()).isGreaterThan(first.token());
        right.reject(Tasks.acquire("nightly", "slow"), Outcome.Reason.LEASE_HELD);
    }
}
