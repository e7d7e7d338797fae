package dev.tandem.migration;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.Tombstone;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a mirror have one record as the authority has it. May be broken off anywhere, and made again.
 *
 * @param name of the record
 */
record Repair(Sides sides, RecordName name) {
    /** A store need not be able to keep versions behind this one: half of what a double can tell apart. */
    private static final long VERSION_MAX = 1L << 52;

    /**
     * Repairs what was told, if it still is so.
     *
     * @return whether the authority now has what the mirror had
     */
    Future<Boolean> of(Difference told) {
        return look().compose(now -> {
            if (now == null) {
                return Future.succeededFuture(false);
            } else if (now.kind() != told.kind() || now.isMirrorAhead() != told.isMirrorAhead()) {
                return refused(text() + " now differs in another way (" + now + "): look at that, and repair it then");
            } else if (now.mirrorVersion() < now.authorityVersion()) {
                return copy();
            }
            return now.isMirrorAhead() && mirrorIsRight() ? bringUp() : decideAgain();
        });
    }

    /** Then it has all that was acknowledged. */
    private boolean mirrorIsRight() {
        return sides.policy().waitsForMirror();
    }

    /** How it differs; null if it does not. */
    private Future<@Nullable Difference> look() {
        return Looks.at(sides, List.of(name)).map(found -> found.isEmpty() ? null : found.get(0));
    }

    private Future<Boolean> copy() {
        return sides.read(sides.authority(), name)
                .compose(record -> record == null
                        ? Future.succeededFuture()
                        : sides.put(sides.mirror(), List.of(record), 0, 0).mapEmpty())
                .compose(done -> look())
                .compose(now -> {
                    if (now == null) {
                        return Future.succeededFuture(false);
                    }
                    // Then a tombstone that is newer stands in its place there.
                    return mirrorIsRight() && now.kind() == Difference.Kind.MISSING && name.kind() == RecordKind.TASK
                            ? decide((version, millis) ->
                                            Future.succeededFuture(new Tombstone(name.name(), version, millis)))
                                    .map(true)
                            : decideAgain();
                });
    }

    /**
     * Has the authority take over what the mirror has. Where the authority has something newer by now, or that it was deleted, it is taken at its
     * word.
     */
    private Future<Boolean> bringUp() {
        return highest()
                .compose(last -> sides.read(sides.mirror(), name)
                        .compose(record -> record == null
                                ? Future.succeededFuture()
                                : sides.put(sides.authority(), List.of(record), last, 0)))
                .compose(put -> look())
                .compose(now -> now == null ? Future.succeededFuture(true) : decideAgain());
    }

    private Future<Boolean> decideAgain() {
        return decide(this::stamped).map(false);
    }

    private interface Decision {
        /** Null if there is nothing to tell. */
        Future<@Nullable StoredRecord> at(long version, long timeMillis);
    }

    /**
     * Has the authority put a record in a version above all of the mirror's, and delivers that.
     *
     * <p>The authority's versions go on to it first: whatever is changed there from then on gets a higher one. So what is read afterwards, and put
     * in just this version, takes the place of nothing that was changed in between.
     */
    private Future<Void> decide(Decision decision) {
        return highest()
                .compose(last -> sides.put(sides.authority(), List.of(), last + 1, 0)
                        .compose(moved -> sides.deliver())
                        .compose(delivered -> decision.at(last + 1, delivered.timeMillis())
                                .compose(record -> record == null
                                        ? Future.succeededFuture()
                                        : sides.put(
                                                sides.authority(), List.of(record), last + 1, delivered.timeMillis()))))
                .compose(put -> sides.deliver())
                .compose(delivered -> check());
    }

    /** The highest version of the mirror. */
    private Future<Long> highest() {
        return sides.lastVersion(sides.mirror())
                .compose(last -> last < VERSION_MAX
                        ? Future.succeededFuture(last)
                        : refused("a version of " + sides.mirror().name() + " is so high (" + last
                                + ") that there is none above it: end the move, empty that store of "
                                + sides.namespace() + " and begin again"));
    }

    /** What the authority has, or that it has nothing, in this version; null if there is nothing to tell. */
    private Future<@Nullable StoredRecord> stamped(long version, long timeMillis) {
        return sides.read(sides.authority(), name).compose(record -> {
            if (record instanceof Task task) {
                return Future.succeededFuture(task.withVersion(version));
            } else if (record instanceof LeaderLease lease) {
                return Future.succeededFuture(stamp(lease, lease.holder(), version, lease.expiresAtMillis()));
            } else if (name.kind() == RecordKind.TASK) {
                return Future.succeededFuture(new Tombstone(name.name(), version, timeMillis));
            }
            // There are no tombstones of leases: one that is released says as much.
            return sides.read(sides.mirror(), name)
                    .map(found -> found instanceof LeaderLease rogue ? stamp(rogue, "", version, timeMillis) : null);
        });
    }

    private static LeaderLease stamp(LeaderLease lease, String holder, long version, long expiresAtMillis) {
        return new LeaderLease(
                lease.namespace(),
                lease.scope(),
                holder,
                lease.token(),
                version,
                lease.acquiredAtMillis(),
                expiresAtMillis,
                lease.durationMillis());
    }

    private Future<Void> check() {
        return look().compose(now -> now == null
                ? Future.succeededFuture()
                : refused(text() + " differs again (" + now + "): somebody else writes to "
                        + sides.mirror().name() + "; end that first, and repair it then"));
    }

    private String text() {
        return (name.kind() == RecordKind.LEASE ? "lease " : "task ") + name.name() + " of " + sides.namespace();
    }

    private static <T> Future<T> refused(String why) {
        return Future.failedFuture(new StepRefused(why));
    }
}
