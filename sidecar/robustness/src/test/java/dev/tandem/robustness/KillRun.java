package dev.tandem.robustness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Clients at work on sidecars that are killed again and again. */
final class KillRun {
    private static final int CLIENTS = 12;
    private static final Duration CALL_MAX = Duration.ofSeconds(5);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);

    private final List<SidecarProcess> sidecars;
    private final Workload work;
    private final Defect defect;
    private final Random random;

    /** On one sidecar over SQLite. Starts it, but no work yet. */
    KillRun(Lab lab, Defect defect) {
        this(lab, List.of(lab.sidecar()), defect);
    }

    /**
     * Starts the sidecars, but no work yet.
     *
     * @param sidecars on one store, which are killed in turn
     */
    KillRun(Lab lab, List<SidecarProcess> sidecars, Defect defect) {
        this.defect = defect;
        this.sidecars = sidecars;
        random = new Random(lab.seed());
        sidecars.forEach(SidecarProcess::start);
        work = lab.closing(new Workload(
                lab.vertx(),
                sidecars.stream().map(SidecarProcess::address).toList(),
                lab.seed(),
                CLIENTS,
                CALL_MAX,
                defect));
    }

    /** Of the first. */
    String address() {
        return sidecars.get(0).address();
    }

    Workload work() {
        return work;
    }

    /** Works through so many kills, and then until so many more calls are acknowledged. */
    void run(int kills, int callsAfter) {
        work.start();
        for (int kill = 1; kill <= kills; kill++) {
            SidecarProcess sidecar = sidecars.get(kill % sidecars.size());
            work.progress().awaitMore(Progress.ACKNOWLEDGED, 20 + random.nextInt(250), PROGRESS_MAX);
            sidecar.kill();
            try {
                defect.betweenLives(sidecar, kill);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            sidecar.start();
        }
        work.progress().awaitMore(Progress.ACKNOWLEDGED, callsAfter, PROGRESS_MAX);
        work.finish();
    }
}
