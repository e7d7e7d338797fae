package dev.tandem.migration;

import dev.tandem.migration.Migrations.Census;
import dev.tandem.migration.Migrations.Start;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.RecordKind;
import dev.tandem.task.ScanPosition;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** What stands in the way of beginning a move. */
final class StartPreflight {
    private final Stores stores;
    private final Census census;
    private final String namespace;
    private final Policy policy;
    private final Start start;
    private final CallOptions options;
    private final List<String> refusals = new ArrayList<>();
    private final List<String> obstacles = new ArrayList<>();

    StartPreflight(Stores stores, Census census, String namespace, Policy policy, Start start, CallOptions options) {
        this.stores = stores;
        this.census = census;
        this.namespace = namespace;
        this.policy = policy;
        this.start = start;
        this.options = options;
    }

    Future<Checks> checks() {
        if (namespace.startsWith(MigrationRecords.RESERVED)) {
            refusals.add(namespace + " is Tandem's own: namespaces that begin with " + MigrationRecords.RESERVED
                    + " can't be moved");
        }
        if (policy.phase() != Phase.SINGLE) {
            refusals.add(namespace + " is on its way to " + policy.target() + " already: complete that move or abort it"
                    + " first");
        } else if (policy.source().equals(start.target())) {
            refusals.add(namespace + " is in " + start.target() + " already: there is nothing to move");
        }
        if (!stores.names().contains(start.target())) {
            refusals.add(
                    "there is no store " + start.target() + ": this sidecar has " + String.join(", ", stores.names()));
        }
        return refusals.isEmpty()
                ? theTarget()
                        .compose(target -> theSource())
                        .compose(source -> theFleet())
                        .map(done -> result())
                : Future.succeededFuture(result());
    }

    private Checks result() {
        return new Checks(List.copyOf(refusals), List.copyOf(obstacles));
    }

    private Future<Void> theTarget() {
        return holds(start.target()).transform((holds, failure) -> {
            if (failure != null) {
                refusals.add(start.target() + " does not answer: " + failure.getMessage());
            } else if (holds && !start.isIntoExisting()) {
                obstacles.add(start.target() + " holds something of " + namespace
                        + " already: empty it, or say that what is there may be overwritten");
            }
            return Future.succeededFuture();
        });
    }

    /** A namespace that nobody has used yet is a name that was mistyped. */
    private Future<Void> theSource() {
        return policy.epoch() > 0
                ? Future.succeededFuture()
                : hasAny(policy.source()).transform((has, failure) -> {
                    if (failure != null) {
                        refusals.add(policy.source() + " does not answer: " + failure.getMessage());
                    } else if (!has) {
                        obstacles.add("there is nothing of " + namespace + " in " + policy.source()
                                + ": look at how its name is written; a namespace begins with its first task");
                    }
                    return Future.succeededFuture();
                });
    }

    private Future<Void> theFleet() {
        return Preflight.lacking(census, start.target()).map(lacking -> {
            obstacles.addAll(lacking);
            return null;
        });
    }

    /** Tombstones and requests that are remembered do no harm. */
    private Future<Boolean> holds(String store) {
        return hasAny(store, RecordKind.TASK)
                .compose(has -> has ? Future.succeededFuture(true) : hasAny(store, RecordKind.LEASE));
    }

    private Future<Boolean> hasAny(String store) {
        return holds(store)
                .compose(has -> has ? Future.succeededFuture(true) : hasAny(store, RecordKind.TOMBSTONE))
                .compose(has -> has ? Future.succeededFuture(true) : hasAny(store, RecordKind.REQUEST));
    }

    private Future<Boolean> hasAny(String store, RecordKind kind) {
        return stores.get(store)
                .query(new TaskQuery.Scan(namespace, ScanPosition.begin(kind), 1), options)
                .map(page -> page.records().stream()
                                .anyMatch(record -> record.position().kind() == kind)
                        || !page.unreadable().isEmpty());
    }
}
