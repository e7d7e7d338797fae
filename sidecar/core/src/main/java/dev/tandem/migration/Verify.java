package dev.tandem.migration;

import dev.tandem.routing.Policies;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.ScanPage;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares every task and every leader's lease that a namespace's authority and its mirror have, page by page, while both are in use.
 *
 * <p>Equal are records of one version and the same contents. What differs is looked at again, with the outbox delivered in between, until it
 * is equal or shown to differ whatever is on its way. A difference is told only when it is shown, with one exception: a task that is
 * made and deleted over and over, in the middle of deliveries, may be told as extra for a moment; {@link #repair} looks again first.
 *
 * <p>Not compared are tombstones, as they are stamped by whoever delivers them, and kept and forgotten by each store for itself; requests, and
 * leases that have ended and only one store has, as they are forgotten by each store's own time.
 *
 * <p>Keeps nothing from call to call, and in a call two pages and what was found in them. Futures complete as those of the stores do, on the
 * caller's context. They fail as a {@link dev.tandem.store.StoreException}: as FENCED when the policy changes meanwhile, then make the call again;
 * as CORRUPT when a store has a record that it can't read. They fail as {@link StepRefused} when the namespace has no mirror.
 */
public final class Verify {
    private final Stores stores;
    private final Policies policies;
    private final String namespace;
    private final int pageSize;

    public Verify(Stores stores, Policies policies, String namespace) {
        this(stores, policies, namespace, Backfill.PAGE);
    }

    Verify(Stores stores, Policies policies, String namespace, int pageSize) {
        this.stores = stores;
        this.policies = policies;
        this.namespace = namespace;
        this.pageSize = pageSize;
    }

    /**
     * What was found on one page.
     *
     * @param next where the next page begins; null after the last one. It holds under any policy of the namespace
     * @param compared how many names any of the stores has there
     * @param inFlight how many of them differed at first and were on their way
     * @param differences those that really differ, with a few hundred at most. A task that was made at different times in the two
     *     stores lies at two places: it is told by both of their pages
     */
    public record Step(@Nullable ScanPosition next, long compared, long inFlight, List<Difference> differences) {}

    /**
     * Compares one page.
     *
     * @param after where it begins: null at the beginning
     */
    public Future<Step> page(@Nullable ScanPosition after, CallOptions options) {
        return sides(options).compose(sides -> {
            Future<ScanPage> ours = sides.scan(sides.authority(), after, pageSize);
            Future<ScanPage> theirs = sides.scan(sides.mirror(), after, pageSize);
            return Future.join(ours, theirs).compose(both -> compare(sides, ours.result(), theirs.result()));
        });
    }

    /**
     * Makes both stores have a record the same. Does nothing if it does not differ any more.
     *
     * <p>What the mirror lacks is copied. Where it has something that the authority, as it is now, did not decide:
     *
     * <ul>
     *   <li>If answers wait for the mirror under the policy, the authority has lost what it had acknowledged, as a failover to a replica that is behind does:
     *       the mirror has all of that, and the authority takes the record over from it.
     *   <li>Else the authority is right. Copying would not mend it, as a newer version stays: the authority decides again what it has, in a version
     *       above all of the mirror's, and that is delivered. Then the record has another etag, and readers of the namespace's changes begin anew, as
     *       after an import.
     * </ul>
     *
     * @param difference as a page has told it: it fails as {@link StepRefused} if what differs now is something else
     * @return whether the authority now has what the mirror had
     */
    public Future<Boolean> repair(Difference difference, CallOptions options) {
        return sides(options).compose(sides -> new Repair(sides, difference.name()).of(difference));
    }

    private Future<Sides> sides(CallOptions options) {
        return policies.refresh(namespace).map(policy -> Sides.of(stores, namespace, policy, options));
    }

    /** Compares as far as both pages reach; what is behind that is read again with the next ones. */
    private Future<Step> compare(Sides sides, ScanPage ours, ScanPage theirs) {
        ScanPosition end = earlier(ours.next(), theirs.next());
        Map<RecordName, StoredRecord> decided = upTo(end, ours);
        Map<RecordName, StoredRecord> mirrored = upTo(end, theirs);
        List<RecordName> differing = new ArrayList<>();
        // Whoever is behind in time still has leases that the other one has forgotten.
        long timeMillis = Math.max(ours.timeMillis(), theirs.timeMillis());
        decided.forEach((name, record) -> {
            StoredRecord other = mirrored.get(name);
            if (other == null ? !isForgotten(record, timeMillis) : !record.equals(other)) {
                differing.add(name);
            }
        });
        long compared = decided.size();
        for (Map.Entry<RecordName, StoredRecord> entry : mirrored.entrySet()) {
            if (!decided.containsKey(entry.getKey())) {
                compared++;
                if (!isForgotten(entry.getValue(), timeMillis)) {
                    differing.add(entry.getKey());
                }
            }
        }
        long all = compared;
        return Looks.at(sides, differing)
                .map(real -> new Step(skipped(end), all, differing.size() - real.size(), real));
    }

    /** Whether a record that only one store has may be one that the other has forgotten. */
    private static boolean isForgotten(StoredRecord record, long timeMillis) {
        return record instanceof LeaderLease lease && !lease.holdsAt(timeMillis);
    }

    private static Map<RecordName, StoredRecord> upTo(@Nullable ScanPosition end, ScanPage page) {
        Map<RecordName, StoredRecord> records = new LinkedHashMap<>();
        for (StoredRecord record : page.records()) {
            if (end == null || record.position().compareTo(end) <= 0) {
                records.put(RecordName.of(record), record);
            }
        }
        return records;
    }

    /** Null is behind everything. */
    private static @Nullable ScanPosition earlier(@Nullable ScanPosition one, @Nullable ScanPosition other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** The same place or the next one behind it where there is something to compare; null if there is none. */
    private static @Nullable ScanPosition skipped(@Nullable ScanPosition next) {
        ScanPosition place = next;
        while (place != null && place.kind() != RecordKind.TASK && place.kind() != RecordKind.LEASE) {
            place = ScanPosition.afterAll(Objects.requireNonNull(place).kind());
        }
        return place;
    }
}
