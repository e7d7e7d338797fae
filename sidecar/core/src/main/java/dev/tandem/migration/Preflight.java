package dev.tandem.migration;

import dev.tandem.migration.Migrations.Census;
import dev.tandem.routing.OutboxDelivery;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.OutboxPage;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** The most records that are named in one sentence. */
    private static final int NAMES_MAX = 10;

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
            found.add("the backfill is not done: " + howFar(migration.copied(), "copied"));
        } else if (verified == null) {
            found.add("the stores were not compared yet: verify first");
        } else if (!verified.walk().isOver()) {
            found.add("the stores are being compared: " + howFar(verified.walk(), "compared"));
        } else if (verified.differing() > 0) {
            found.add(verified.differing() + " records differ in the two stores: look at them, repair them, and verify"
                    + " again");
            lost(verified).ifPresent(found::add);
        } else if (policy.readsAllOnMirror() && nowMillis - verified.walk().endedAtMillis() > VERIFIED_MAX.toMillis()) {
            found.add("the stores were compared more than " + VERIFIED_MAX.toHours() + " hours ago: verify again");
        }
        return found;
    }

    static String howFar(Migration.Walk walk, String what) {
        return walk.beganAtMillis() == 0
                ? "it has not begun"
                : walk.done() + " of about " + walk.total() + " records are " + what;
    }

    /** Where answers wait for the mirror, it can be ahead only of an authority that went back. */
    private Optional<String> lost(Migration.Comparison verified) {
        List<String> names = verified.differences().stream()
                .filter(Difference::isMirrorAhead)
                .map(difference -> difference.name().name())
                .distinct()
                .toList();
        return names.isEmpty() || !policy.waitsForMirror()
                ? Optional.empty()
                : Optional.of(policy.authority() + " has lost changes that it had acknowledged, and " + policy.mirror()
                        + " has them (" + String.join(", ", names.subList(0, Math.min(NAMES_MAX, names.size())))
                        + (names.size() > NAMES_MAX ? ", ..." : "") + "): repair takes them from there");
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
        return delivery.upToNow(options)
                .compose(delivered ->
                        Future.join(IntStream.range(0, authority.capabilities().shards())
                                .mapToObj(shard -> authority.query(
                                        new TaskQuery.Outbox(migration.namespace(), shard, OUTBOX_MAX),
                                        options.withEpoch(policy.epoch())))
                                .toList()))
                .transform((left, failure) -> Future.succeededFuture(
                        failure != null
                                ? List.of(whyNotDelivered(failure))
                                : left.<OutboxPage>list().stream().anyMatch(OutboxPage::more)
                                        ? List.of(policy.mirror() + " does not keep up: the outbox of "
                                                + policy.authority() + " is not delivered as fast as it grows")
                                        : List.of()));
    }

    private String whyNotDelivered(Throwable failure) {
        return failure instanceof StoreException known && known.kind() == FailureKind.FENCED
                ? "somebody else has moved " + migration.namespace() + " on meanwhile: look at it again"
                : "what " + policy.authority() + " has decided can't be delivered to " + policy.mirror() + ": "
                        + failure.getMessage();
    }
}
