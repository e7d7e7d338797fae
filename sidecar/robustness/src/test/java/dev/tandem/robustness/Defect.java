package dev.tandem.robustness;

import dev.tandem.testkit.Operation;
import dev.tandem.testkit.Operation.Answer;
import java.io.IOException;

/** What a test puts between a good sidecar and its clients, to see whether the checks notice. */
interface Defect {
    /** What the tests of the sidecar itself run with. */
    Defect NONE = new Defect() {};

    /**
     * Comes after each kill, before the next start.
     *
     * @param sidecar the one that was killed
     * @param kill the first is 1
     */
    default void betweenLives(SidecarProcess sidecar, int kill) throws IOException {}

    /** What a client is told instead of {@code answer}. Called by several threads. */
    default Answer told(Operation.Call call, Answer answer) {
        return answer;
    }
}
