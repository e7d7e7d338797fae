package dev.tandem.migration;

import dev.tandem.migration.Migration.Event;
import dev.tandem.migration.MigrationRecords.Kept;
import dev.tandem.migration.Migrations.Order;
import dev.tandem.routing.Policy;
import dev.tandem.store.CallOptions;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds the record of a namespace's move.
 *
 * <p>The policy says whether there is a move. It may have no record: whoever began it may have been taken for dead, and the record for one of a move that
 * was never begun. Then it gets a new one, so that it can always be ended.
 */
record Moves(MigrationRecords records, InstantSource clock) {

    /** That of the move that is not over; refused if the namespace is not being moved. */
    Future<Kept> open(Order order, Policy policy, CallOptions options) {
        return records.open(order.namespace(), options).compose(open -> {
            if (open.isPresent()) {
                return Future.succeededFuture(open.get());
            } else if (policy.mirror() == null) {
                return Future.failedFuture(new StepRefused(order.namespace() + " is not being moved"));
            }
            Migration found = found(policy, order.namespace(), order.who());
            return order.isDryRun()
                    ? Future.succeededFuture(Kept.draft(found))
                    : records.createAnywhere(found, options);
        });
    }

    /** As {@link #open}, or else that of the newest one; empty if there was none. */
    Future<Optional<Kept>> shown(String namespace, Policy policy, CallOptions options) {
        return records.all(namespace, true, options).map(all -> {
            Optional<Kept> open = all.stream().filter(kept -> !kept.isOver()).findFirst();
            return open.isPresent() || policy.mirror() == null
                    ? open.or(() -> all.stream().findFirst())
                    : Optional.of(Kept.draft(found(policy, namespace, "nobody")));
        });
    }

    private Migration found(Policy policy, String namespace, String who) {
        String evidence = "in " + PlannedStep.shown(policy) + " at epoch " + policy.epoch();
        return Migration.begun(
                namespace,
                policy.source(),
                Objects.requireNonNull(policy.target()),
                new Event(clock.millis(), who, "found without a record", evidence));
    }
}
