package dev.tandem.bench;

import java.time.Duration;
import java.util.Locale;

/** What is done to the node that leads. */
enum Fault {
    /** It is killed, as kill -9 does, and started again later. */
    KILL(Duration.ofSeconds(1)),
    /** It stands still, as kill -STOP does, and goes on later. */
    STOP(Duration.ofSeconds(2)),
    /** It is asked to end, and started again at once. */
    RESTART(Duration.ofSeconds(1));

    private final Duration pauseMax;

    Fault(Duration pauseMax) {
        this.pauseMax = pauseMax;
    }

    /** How long calls may stand still. */
    Duration pauseMax() {
        return pauseMax;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
