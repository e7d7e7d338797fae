package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** kill -9 under load, again and again. */
class KillTest {
    private static final int CLIENTS = 12;
    private static final Duration CALL_MAX = Duration.ofSeconds(5);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void kill_underLoad_keepsWhatWasAcknowledgedAndNothingTwice() {
        killUnderLoad(6);
    }

    @Test
    @Tag("long")
    void kill_manyTimesUnderLoad_keepsWhatWasAcknowledgedAndNothingTwice() {
        killUnderLoad(Integer.getInteger("tandem.kills", 12));
    }

    private void killUnderLoad(int kills) {
        Random random = new Random(lab.seed());
        SidecarProcess sidecar = lab.sidecar();
        sidecar.start();
        Watcher watcher = lab.closing(new Watcher(lab.vertx(), sidecar.address(), Workload.STEADY.namespace()));
        Workload work = lab.closing(new Workload(lab.vertx(), sidecar.address(), lab.seed(), CLIENTS, CALL_MAX));
        watcher.start();
        work.start();
        for (int kill = 0; kill < kills; kill++) {
            work.progress().awaitMore(Progress.ACKNOWLEDGED, 20 + random.nextInt(250), PROGRESS_MAX);
            sidecar.kill();
            sidecar.start();
        }
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 100, PROGRESS_MAX);
        work.finish();
        System.out.println(kills + " kills: " + work.progress() + "; watch: " + watcher.progress());
        work.check();
        watcher.checkAgainst(Workload.STEADY);
        assertThat(work.progress().count("CONNECTION_LOST"))
                .as("calls that were under way when the process died")
                .isPositive();
    }
}
