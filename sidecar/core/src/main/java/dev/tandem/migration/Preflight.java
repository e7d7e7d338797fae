package dev.tandem.migration;

import dev.tandem.migration.Migrations.Census;
import dev.tandem.routing.OutboxDelivery;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What stands in the way of a move's next step.
 *
 * <p>Steps back need nothing of it: they are taken when something is wrong.
 */
final class Preflight {
    /** A switch begins with an outbox of this many entries a shard at most. */
    static final int OUTBOX_MAX = Limits.MIRROR_MAX;

    /** How old a clean comparison may be when writes are switched. */
    static final Duration VERIFIED_MAX = Duration.ofHours(24);

    private final Stores stores;
    private final Census census;
    private final Migration migration;
    private final Policy policy;
    private final long nowMillis;

    Preflight(Stores stores, Census census, Migration migration, Policy policy, long nowMillis) {
        this.stores = stores;
        this.census = census;
        this.migration = migration;
        this.policy = policy;
        this.nowMillis = nowMillis;
    }

    /** A sentence for each thing that stands in the way of a step forwards; none if it may be taken. */
    Future<List<String>> obstacles(CallOptions options) {
        if (policy.mirror() == null) {
            return Future.succeededFuture(List.of());
        } else if (policy.phase() == Phase.WRITE_SWITCHED) {
            // The target has all. A source that has died is no reason to stay with it.
            return lacking(census, migration.target());
        }
        List<String> found = new ArrayList<>(byRecord());
        return mirrorAnswers(options)
                .compose(answers -> {
                    found.addAll(answers);
                    return answers.isEmpty() ? outboxIsSmall(options) : Future.succeededFuture(List.of());
                })
                .compose(outbox -> {
                    found.addAll(outbox);
                    return lacking(census, migration.target());
                })
                .map(lacking -> {
                    found.addAll(lacking);
                    return List.copyOf(found);
                });
    }

    /** A sentence for each sidecar whose calls would fail, as it has not got the store. */
    static Future<List<String>> lacking(Census census, String store) {
        return census.sidecarsWithout(store).transform((without, failure) -> {
            if (failure != null) {
                return Future.succeededFuture(
                        List.of("it can't be told which sidecars have " + store + ": " + failure.getMessage()));
            }
            return Future.succeededFuture(without.stream()
                    .map(sidecar -> "the sidecar " + sidecar + " does not have the store " + store
                            + ": add it to its configuration, or stop it")
                    .toList());
        });
    }

    private List<String> byRecord() {
        List<String> found = new ArrayList<>();
        if (migration.isPaused()) {
            found.add("the move is paused: resume it first");
        }
        Migration.Comparison verified = migration.verified();
        if (!migration.copied().isOver()) {
            found.add("the backfill is not done: " + migration.copied().done() + " of about "
                    + migration.copied().total() + " records are copied");
        } else if (verified == null) {
            found.add("the stores were not compared yet: verify first");
        } else if (!verified.walk().isOver()) {
            found.add("the stores are being compared: " + verified.walk().done() + " of about "
                    + verified.walk().total() + " records");
        } else if (verified.differing() > 0) {
            found.add(verified.differing()
                    + " records differ in the two stores: look at them, repair them, and verify again");
        } else if (policy.readsAllOnMirror() && nowMillis - verified.walk().endedAtMillis() > VERIFIED_MAX.toMillis()) {
            found.add("the stores were compared more than " + VERIFIED_MAX.toHours() + " hours ago: verify again");
        }
        return found;
    }

    private Future<List<String>> mirrorAnswers(CallOptions options) {
        return stores.get(policy.requireMirror())
                .query(new TaskQuery.GetGate(migration.namespace()), options)
                .transform((gate, failure) -> Future.succeededFuture(
                        failure == null
                                ? List.of()
                                : List.of(policy.mirror() + " does not answer: " + failure.getMessage())));
    }

    private Future<List<String>> outboxIsSmall(CallOptions options) {
        TaskStore authority = stores.get(policy.authority());
        OutboxDelivery delivery = new OutboxDelivery(
                migration.namespace(), authority, policy.epoch(), stores.get(policy.requireMirror()), policy.epoch());
        // What is there is delivered first: what matters is whether the mirror keeps up.
        return delivery.upToNow(options).transform(delivered -> {
            List<Future<Boolean>> shards = IntStream.range(
                            0, authority.capabilities().shards())
                    .mapToObj(shard -> authority
                            .query(
                                    new TaskQuery.Outbox(migration.namespace(), shard, OUTBOX_MAX),
                                    options.withEpoch(policy.epoch()))
                            .map(page -> page.more()))
                    .toList();
            return Future.join(shards).transform(done -> {
                boolean isBehind =
                        shards.stream().anyMatch(shard -> shard.failed() || Boolean.TRUE.equals(shard.result()));
                return Future.succeededFuture(
                        isBehind
                                ? List.of(policy.mirror() + " does not keep up: the outbox of " + policy.authority()
                                        + " is not delivered as fast as it grows")
                                : List.of());
            });
        });
    }
}
