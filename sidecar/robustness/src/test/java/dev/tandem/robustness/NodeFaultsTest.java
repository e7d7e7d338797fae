package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Store nodes that are killed, stopped and restarted, and their disks, one, two and all at once, under the load of two sidecars. */
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

    /** Starts sidecars, and clients of them. */
    private Workload load(SidecarProcess... sidecars) {
        for (SidecarProcess sidecar : sidecars) {
            sidecar.start();
        }
        Workload work = lab.closing(new Workload(
                lab.vertx(),
                Stream.of(sidecars).map(SidecarProcess::address).toList(),
                lab.seed(),
                CLIENTS,
                CALL_MAX,
                Defect.NONE));
        work.start();
        return work;
    }

    private static void finish(Workload work, String what) {
        work.progress().awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
        work.finish();
        System.out.println(what + ": " + work.progress());
        work.check();
    }

    @Test
    void nodes_killedStoppedAndRestarted_loseNothingThatWasAcknowledged() {
        Random random = new Random(lab.seed());
        StoreNodes nodes = new StoreNodes(lab);
        nodes.start();
        SidecarProcess steady = lab.sidecarOver(nodes.store());
        SidecarProcess killed = lab.sidecarOver(nodes.store());
        Workload work = load(steady, killed);
        Watcher watcher = lab.closing(new Watcher(lab.vertx(), steady.address(), Workload.STEADY.namespace()));
        watcher.start();
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
        finish(work, "faults of store nodes");
        System.out.println("watch: " + watcher.progress());
        watcher.checkAgainst(Workload.STEADY);
        assertThat(work.progress().count("MAYBE_APPLIED"))
                .as("calls that were under way when most nodes were gone")
                .isPositive();
    }

    /** Which disks stand still, the leader's among them; whether their nodes are killed meanwhile. */
    private record Stall(int disks, boolean kill) {}

    @Test
    void disks_standStill_nothingIsAcknowledgedThatIsNotOnMostOfThem() {
        Random random = new Random(lab.seed());
        SlowDisks disks = new SlowDisks(lab.folder());
        StoreNodes nodes = new StoreNodes(lab, disks::prefix);
        nodes.start();
        Workload work = load(lab.sidecarOver(nodes.store()), lab.sidecarOver(nodes.store()));
        Progress progress = work.progress();
        for (Stall stall : stalls(random)) {
            progress.awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
            List<Integer> victims = nodes.numbersOfLeaderAndOthers(stall.disks(), random);
            long failed = Answers.failures(progress);
            victims.forEach(disks::stop);
            if (stall.disks() == 1) {
                progress.awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
                assertThat(Answers.failures(progress))
                        .as("failures beside one disk that stands still")
                        .isEqualTo(failed);
            } else {
                awaitFailures(progress, 2 * CLIENTS);
                long acknowledged = progress.count(Progress.ACKNOWLEDGED);
                awaitFailures(progress, 2 * CLIENTS);
                assertThat(progress.count(Progress.ACKNOWLEDGED)).isEqualTo(acknowledged);
            }
            if (stall.kill()) {
                victims.forEach(victim -> nodes.get(victim).kill());
            }
            victims.forEach(victim -> disks.slowDown(victim, Duration.ZERO));
            nodes.start();
        }
        finish(work, "disks that stand still");
    }

    @Test
    void disks_areSlow_callsTakeLongAndNoneFails() {
        Random random = new Random(lab.seed());
        SlowDisks disks = new SlowDisks(lab.folder());
        StoreNodes nodes = new StoreNodes(lab, disks::prefix);
        nodes.start();
        Workload work = load(lab.sidecarOver(nodes.store()), lab.sidecarOver(nodes.store()));
        work.progress().awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
        List<Integer> all = nodes.numbersOfLeaderAndOthers(StoreNodes.NODES, random);
        all.forEach(disk -> disks.slowDown(disk, Duration.ofMillis(40)));
        work.progress().awaitMore(Progress.ACKNOWLEDGED, CALLS, PROGRESS_MAX);
        all.forEach(disk -> disks.slowDown(disk, Duration.ZERO));
        // Longer than a leader may be silent: another one leads.
        disks.slowDown(all.get(0), Duration.ofSeconds(1));
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 3 * CALLS, PROGRESS_MAX);
        disks.slowDown(all.get(0), Duration.ZERO);
        finish(work, "slow disks");
        assertThat(Answers.failures(work.progress())).isZero();
    }

    private static void awaitFailures(Progress progress, int more) {
        long enough = Answers.failures(progress) + more;
        progress.await(() -> Answers.failures(progress) >= enough, "calls to fail", PROGRESS_MAX);
    }

    /** First those of one disk, while no call of an earlier stall can fail yet; the others in any order. */
    private static List<Stall> stalls(Random random) {
        List<Stall> stalls = new ArrayList<>();
        for (int disks = 2; disks <= StoreNodes.NODES; disks++) {
            stalls.add(new Stall(disks, false));
            stalls.add(new Stall(disks, true));
        }
        Collections.shuffle(stalls, random);
        stalls.addAll(0, List.of(new Stall(1, false), new Stall(1, true)));
        System.out.println(stalls);
        return stalls;
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
            awaitFailures(progress, CLIENTS);
        }
    }
}
