package dev.tandem.routing;

import dev.tandem.migration.Coordinator;
import dev.tandem.migration.Records;
import dev.tandem.routing.SimFleet.Sidecar;
import dev.tandem.store.CallOptions;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Limits;
import dev.tandem.task.RecordKind;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import java.util.List;
import java.util.Set;

/**
 * A namespace that operators move to and fro, and the coordinators of sidecars do the work of: all that runs in production but for the pages, on
 * simulated time, network and stores. Operators, coordinators and sidecars die anywhere. One seed, one history.
 */
final class OperatedSimulation {
    private static final String NAMESPACE = SimFleet.NAMESPACE;
    private static final int SIDECARS = 3;
    private static final int COORDINATORS = 2;
    private static final long WORK_MILLIS = 15_000;
    private static final long AWAY_FROM_MILLIS = 3_000;
    private static final long AWAY_MILLIS = 9_000;

    /** Few calls on tasks that change: long histories with many lost answers are more than the checker can decide. */
    private static final long TASKS_MILLIS = 3_000;

    private static final int PAUSE_MILLIS_MAX = 250;

    /** In the end, without faults, a move is over in this time. */
    private static final long END_MILLIS_MAX = 100_000;

    private final SimFleet fleet;
    private final boolean isMirrorAway;
    private int coordinators;
    private final SimOperator.Counts counts = new SimOperator.Counts();

    private OperatedSimulation(long seed, boolean hasFaults, boolean isMirrorAway) {
        fleet = new SimFleet(seed, hasFaults, true, Set.of(), TASKS_MILLIS, PAUSE_MILLIS_MAX);
        this.isMirrorAway = isMirrorAway;
    }

    /** An operator who wanders through the phases. */
    static OperatedSimulation wandering(long seed, boolean hasFaults) {
        return new OperatedSimulation(seed, hasFaults, false);
    }

    /** One whose target is away for most of the time, while it may lag. */
    static OperatedSimulation mirrorAway(long seed) {
        return new OperatedSimulation(seed, false, true);
    }

    /**
     * What came of a run that broke nothing.
     *
     * @param history a number that another history would not have
     */
    record Summary(int calls, int failedCalls, int steps, int switches, int completed, int history) {}

    /** Runs it, and fails with the seed and what is wrong if anything is. */
    Summary run() {
        return fleet.run(() -> {
            for (int i = 0; i < SIDECARS; i++) {
                fleet.startSidecar(2);
            }
            for (int i = 0; i < COORDINATORS; i++) {
                startCoordinator();
            }
            if (isMirrorAway) {
                operator().startAndWait();
                fleet.world.afterMillis(
                        AWAY_FROM_MILLIS, () -> fleet.servers.get("b").goDown(AWAY_MILLIS));
            } else {
                startOperator();
            }
            fleet.work(WORK_MILLIS);
            if (isMirrorAway) {
                checkCaughtUp();
            }
            end();
            fleet.checkHistory();
            int history = fleet.recorder.operations().toString().hashCode();
            return new Summary(
                    fleet.calls, fleet.failedCalls, counts.steps, counts.switches, counts.completed, history);
        });
    }

    private void startCoordinator() {
        Sidecar sidecar = new Sidecar(fleet);
        new Coordinator(sidecar.stores, sidecar.policies, sidecar.process, fleet.clock, "coordinator-" + ++coordinators)
                .start();
        fleet.troubleWithin(0, 3_000, sidecar.process, this::startCoordinator);
    }

    private SimOperator operator() {
        return new SimOperator(fleet, counts);
    }

    private void startOperator() {
        SimOperator operator = operator();
        operator.wander();
        fleet.troubleWithin(0, 6_000, operator.process(), this::startOperator);
    }

    /** Whoever coordinates has delivered all that gathered in the outbox. */
    private void checkCaughtUp() {
        SimServer source = fleet.servers.get("a");
        for (int shard = 0; shard < source.shards(); shard++) {
            OutboxPage left =
                    source.answer(new TaskQuery.Outbox(NAMESPACE, shard, Limits.MIRROR_MAX), CallOptions.ANY_EPOCH);
            if (!left.entries().isEmpty()) {
                throw new AssertionError("never delivered: " + left.entries());
            }
        }
    }

    /** With no faults any more and nobody working: whatever was left, one operator and one coordinator bring it to its end. */
    private void end() {
        startCoordinator();
        SimOperator last = operator();
        fleet.await("the move does not get on", last.goTo(Phase.READ_NEWEST), END_MILLIS_MAX);
        List<StoredRecord> acknowledged = List.of();
        if (fleet.seed % 2 == 1) {
            acknowledged = lose(last.policy().authority(), last.policy().requireMirror());
            fleet.await("what was lost is not found", last.verify());
        }
        Policy switched = fleet.await("the move does not end", last.goTo(Phase.WRITE_SWITCHED), END_MILLIS_MAX);
        fleet.checkStoresAgree(switched);
        if (fleet.seed % 2 == 1
                && !fleet.at(switched.authority(), RecordKind.TASK).equals(acknowledged)) {
            throw new AssertionError("what was acknowledged is lost:\n  " + acknowledged + "\n  "
                    + fleet.at(switched.authority(), RecordKind.TASK));
        }
        last.complete();
    }

    /** The authority goes back to what it had some changes ago; returns what it had acknowledged. */
    private List<StoredRecord> lose(String authority, String mirror) {
        SimServer server = fleet.servers.get(authority);
        List<StoredRecord> all = fleet.at(authority, RecordKind.TASK);
        for (StoredRecord record : all) {
            Task task = (Task) record;
            switch (fleet.world.random.nextInt(4)) {
                case 0 -> server.lose(NAMESPACE, task.id());
                case 1 -> server.lose(NAMESPACE, task.withVersion(task.version() - 1));
                default -> {}
            }
        }
        // Some that were deleted are there again.
        fleet.at(mirror, RecordKind.TOMBSTONE).stream()
                .filter(deleted -> !all.isEmpty() && fleet.world.chance(30))
                .forEach(deleted -> server.lose(
                        NAMESPACE,
                        Records.rename((Task) all.get(0), deleted.position().name())
                                .withVersion(deleted.version() - 1)));
        return all;
    }
}
