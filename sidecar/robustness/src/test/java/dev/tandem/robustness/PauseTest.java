package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.client.TandemClient;
import dev.tandem.client.TandemException;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.ClaimTasksResponse;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.GetTaskRequest;
import dev.tandem.v1.RenewLeaseRequest;
import dev.tandem.v1.RetryPolicy;
import dev.tandem.v1.Task;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SIGSTOP and SIGCONT: a process that stands still for longer than leases last, and then goes on as if nothing were. */
class PauseTest {
    private static final Duration CALL_MAX = Duration.ofSeconds(30);
    private static final Duration SHORT_CALL = Duration.ofMillis(300);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);
    private static final long LEASE_MILLIS = 1000;

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void pause_longerThanALease_takesTheTaskFromItsWorkerAndGivesItToOneOther() {
        SidecarProcess sidecar = lab.sidecar();
        sidecar.start();
        TandemClient client = lab.closing(TandemClient.connect(lab.vertx(), Workload.options(sidecar.address())));
        Workload.await(client.tasks(CALL_MAX)
                .createTask(CreateTaskRequest.newBuilder()
                        .setTaskId("t")
                        .setTask(Task.newBuilder()
                                .setQueue("q")
                                .setRetryPolicy(RetryPolicy.newBuilder().setInitialBackoff(Records.duration(0))))
                        .build()));
        Task first =
                Workload.await(client.tasks(CALL_MAX).claimTasks(claim("w1"))).getTasks(0);

        sidecar.pause();
        RenewLeaseRequest renew = RenewLeaseRequest.newBuilder()
                .setTaskId("t")
                .setToken(first.getLease().getToken())
                .build();
        // It reaches the sidecar when that wakes up, and must not bring the lease back.
        assertEndsByItsDeadline(client.tasks(SHORT_CALL).renewLease(renew), true);
        while (System.currentTimeMillis() <= Records.millis(first.getLease().getExpireTime())) {
            assertEndsByItsDeadline(
                    client.tasks(SHORT_CALL)
                            .getTask(GetTaskRequest.newBuilder().setTaskId("t").build()),
                    false);
        }
        sidecar.resume();

        List<ClaimTasksResponse> claims = Workload.await(Future.all(Stream.of("w2", "w3", "w4")
                        .map(worker -> client.tasks(CALL_MAX).claimTasks(claim(worker)))
                        .toList()))
                .list();
        List<Task> got =
                claims.stream().flatMap(claim -> claim.getTasksList().stream()).toList();
        assertThat(got).hasSize(1);
        assertThat(got.get(0).getLease().getToken())
                .isGreaterThan(first.getLease().getToken());
        assertThat(got.get(0).getAttempts()).isEqualTo(2);
        assertThatThrownBy(() -> Workload.await(client.tasks(CALL_MAX).completeTask(complete(first))))
                .cause()
                .isInstanceOfSatisfying(
                        TandemException.class, lost -> assertThat(lost.reason()).isEqualTo("LEASE_LOST"));
    }

    private static void assertEndsByItsDeadline(Future<?> call, boolean isWrite) {
        long begun = System.nanoTime();
        assertThatThrownBy(() -> Workload.await(call)).cause().isInstanceOfSatisfying(TandemException.class, late -> {
            assertThat(late.reason()).isEqualTo(isWrite ? "MAYBE_APPLIED" : "DEADLINE_PASSED");
            assertThat(late.maybeApplied()).isEqualTo(isWrite);
        });
        // The bound is generous to a busy machine, and far below what a call without a deadline would take.
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
    }

    private static ClaimTasksRequest claim(String worker) {
        return ClaimTasksRequest.newBuilder()
                .addQueues("q")
                .setWorkerId(worker)
                .setLeaseDuration(Records.duration(worker.equals("w1") ? LEASE_MILLIS : 60_000))
                .build();
    }

    private static CompleteTaskRequest complete(Task claimed) {
        return CompleteTaskRequest.newBuilder()
                .setTaskId(claimed.getTaskId())
                .setToken(claimed.getLease().getToken())
                .build();
    }

    @Test
    void pause_againAndAgainUnderLoad_leavesAHistoryThatFollowsTheRules() {
        SidecarProcess sidecar = lab.sidecar();
        sidecar.start();
        Workload work = lab.closing(new Workload(lab.vertx(), sidecar.address(), lab.seed(), 12, SHORT_CALL));
        work.start();
        for (int pause = 0; pause < 3; pause++) {
            work.progress().awaitMore(Progress.ACKNOWLEDGED, 80, PROGRESS_MAX);
            sidecar.pause();
            work.progress().awaitMore("MAYBE_APPLIED", 8, PROGRESS_MAX);
            sidecar.resume();
        }
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 80, PROGRESS_MAX);
        work.finish();
        System.out.println("3 pauses: " + work.progress());
        work.check();
    }
}
