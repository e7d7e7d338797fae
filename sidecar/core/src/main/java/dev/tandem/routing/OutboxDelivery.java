package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Hands over what an authority has in its outbox to its mirror.
 *
 * @param authorityEpoch of the authority's gate; a sealed one's is another than the mirror's
 * @param mirrorEpoch of the mirror's gate
 */
public record OutboxDelivery(
        String namespace, TaskStore authority, long authorityEpoch, TaskStore mirror, long mirrorEpoch) {
    private static final OutboxPage NOTHING = new OutboxPage(List.of(), List.of(), false, 0, 0);

    /**
     * What was delivered.
     *
     * @param entries how many
     * @param lastVersion the highest that any shard of the authority had given by then
     * @param timeMillis the latest time of any of them
     */
    public record Delivered(long entries, long lastVersion, long timeMillis) {
        private Delivered and(Delivered other) {
            return new Delivered(
                    entries + other.entries,
                    Math.max(lastVersion, other.lastVersion),
                    Math.max(timeMillis, other.timeMillis));
        }

        private Delivered with(long more, OutboxPage page) {
            return new Delivered(
                    entries + more, Math.max(lastVersion, page.lastVersion()), Math.max(timeMillis, page.timeMillis()));
        }
    }

    /**
     * Delivers all that is in the outbox when this is called. What is written meanwhile may be delivered or not. Fails as FENCED when a gate has
     * moved on.
     */
    public Future<Delivered> upToNow(CallOptions options) {
        List<Future<Delivered>> shards = IntStream.range(
                        0, authority.capabilities().shards())
                .mapToObj(shard -> page(shard, options)
                        .compose(page -> deliver(
                                shard, page, page.lastVersion(), new Delivered(0, 0, 0).with(0, page), options)))
                .toList();
        return Future.join(shards)
                .map(done -> shards.stream().map(Future::result).reduce(new Delivered(0, 0, 0), Delivered::and));
    }

    private Future<OutboxPage> page(int shard, CallOptions options) {
        return authority.query(
                new TaskQuery.Outbox(namespace, shard, Limits.MIRROR_MAX), options.withEpoch(authorityEpoch));
    }

    /** This page and those behind it, up to a version. */
    private Future<Delivered> deliver(int shard, OutboxPage page, long upTo, Delivered before, CallOptions options) {
        if (page.entries().isEmpty() || page.entries().get(0).version() > upTo) {
            return Future.succeededFuture(before);
        }
        long version = page.entries().get(page.entries().size() - 1).version();
        TaskCommand put = TaskCommand.of(namespace, page.timeMillis(), new Verb.Mirror(page.records(), version));
        TaskCommand acknowledge = TaskCommand.of(namespace, 0, new Verb.Acknowledge(shard, page.entries()));
        Delivered now = before.with(page.entries().size(), page);
        return mirror.execute(put.withEpoch(mirrorEpoch), options)
                .compose(done -> isLastWhileSealed(page)
                        ? Future.succeededFuture()
                        : authority.execute(acknowledge.withEpoch(authorityEpoch), options))
                .compose(done -> page.more() ? page(shard, options) : Future.succeededFuture(NOTHING))
                .compose(next -> deliver(shard, next, upTo, now, options));
    }

    /** Then writes stand still until this is done, and the outbox is dropped next; or delivered once more, if the switch is undone. */
    private boolean isLastWhileSealed(OutboxPage page) {
        return !page.more() && authorityEpoch != mirrorEpoch;
    }
}
