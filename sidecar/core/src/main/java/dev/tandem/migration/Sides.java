package dev.tandem.migration;

import dev.tandem.routing.OutboxDelivery;
import dev.tandem.routing.OutboxDelivery.Delivered;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.ScanPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A namespace's authority and its mirror under one policy. All calls carry its epoch, and fail as FENCED under another one.
 *
 * @param options linearizable: what {@link Sight} shows rests on it
 */
record Sides(String namespace, Policy policy, Side authority, Side mirror, CallOptions options) {
    /** How many records are read at once from each store. */
    private static final int READ_AT_ONCE = 20;

    /** One of the two. */
    record Side(String name, TaskStore store) {}

    /**
     * The two that the policy names.
     *
     * @throws StepRefused if it names no mirror
     */
    static Sides of(Stores stores, String namespace, Policy policy, CallOptions options) {
        String mirror = policy.mirror();
        if (mirror == null) {
            throw new StepRefused(namespace + " has no mirror to compare with: start a move first");
        }
        return new Sides(
                namespace,
                policy,
                new Side(policy.authority(), stores.get(policy.authority())),
                new Side(mirror, stores.get(mirror)),
                new CallOptions(options.deadlineNanos(), Consistency.LINEARIZABLE, policy.epoch()));
    }

    /** One page; fails as CORRUPT if it would be without a record that can't be read. */
    Future<ScanPage> scan(Side side, @Nullable ScanPosition after, int limit) {
        return side.store()
                .query(new TaskQuery.Scan(namespace, after, limit), options)
                .compose(page -> page.unreadable().isEmpty()
                        ? Future.succeededFuture(page)
                        : Future.failedFuture(new StoreException(
                                FailureKind.CORRUPT,
                                side.name() + " has records of " + namespace + " that can't be read: "
                                        + String.join(", ", page.unreadable()))));
    }

    /** Those of the records that are there. */
    Future<Map<RecordName, StoredRecord>> read(Side side, List<RecordName> names) {
        return read(side, names, new HashMap<>());
    }

    private Future<Map<RecordName, StoredRecord>> read(
            Side side, List<RecordName> names, Map<RecordName, StoredRecord> found) {
        if (names.isEmpty()) {
            return Future.succeededFuture(found);
        }
        int size = Math.min(READ_AT_ONCE, names.size());
        List<Future<StoredRecord>> asked =
                names.subList(0, size).stream().map(name -> read(side, name)).toList();
        return Future.join(asked).compose(all -> {
            for (int i = 0; i < size; i++) {
                StoredRecord record = asked.get(i).result();
                if (record != null) {
                    found.put(names.get(i), record);
                }
            }
            return read(side, names.subList(size, names.size()), found);
        });
    }

    /** The task or lease of this name; null if it is not there. */
    Future<@Nullable StoredRecord> read(Side side, RecordName name) {
        if (name.kind() == RecordKind.LEASE) {
            return side.store()
                    .query(new TaskQuery.GetLease(namespace, name.name()), options)
                    .map(lease -> lease.orElse(null));
        }
        return side.store()
                .query(new TaskQuery.Get(namespace, name.name()), options)
                .map(task -> task.orElse(null));
    }

    Future<Delivered> deliver() {
        return new OutboxDelivery(namespace, authority.store(), policy.epoch(), mirror.store(), policy.epoch())
                .upToNow(options);
    }

    /** The highest version that any shard of a store has given. */
    Future<Long> lastVersion(Side side) {
        return lastVersion(side, 0, 0);
    }

    private Future<Long> lastVersion(Side side, int shard, long highest) {
        if (shard == side.store().capabilities().shards()) {
            return Future.succeededFuture(highest);
        }
        return side.store()
                .query(new TaskQuery.Outbox(namespace, shard, 1), options)
                .compose(page -> lastVersion(side, shard + 1, Math.max(highest, page.lastVersion())));
    }

    /** Has a store take records over, if they are newer than its own, and give only versions behind {@code version} from then on. */
    Future<Outcome> put(Side side, List<StoredRecord> records, long version, long timeMillis) {
        TaskCommand put = TaskCommand.of(namespace, timeMillis, new Verb.Mirror(records, version));
        return side.store().execute(put.withEpoch(policy.epoch()), options);
    }
}
