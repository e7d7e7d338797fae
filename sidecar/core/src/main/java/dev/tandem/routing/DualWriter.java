package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Puts what the authority has decided on the mirror: before an answer shows it where the phase asks for that, else soon after.
 *
 * <p>The authority's outbox has everything that is not acknowledged, whatever becomes of this sidecar: so what is dropped here is late, not lost.
 */
class DualWriter {
    /** How long a mirror that fails is tried again for calls without a deadline. */
    private static final long TRY_MILLIS_MAX = 5_000;

    private static final long PAUSE_MILLIS_FIRST = 5;
    private static final long PAUSE_MILLIS_MAX = 200;

    private final Stores stores;
    private final Policies policies;
    private final Host host;
    private final Lagging lagging;

    DualWriter(Stores stores, Policies policies, Host host) {
        this.stores = stores;
        this.policies = policies;
        this.host = host;
        this.lagging = new Lagging(stores, host);
    }

    /** The outcome, when it may be shown. */
    Future<Outcome> shown(Policy policy, TaskCommand command, Outcome outcome, CallOptions options) {
        String namespace = command.namespace();
        if (command.verb() instanceof Verb.Sweep) {
            lagging.sweep(policy, command);
        }
        List<Delivery> deliveries = Delivery.of(command, outcome);
        if (!policy.waitsForMirror()) {
            if (deliveries != null && outcome.succeeded()) {
                lagging.offer(namespace, policy, command.atMillis(), deliveries);
            }
            return Future.succeededFuture(outcome);
        }
        Future<Void> put = deliveries == null
                ? flush(namespace, policy, options)
                : put(namespace, policy, command.atMillis(), deliveries, options);
        return put.transform(done -> done.succeeded()
                ? Future.succeededFuture(outcome)
                : Future.failedFuture(
                        outcome.succeeded() ? maybeApplied(policy, done.cause()) : notShown(policy, done.cause())));
    }

    private static StoreException maybeApplied(Policy policy, Throwable why) {
        return new StoreException(
                FailureKind.MAYBE_APPLIED,
                "the change is in " + policy.authority() + ", and not yet in " + policy.mirror() + ": "
                        + why.getMessage(),
                why);
    }

    private static StoreException notShown(Policy policy, Throwable why) {
        return new StoreException(
                FailureKind.NOT_APPLIED,
                "nothing was changed; " + policy.mirror() + " does not have yet what the answer would show: "
                        + why.getMessage(),
                why);
    }

    /**
     * What the authority has answered, when it may be shown: of a task or lease, when the mirror has it; of many, or none, when the mirror has all that was
     * decided before.
     */
    <R> Future<R> shown(Policy policy, TaskQuery<R> query, R answer, CallOptions options) {
        StoredRecord record =
                answer instanceof Optional<?> found && found.orElse(null) instanceof StoredRecord one ? one : null;
        Future<Void> put = record == null
                ? flush(query.namespace(), policy, options)
                : put(query.namespace(), policy, 0, List.of(Delivery.of(record)), options);
        return put.transform(done -> done.succeeded()
                ? Future.succeededFuture(answer)
                : Future.failedFuture(notShown(policy, done.cause())));
    }

    /** Puts records on the mirror that are about to be shown, if they still have to be. */
    Future<Void> put(String namespace, Policy policy, long atMillis, List<Delivery> deliveries, CallOptions options) {
        if (deliveries.isEmpty()) {
            return Future.succeededFuture();
        }
        int size = Delivery.batch(deliveries);
        List<Delivery> first = List.copyOf(deliveries.subList(0, size));
        TaskCommand command = Delivery.command(namespace, atMillis, first);
        Future<Void> put = whileItHasTo(
                namespace,
                policy,
                options,
                now -> stores.get(now.requireMirror())
                        .execute(command.withEpoch(now.epoch()), options)
                        .onSuccess(done -> lagging.acknowledge(namespace, now, Delivery.entries(first)))
                        .mapEmpty());
        List<Delivery> rest = deliveries.subList(size, deliveries.size());
        return rest.isEmpty() ? put : put.compose(done -> put(namespace, policy, atMillis, rest, options));
    }

    /** Puts all on the mirror that the authority has decided up to now, if it still has to be there. */
    Future<Void> flush(String namespace, Policy policy, CallOptions options) {
        return whileItHasTo(
                namespace,
                policy,
                options,
                now -> delivery(namespace, now).upToNow(options).mapEmpty());
    }

    private OutboxDelivery delivery(String namespace, Policy policy) {
        return new OutboxDelivery(
                namespace,
                stores.get(policy.authority()),
                policy.epoch(),
                stores.get(policy.requireMirror()),
                policy.epoch());
    }

    private interface Step {
        Future<Void> take(Policy policy);
    }

    /**
     * Takes the step until it succeeds or need not be taken: when another policy asks for no mirror, or has another authority, which was not
     * opened before it had everything.
     */
    private Future<Void> whileItHasTo(String namespace, Policy policy, CallOptions options, Step step) {
        Promise<Void> done = host.promise();
        long giveUpNanos = host.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TRY_MILLIS_MAX);
        new Tries(namespace, policy.authority(), options, giveUpNanos, step, done).take(policy, PAUSE_MILLIS_FIRST);
        return done.future();
    }

    private final class Tries {
        private final String namespace;
        private final String authority;
        private final CallOptions options;
        private final long giveUpNanos;
        private final Step step;
        private final Promise<Void> done;

        Tries(
                String namespace,
                String authority,
                CallOptions options,
                long giveUpNanos,
                Step step,
                Promise<Void> done) {
            this.namespace = namespace;
            this.authority = authority;
            this.options = options;
            this.giveUpNanos = giveUpNanos;
            this.step = step;
            this.done = done;
        }

        void take(Policy policy, long pauseMillis) {
            if (!policy.authority().equals(authority) || !policy.waitsForMirror()) {
                done.complete();
                return;
            }
            Future<Void> taken;
            try {
                taken = step.take(policy);
            } catch (StoreException e) {
                taken = Future.failedFuture(e);
            }
            taken.onComplete((nothing, failure) -> {
                if (failure == null) {
                    done.complete();
                    return;
                }
                StoreException known = Router.asStoreException(failure);
                long now = host.nanoTime();
                boolean isLate = options.isPast(now) || now - giveUpNanos >= 0;
                if (isLate || known.kind() == FailureKind.CORRUPT) {
                    done.fail(known);
                } else if (known.kind() == FailureKind.FENCED) {
                    policies.await(namespace, policy, options)
                            .onSuccess(newer -> take(newer, pauseMillis))
                            .onFailure(done::fail);
                } else {
                    host.timers().set(pauseMillis, () -> take(policy, Math.min(2 * pauseMillis, PAUSE_MILLIS_MAX)));
                }
            });
        }
    }
}
