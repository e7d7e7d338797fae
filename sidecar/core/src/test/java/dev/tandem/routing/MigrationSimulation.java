package dev.tandem.routing;

import dev.tandem.migration.Backfill;
import dev.tandem.migration.PolicySteps;
import dev.tandem.routing.SimFleet.Sidecar;
import dev.tandem.task.ScanPosition;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A namespace that goes to and fro between two stores while clients work on it and all that can go wrong does: the real router, dual writer,
 * steps and rules, on simulated time, network and stores. One seed, one history.
 */
final class MigrationSimulation {
    private static final String NAMESPACE = SimFleet.NAMESPACE;
    private static final int SIDECARS = 3;
    private static final int CLIENTS = 2;
    private static final int COORDINATORS = 2;
    private static final long WORK_MILLIS = 2_500;
    private static final int PAUSE_MILLIS_MAX = 30;
    private static final Duration STEP_MAX = Duration.ofMillis(150);

    private final SimFleet fleet;
    private final SimWorld world;
    private int switches;
    private int steps;

    /** @param without guards that are taken away */
    MigrationSimulation(long seed, boolean hasFaults, boolean writesBack, Set<SimServer.Guard> without) {
        fleet = new SimFleet(seed, hasFaults, writesBack, without, Long.MAX_VALUE, PAUSE_MILLIS_MAX);
        world = fleet.world;
    }

    /** What came of a run that broke nothing. */
    record Summary(int calls, int failedCalls, int steps, int switches) {}

    /** Runs it, and fails with the seed and what is wrong if anything is. */
    Summary run() {
        return fleet.run(() -> {
            for (int i = 0; i < SIDECARS; i++) {
                fleet.startSidecar(CLIENTS);
            }
            for (int i = 0; i < COORDINATORS; i++) {
                startCoordinator();
            }
            fleet.work(WORK_MILLIS);
            settle();
            fleet.checkHistory();
            return new Summary(fleet.calls, fleet.failedCalls, steps, switches);
        });
    }

    /** Whether it is what the protocol promises that is broken; not that it can't be brought to rest, say. */
    static boolean isLossOrDisorder(AssertionError wrong) {
        String what = String.valueOf(wrong.getMessage());
        return what.contains(": not linearizable: ") || what.contains(": the stores differ in the end");
    }

    private void startCoordinator() {
        Coordinator coordinator = new Coordinator();
        coordinator.pause();
        fleet.troubleWithin(0, 1_500, coordinator.sidecar.process, this::startCoordinator);
    }

    /** Takes the namespace through its phases, without a plan. */
    private final class Coordinator {
        final Sidecar sidecar = new Sidecar(fleet);
        final PolicySteps policySteps = new PolicySteps(sidecar.stores, sidecar.policies, sidecar.process);

        void pause() {
            sidecar.process.after(5L + world.random.nextInt(60), () -> {
                if (!fleet.isOver()) {
                    policySteps
                            .recover(NAMESPACE)
                            .compose(policy -> world.chance(25)
                                    ? deliver(sidecar, policy).transform(done -> step(policy))
                                    : step(policy))
                            .onComplete(done -> pause());
                }
            });
        }

        private Future<Policy> step(Policy policy) {
            boolean isForward = world.chance(65);
            Future<Policy> step = switch (policy.phase()) {
                case SINGLE ->
                    policySteps.start(
                            NAMESPACE, policy, policy.source().equals("a") ? "b" : "a", world.chance(70), STEP_MAX);
                case DUAL_WRITE ->
                    isForward
                            ? backfill(sidecar, null)
                                    .compose(
                                            done -> policySteps.move(NAMESPACE, policy, Phase.READ_NEWEST, 0, STEP_MAX))
                            : world.chance(30)
                                    ? policySteps.change(NAMESPACE, policy, 0, !policy.mayLag(), STEP_MAX)
                                    : policySteps.move(NAMESPACE, policy, Phase.SINGLE, 0, STEP_MAX);
                case READ_NEWEST ->
                    policySteps.move(
                            NAMESPACE,
                            policy,
                            isForward ? Phase.READ_SWITCHED : Phase.DUAL_WRITE,
                            isForward ? 1 + world.random.nextInt(100) : 0,
                            STEP_MAX);
                case READ_SWITCHED -> {
                    if (!isForward) {
                        yield world.chance(30)
                                ? policySteps.change(
                                        NAMESPACE, policy, 1 + world.random.nextInt(100), world.chance(50), STEP_MAX)
                                : policySteps.move(NAMESPACE, policy, Phase.READ_NEWEST, 0, STEP_MAX);
                    }
                    yield policy.readsAllOnMirror()
                            ? policySteps.switchWrites(NAMESPACE, policy, STEP_MAX)
                            : policySteps.move(NAMESPACE, policy, Phase.READ_SWITCHED, 100, STEP_MAX);
                }
                case WRITE_SWITCHED ->
                    isForward
                            ? policySteps.move(NAMESPACE, policy, Phase.SINGLE, 0, STEP_MAX)
                            : policySteps.switchWrites(NAMESPACE, policy, STEP_MAX);
            };
            return step.onSuccess(now -> {
                steps++;
                switches += now.authority().equals(policy.authority()) ? 0 : 1;
            });
        }
    }

    private Future<Void> deliver(Sidecar sidecar, Policy policy) {
        if (policy.mirror() == null) {
            return Future.succeededFuture();
        }
        return new OutboxDelivery(
                        NAMESPACE,
                        sidecar.stores.get(policy.authority()),
                        policy.epoch(),
                        sidecar.stores.get(policy.requireMirror()),
                        policy.epoch())
                .upToNow(sidecar.soon(200))
                .mapEmpty();
    }

    private Future<Void> backfill(Sidecar sidecar, @Nullable ScanPosition after) {
        return new Backfill(sidecar.stores, sidecar.policies, NAMESPACE)
                .page(after, sidecar.soon(200))
                .compose(next -> next == null ? Future.succeededFuture() : backfill(sidecar, next));
    }

    /** With nobody working any more: both stores come to the same. */
    private void settle() {
        Sidecar last = new Sidecar(fleet);
        PolicySteps policySteps = new PolicySteps(last.stores, last.policies, last.process);
        Future<Policy> settled = policySteps
                .recover(NAMESPACE)
                .compose(policy -> policy.phase() == Phase.SINGLE
                        ? policySteps.start(NAMESPACE, policy, policy.source().equals("a") ? "b" : "a", true, STEP_MAX)
                        : Future.succeededFuture(policy))
                .compose(policy -> policy.phase() == Phase.DUAL_WRITE
                        ? backfill(last, null).map(policy)
                        : Future.succeededFuture(policy))
                .compose(policy -> deliver(last, policy).map(policy));
        fleet.checkStoresAgree(fleet.await("can't be brought to rest", settled));
    }
}
