package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Store nodes that are killed, stopped and restarted, one, two and all at once, under the load of two sidecars. */
@Tag("long")
class NodeFaultsTest {
    /** Some calls fail where most nodes are gone; where one is, none has to. */
    private static final Duration CALL_MAX = Duration.ofSeconds(3);

    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);
    private static final int CLIENTS = 12;
    private static final int CALLS = 150;

    @RegisterExtension
    final Lab lab = new Lab();

    /** A signal to so many nodes at once, one of which leads. */
    private record Fault(String signal, int nodes) {
        boolean leavesMost() {
            return 2 * (StoreNodes.NODES - nodes) > StoreNodes.NODES;
        }
    }

    @Test
    void nodes_killedStoppedAndRestarted_loseNothingThatWasAcknowledged() {
        Random random = new Random(lab.seed());
        StoreNodes nodes = new StoreNodes(lab);
        nodes.start();
        SidecarProcess steady = lab.sidecarOver(nodes.store());
        SidecarProcess killed = lab.sidecarOver(nodes.store());
        steady.start();
        killed.start();
        Workload work = lab.closing(new Workload(
                lab.vertx(), List.of(steady.address(), killed.address()), lab.seed(), CLIENTS, CALL_MAX, Defect.NONE));
        Watcher watcher = lab.closing(new Watcher(lab.vertx(), steady.address(), Workload.STEADY.namespace()));
        watcher.start();
        work.start();
        for (Fault fault : faults(random)) {
            work.progress().awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
            List<TandemProcess> victims = nodes.leaderAndOthers(fault.nodes(), random);
            StoreNodes.signal(fault.signal(), victims);
            awaitEffect(fault, work.progress());
            if (fault.signal().equals("STOP")) {
                // What is under way there may be applied when the sidecar that asked for it is gone.
                killed.kill();
                StoreNodes.signal("CONT", victims);
                killed.start();
            } else {
                victims.forEach(TandemProcess::awaitExit);
                nodes.start();
            }
        }
        work.progress().awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
        work.finish();
        System.out.println("faults of store nodes: " + work.progress() + "; watch: " + watcher.progress());
        work.check();
        watcher.checkAgainst(Workload.STEADY);
        assertThat(work.progress().count("MAYBE_APPLIED"))
                .as("calls that were under way when most nodes were gone")
                .isPositive();
    }

    /** Each signal to one, two and all, in any order. */
    private static List<Fault> faults(Random random) {
        List<Fault> faults = new ArrayList<>();
        for (String signal : List.of("KILL", "STOP", "TERM")) {
            for (int nodes = 1; nodes <= StoreNodes.NODES; nodes++) {
                faults.add(new Fault(signal, nodes));
            }
        }
        Collections.shuffle(faults, random);
        System.out.println(faults);
        return faults;
    }

    /** Waits until calls go on without the nodes that are gone, or, if those are too many, fail. */
    private static void awaitEffect(Fault fault, Progress progress) {
        if (fault.leavesMost()) {
            progress.awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
        } else {
            long enough = Answers.failures(progress) + CLIENTS;
            progress.await(() -> Answers.failures(progress) >= enough, "calls to fail", PROGRESS_MAX);
        }
    }
}
