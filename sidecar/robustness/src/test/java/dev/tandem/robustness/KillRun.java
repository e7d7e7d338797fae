package dev.tandem.robustness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Clients at work on a sidecar that is killed again and again. */
final class KillRun {
    private static final int CLIENTS = 12;
    private static final Duration CALL_MAX = Duration.ofSeconds(5);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);

    private final SidecarProcess sidecar;
    private final Workload work;
    private final Defect defect;
    private final Random random;

    /** Starts the sidecar, but no work yet. */
    KillRun(Lab lab, Defect defect) {
        this.defect = defect;
        random = new Random(lab.seed());
        sidecar = lab.sidecar();
        sidecar.start();
        work = lab.closing(
                new Workload(lab.vertx(), List.of(sidecar.address()), lab.seed(), CLIENTS, CALL_MAX, defect));
    }

    String address() {
        return sidecar.address();
    }

    Workload work() {
        return work;
    }

    /** Works through so many kills, and then until so many more calls are acknowledged. */
    void run(int kills, int callsAfter) {
        work.start();
        for (int kill = 1; kill <= kills; kill++) {
            work.progress().awaitMore(Progress.ACKNOWLEDGED, 20 + random.nextInt(250), PROGRESS_MAX);
            sidecar.kill();
            try {
                defect.betweenLives(sidecar.file(), kill);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            sidecar.start();
        }
        work.progress().awaitMore(Progress.ACKNOWLEDGED, callsAfter, PROGRESS_MAX);
        work.finish();
    }
}
