package dev.tandem.routing;

import dev.tandem.migration.Migrations;
import dev.tandem.migration.Migrations.Status;
import dev.tandem.routing.SimFleet.Sidecar;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;

/** Somebody who wants the namespace moved, by a sidecar of their own. */
final class SimOperator {
    private static final String NAMESPACE = SimFleet.NAMESPACE;
    private static final Migrations.Order ORDER = new Migrations.Order(NAMESPACE, "operator", null, false);
    private static final Duration STOP_MAX = Duration.ofMillis(150);
    private static final long PATIENCE_MILLIS = 500;

    private final SimFleet fleet;
    private final SimWorld world;
    private final Counts counts;
    private final Sidecar sidecar;
    private final Migrations migrations;

    SimOperator(SimFleet fleet, Counts counts) {
        this.fleet = fleet;
        this.world = fleet.world;
        this.counts = counts;
        this.sidecar = new Sidecar(fleet);
        this.migrations = new Migrations(sidecar.stores, sidecar.policies, sidecar.process, fleet.clock);
    }

    /** What all operators of a simulation have done. */
    static final class Counts {
        int steps;
        int switches;
        int completed;
    }

    SimProcess process() {
        return sidecar.process;
    }

    /** Takes step after step, and changes their mind now and then. */
    void wander() {
        process().after(20L + world.random.nextInt(300), () -> {
            if (!fleet.isOver()) {
                sidecar.policies
                        .refresh(NAMESPACE)
                        .compose(policy -> world.chance(10) ? back(policy) : onwards(policy))
                        .onSuccess(status -> counts.steps++)
                        .onComplete(done -> wander());
            }
        });
    }

    /** Begins a move that may lag, as soon as there is something to move. */
    void startAndWait() {
        process()
                .after(
                        200,
                        () -> migrations
                                .start(ORDER, new Migrations.Start("b", true, false))
                                .onFailure(failure -> startAndWait()));
    }

    private Future<Status> back(Policy policy) {
        return switch (policy.phase()) {
            case SINGLE -> onwards(policy);
            case DUAL_WRITE -> migrations.abort(ORDER);
            default -> migrations.rollBack(ORDER, STOP_MAX).onSuccess(this::count);
        };
    }

    private Future<Status> onwards(Policy policy) {
        if (policy.phase() == Phase.SINGLE) {
            String target = policy.source().equals("a") ? "b" : "a";
            return migrations.start(ORDER, new Migrations.Start(target, world.chance(70), true));
        } else if (policy.phase() == Phase.WRITE_SWITCHED) {
            return migrations.complete(ORDER).onSuccess(done -> counts.completed++);
        }
        return migrations.status(NAMESPACE).compose(status -> {
            String obstacles = String.join("; ", status.obstacles());
            if (obstacles.contains("repair them")) {
                return migrations.repair(ORDER);
            } else if (obstacles.contains("verify first") || obstacles.contains("verify again")) {
                return migrations.verify(ORDER);
            }
            int percent = world.chance(50) ? 100 : 1 + world.random.nextInt(99);
            return migrations.advance(ORDER, percent, STOP_MAX).onSuccess(this::count);
        });
    }

    private void count(Status status) {
        counts.switches += status.policy().phase() == Phase.WRITE_SWITCHED ? 1 : 0;
    }

    /** Step by step to this phase, of this move or the next one. */
    Future<Policy> goTo(Phase phase) {
        return sidecar.policies.refresh(NAMESPACE).compose(policy -> {
            if (policy.phase() == phase) {
                return Future.succeededFuture(policy);
            }
            return onwards(policy).transform(done -> {
                world.trace("operator in " + policy + ": " + done);
                Promise<Void> rested = process().promise();
                process().after(PATIENCE_MILLIS, rested::complete);
                return rested.future().compose(next -> goTo(phase));
            });
        });
    }

    Policy policy() {
        return fleet.await("no policy", sidecar.policies.refresh(NAMESPACE));
    }

    Future<Status> verify() {
        return migrations.verify(ORDER);
    }

    /** Ends the move, and looks whether it has ended. */
    void complete() {
        Status status = fleet.await("the move can't be completed", migrations.complete(ORDER));
        Status after = fleet.await("the move has no status", migrations.status(NAMESPACE));
        if (!status.isOver() || !after.isOver() || after.policy().phase() != Phase.SINGLE) {
            throw new AssertionError("the move does not end: " + status + ", then " + after);
        }
        var left = fleet.await("moves can't be told", migrations.all(false));
        if (!left.isEmpty()) {
            throw new AssertionError("moves are left: " + left);
        }
    }
}
