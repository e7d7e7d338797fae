package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SIGTERM under load. */
class DrainTest {
    private static final Duration CALL_MAX = Duration.ofSeconds(30);
    private static final Duration DRAIN_MAX = Duration.ofSeconds(20);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void drain_underLoad_losesNothingAndEndsInGoodOrder() {
        SidecarProcess sidecar = lab.sidecar("--drain-timeout", DRAIN_MAX.toSeconds() + "s");
        sidecar.start();
        HealthWatch health = lab.closing(new HealthWatch(lab.vertx(), sidecar.port()));
        health.progress().awaitCount("SERVING", 1, PROGRESS_MAX);
        Workload work = lab.closing(new Workload(lab.vertx(), sidecar.address(), lab.seed(), 12, CALL_MAX));
        work.start();
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 300, PROGRESS_MAX);
        long begun = System.nanoTime();
        sidecar.terminate();
        health.progress().awaitCount("NOT_SERVING", 1, PROGRESS_MAX);
        long served = work.progress().count(Progress.ACKNOWLEDGED);
        assertThat(sidecar.awaitExit()).as(sidecar.output()).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(DRAIN_MAX);
        health.progress().awaitCount(HealthWatch.ENDED, 1, PROGRESS_MAX);
        work.progress().awaitMore("UNREACHABLE", 1, PROGRESS_MAX);

        assertThat(work.progress().count(Progress.ACKNOWLEDGED))
                .as("calls that were served after health checks said no")
                .isGreaterThan(served);
        assertThat(work.progress().count("MAYBE_APPLIED"))
                .as("calls in doubt: %s", work.progress())
                .isZero();
        sidecar.start();
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 50, PROGRESS_MAX);
        work.finish();
        System.out.println("drained: " + work.progress());
        work.check();
    }
}
