package dev.tandem.migration;

import dev.tandem.routing.Policies;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.ScanPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.ScanPosition;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies what a namespace's authority holds to its mirror, page by page, in the order in which stores are scanned.
 *
 * <p>Each record is taken if it is newer than what is there, so that a page may be copied twice, or late, beside all the changes that follow by the
 * outbox. What was deleted before a page was read is told by its tombstone.
 */
public final class Backfill {
    /** How many records are read at once. */
    static final int PAGE = 5 * Limits.MIRROR_MAX;

    private final Stores stores;
    private final Policies policies;
    private final String namespace;

    public Backfill(Stores stores, Policies policies, String namespace) {
        this.stores = stores;
        this.policies = policies;
        this.namespace = namespace;
    }

    /**
     * What was copied with one page.
     *
     * @param next where the next one begins; null after the last one
     * @param copied how many tasks and leases
     */
    public record Step(@Nullable ScanPosition next, long copied) {}

    /**
     * Copies one page.
     *
     * @param after where it begins: null at the beginning
     * @return where the next one begins; null after the last one
     */
    public Future<@Nullable ScanPosition> page(@Nullable ScanPosition after, CallOptions options) {
        return step(after, options).map(Step::next);
    }

    /** As {@link #page}, and tells how much it was. */
    public Future<Step> step(@Nullable ScanPosition after, CallOptions options) {
        return policies.refresh(namespace).compose(policy -> step(policy, after, options));
    }

    private Future<Step> step(Policy policy, @Nullable ScanPosition after, CallOptions options) {
        String mirror = policy.mirror();
        if (mirror == null) {
            return Future.failedFuture(new StepRefused(namespace + " has no mirror to copy to: start a move first"));
        }
        return stores.get(policy.authority())
                .query(new TaskQuery.Scan(namespace, after, PAGE), options.withEpoch(policy.epoch()))
                .compose(page -> copy(policy, mirror, page, options));
    }

    private Future<Step> copy(Policy policy, String mirror, ScanPage page, CallOptions options) {
        if (!page.unreadable().isEmpty()) {
            return Future.failedFuture(new StoreException(
                    FailureKind.CORRUPT,
                    policy.authority() + " has records of " + namespace + " that can't be read: "
                            + String.join(", ", page.unreadable())));
        }
        long copied = page.records().stream()
                .filter(record -> record instanceof Task || record instanceof LeaderLease)
                .count();
        // At once, as each record is taken by its version, whatever comes before.
        List<Future<Outcome>> puts = new ArrayList<>();
        for (int from = 0; from < page.records().size(); ) {
            int to = batchEnd(page.records(), from);
            TaskCommand put = TaskCommand.of(
                    namespace,
                    page.timeMillis(),
                    new Verb.Mirror(List.copyOf(page.records().subList(from, to)), 0));
            puts.add(stores.get(mirror).execute(put.withEpoch(policy.epoch()), options));
            from = to;
        }
        return Future.join(puts).map(done -> new Step(page.next(), copied));
    }

    /** Where a command ends that begins there: as many as one takes, in number and in bytes. */
    private static int batchEnd(List<StoredRecord> records, int from) {
        int to = from;
        for (long bytes = 0;
                to < records.size() && to - from < Limits.MIRROR_MAX && bytes < Limits.MIRROR_BYTES_MAX;
                to++) {
            bytes += records.get(to) instanceof Task task ? task.contentBytes() : 0;
        }
        return to;
    }
}
