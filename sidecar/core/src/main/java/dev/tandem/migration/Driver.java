package dev.tandem.migration;

import dev.tandem.migration.Migration.Comparison;
import dev.tandem.migration.Migration.Walk;
import dev.tandem.migration.MigrationRecords.Kept;
import dev.tandem.routing.OutboxDelivery;
import dev.tandem.routing.Policy;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does one move's work for as long as it has the lease, round by round. */
final class Driver {
    /** How long a round goes on with pages before it keeps how far it has come. */
    private static final long WORK_NANOS = 500_000_000;

    /** A move whose first step has not been taken by then never will be. */
    private static final long START_MILLIS_MAX = 30_000;

    private static final Logger log = LoggerFactory.getLogger(Driver.class);

    private final Coordinator coordinator;
    private final PolicySteps steps;
    private final Backfill backfill;
    private final Verify verify;
    private final String namespace;
    private final long token;
    private final Throttle throttle = new Throttle();
    private Kept kept;
    private long leaseUntilNanos;
    private String waitsFor = "";

    Driver(Coordinator coordinator, Kept kept, long token) {
        this.coordinator = coordinator;
        this.kept = kept;
        this.token = token;
        this.namespace = kept.migration().namespace();
        this.steps = new PolicySteps(coordinator.stores(), coordinator.policies(), coordinator.host());
        this.backfill = new Backfill(coordinator.stores(), coordinator.policies(), namespace);
        this.verify = new Verify(coordinator.stores(), coordinator.policies(), namespace);
        this.leaseUntilNanos = coordinator.host().nanoTime() + Coordinator.LEASE_MILLIS * 1_000_000;
    }

    void round() {
        if (coordinator.isClosed()) {
            coordinator.ended(kept, token);
            return;
        }
        renewed()
                .compose(renewed -> steps.recover(namespace))
                .compose(this::work)
                .onComplete((isBusy, failure) -> {
                    if (failure instanceof LostException) {
                        coordinator.ended(kept, token);
                        return;
                    }
                    tell(failure == null ? "" : String.valueOf(failure.getMessage()));
                    long pause = Boolean.TRUE.equals(isBusy) ? 1 : Coordinator.ROUND_MILLIS;
                    coordinator.host().timers().set(pause, this::round);
                });
    }

    /** Why nothing goes on, when that has changed. */
    private void tell(String why) {
        if (!why.equals(waitsFor)) {
            waitsFor = why;
            if (why.isEmpty()) {
                log.info("the move {} goes on", kept.migration().id());
            } else {
                log.info("the move {} waits: {}", kept.migration().id(), why);
            }
        }
    }

    /** It is somebody else's, or over. */
    private static final class LostException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LostException() {
            super("the move is coordinated elsewhere, or over", null, false, false);
        }
    }

    private Future<Void> renewed() {
        if (leaseUntilNanos - coordinator.host().nanoTime() > Coordinator.LEASE_MILLIS * 1_000_000 * 2 / 3) {
            return Future.succeededFuture();
        }
        long begun = coordinator.host().nanoTime();
        return coordinator
                .lease(kept, new Verb.RenewLease(kept.migration().id(), token, Coordinator.LEASE_MILLIS))
                .compose(outcome -> {
                    if (!(outcome instanceof Outcome.Granted)) {
                        return Future.failedFuture(new LostException());
                    }
                    leaseUntilNanos = begun + Coordinator.LEASE_MILLIS * 1_000_000;
                    return Future.succeededFuture();
                });
    }

    /** Returns whether there is more to do at once. */
    private Future<Boolean> work(Policy policy) {
        return seen().compose(now -> {
            kept = now;
            if (now.isOver()) {
                // Perhaps in one store alone, as the other one did not answer then.
                return coordinator
                        .records()
                        .end(now, coordinator.soon())
                        .transform(ended -> Future.failedFuture(new LostException()));
            } else if (policy.mirror() == null) {
                return withoutMirror(policy);
            }
            return delivered(policy).compose(done -> walk(policy));
        });
    }

    /** The record as it is now, and in both stores if they answer. */
    private Future<Kept> seen() {
        MigrationRecords records = coordinator.records();
        return records.read(kept.migration(), coordinator.soon())
                .compose(now -> now.isOver() || now.isEven()
                        ? Future.succeededFuture(now)
                        : records.change(now, UnaryOperator.identity(), coordinator.soon()));
    }

    /** Before the first step, or behind the last one. */
    private Future<Boolean> withoutMirror(Policy policy) {
        Migration migration = kept.migration();
        boolean isDone = policy.source().equals(migration.target());
        boolean isLate = coordinator.millis() - migration.startedAtMillis() > START_MILLIS_MAX;
        if (!isDone && !isLate) {
            return Future.succeededFuture(false);
        }
        return coordinator.records().end(kept, coordinator.soon()).compose(ended -> {
            log.info("the move {} is over: {} is in {}", migration.id(), namespace, policy.source());
            return Future.failedFuture(new LostException());
        });
    }

    private Future<?> delivered(Policy policy) {
        return new OutboxDelivery(
                        namespace,
                        coordinator.stores().get(policy.authority()),
                        policy.epoch(),
                        coordinator.stores().get(policy.requireMirror()),
                        policy.epoch())
                .upToNow(coordinator.soon());
    }

    private Future<Boolean> walk(Policy policy) {
        Walk copied = kept.migration().copied();
        Comparison verified = kept.migration().verified();
        long untilNanos = coordinator.host().nanoTime() + WORK_NANOS;
        if (kept.migration().isPaused()) {
            return Future.succeededFuture(false);
        } else if (!copied.isOver()
                && policy.authority().equals(kept.migration().source())) {
            return (copied.beganAtMillis() == 0
                            ? total(policy).map(total -> copied.begun(total, coordinator.millis()))
                            : copy(copied, untilNanos))
                    .compose(walk -> keep(now -> now.copied().equals(copied) ? now.withCopied(walk) : now));
        } else if (verified != null && !verified.walk().isOver()) {
            return (verified.walk().beganAtMillis() == 0
                            ? total(policy).map(total -> verified.begun(total, coordinator.millis()))
                            : compare(verified, untilNanos))
                    // Unless somebody has asked for another one meanwhile, or drives the move, too.
                    .compose(comparison ->
                            keep(now -> verified.equals(now.verified()) ? now.withVerified(comparison) : now));
        }
        return Future.succeededFuture(false);
    }

    /** How many records there are about to be. */
    private Future<Long> total(Policy policy) {
        return coordinator
                .stores()
                .get(policy.authority())
                .query(
                        new TaskQuery.Count(namespace, TaskFilter.ALL),
                        coordinator.soon().withEpoch(policy.epoch()))
                .map(counts -> counts.total());
    }

    private Future<Boolean> keep(UnaryOperator<Migration> change) {
        return coordinator.records().change(kept, change, coordinator.soon()).map(now -> {
            kept = now;
            return true;
        });
    }

    private Future<Walk> copy(Walk walk, long untilNanos) {
        long begun = coordinator.host().nanoTime();
        return backfill.step(walk.next(), coordinator.soon()).compose(step -> {
            Walk further = walk.gone(step.next(), step.copied(), coordinator.millis());
            return further.isOver() || coordinator.host().nanoTime() - untilNanos > 0
                    ? Future.succeededFuture(further)
                    : paused(begun).compose(rested -> copy(further, untilNanos));
        });
    }

    private Future<Comparison> compare(Comparison comparison, long untilNanos) {
        long begun = coordinator.host().nanoTime();
        return verify.page(comparison.walk().next(), coordinator.soon()).compose(step -> {
            Comparison further = comparison.gone(step, coordinator.millis());
            return further.walk().isOver() || coordinator.host().nanoTime() - untilNanos > 0
                    ? Future.succeededFuture(further)
                    : paused(begun).compose(rested -> compare(further, untilNanos));
        });
    }

    private Future<Void> paused(long begunNanos) {
        long millis = throttle.pauseMillis(coordinator.host().nanoTime() - begunNanos);
        if (millis == 0) {
            return Future.succeededFuture();
        }
        Promise<Void> rested = coordinator.host().promise();
        coordinator.host().timers().set(millis, rested::complete);
        return rested.future();
    }
}
