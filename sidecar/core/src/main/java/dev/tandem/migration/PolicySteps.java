package dev.tandem.migration;

import dev.tandem.routing.Host;
import dev.tandem.routing.OutboxDelivery;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policies;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Gate;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Takes a namespace from one policy to the next.
 *
 * <p>Each step is decided by one compare-and-set of one gate, and ended by whoever comes by ({@link Policies}); so any number of callers may
 * take steps at once, die in between, or wake up late. Of two that take a step from the same policy, one is refused.
 *
 * <ul>
 *   <li>A step that leaves the authority where it is, is decided by the authority's gate.
 *   <li>A switch seals the authority's gate at the next epoch, delivers its outbox, and is decided by the gate of the mirror, which becomes the
 *       authority at the epoch behind that. To undo it, the mirror's gate is moved on first, so that nobody can decide it any more.
 * </ul>
 */
public final class PolicySteps {
    /** How many epochs one switch takes: sealed, and opened, or undone. */
    private static final int OPENED = 2;

    private static final int UNDONE = 3;

    private static final Duration UNDO_MAX = Duration.ofSeconds(5);

    private final Stores stores;
    private final Policies policies;
    private final Host host;

    public PolicySteps(Stores stores, Policies policies, Host host) {
        this.stores = stores;
        this.policies = policies;
        this.host = host;
    }

    /**
     * Begins a move: the source's changes follow to the target from now on.
     *
     * @param from in {@link Phase#SINGLE}
     * @param mayLag see {@link Policy#mayLag}
     */
    public Future<Policy> start(String namespace, Policy from, String target, boolean mayLag, Duration limit) {
        if (from.phase() != Phase.SINGLE) {
            return refused(namespace + " is on its way already, in " + from.phase()
                    + ": complete that move or abort it first");
        } else if (from.source().equals(target)) {
            return refused(namespace + " is in " + target + " already");
        } else if (!stores.names().contains(target)) {
            return refused("there is no store " + target + ": this sidecar has " + String.join(", ", stores.names()));
        }
        CallOptions options = options(limit);
        return stores.get(target)
                .query(new TaskQuery.GetGate(namespace), options)
                .compose(gate -> decide(
                        namespace,
                        from,
                        new Policy(
                                Math.max(gate.epoch(), from.epoch()) + 1,
                                Phase.DUAL_WRITE,
                                from.source(),
                                target,
                                0,
                                mayLag),
                        options));
    }

    /**
     * Takes a step that leaves the authority where it is: to a neighbouring phase, or to another share of reads.
     *
     * @param readPercent of {@link Phase#READ_SWITCHED}, else 0
     */
    public Future<Policy> move(String namespace, Policy from, Phase to, int readPercent, Duration limit) {
        boolean isNext = from.phase().isNextTo(to) || (from.phase() == to && to == Phase.READ_SWITCHED);
        boolean isSwitch = from.phase() == Phase.WRITE_SWITCHED != (to == Phase.WRITE_SWITCHED) && to != Phase.SINGLE;
        if (!isNext || isSwitch) {
            return refused("from " + from.phase() + " there is no such step to " + to);
        }
        CallOptions options = options(limit);
        Policy next = to == Phase.SINGLE
                ? new Policy(from.epoch() + 1, Phase.SINGLE, from.authority(), null, 0, from.mayLag())
                : from.to(to, readPercent);
        Future<?> before = Future.succeededFuture();
        if (from.phase() == Phase.READ_NEWEST && to == Phase.READ_SWITCHED) {
            // What was acknowledged without the mirror has to be there before anything is read there alone.
            before = delivery(namespace, from, from.epoch()).upToNow(options);
        } else if (from.phase() == Phase.READ_NEWEST && to == Phase.DUAL_WRITE) {
            // Who still reads there alone has to be fenced before anything is acknowledged without it.
            before = settleMirror(namespace, from, options);
        }
        return before.compose(done -> decide(namespace, from, next, options));
    }

    /**
     * Changes what may be changed within a phase.
     *
     * @param readPercent of {@link Phase#READ_SWITCHED}, else 0
     * @param mayLag see {@link Policy#mayLag}
     */
    public Future<Policy> change(String namespace, Policy from, int readPercent, boolean mayLag, Duration limit) {
        if (from.phase() == Phase.SINGLE) {
            return refused(namespace + " is not on its way: start a move first");
        }
        Policy next = new Policy(from.epoch() + 1, from.phase(), from.source(), from.target(), readPercent, mayLag);
        return decide(namespace, from, next, options(limit));
    }

    /** The mirror's gate, in all its shards, as the policy says. */
    private Future<?> settleMirror(String namespace, Policy policy, CallOptions options) {
        String mirror = policy.requireMirror();
        return moveGate(mirror, namespace, Verb.MoveGate.ANY_LOWER, policy.gateOf(mirror), options)
                .compose(gated -> gated.moved() ? Future.succeededFuture() : overtaken(namespace, gated.gate()));
    }

    private Future<Policy> decide(String namespace, Policy from, Policy to, CallOptions options) {
        return moveGate(from.authority(), namespace, from.epoch(), to.gateOf(from.authority()), options)
                .compose(gated -> gated.moved() ? policies.complete(namespace) : overtaken(namespace, gated.gate()));
    }

    /**
     * Makes the mirror the authority: forwards from {@link Phase#READ_SWITCHED}, back from {@link Phase#WRITE_SWITCHED}.
     *
     * <p>Writes stand still from the seal to the end. If it can't be done within the limit, it is undone, and {@code from} holds again, at
     * another epoch.
     *
     * @param limit how long writes may stand still before it is undone
     */
    public Future<Policy> switchWrites(String namespace, Policy from, Duration limit) {
        if (from.phase() != Phase.WRITE_SWITCHED && !from.readsAllOnMirror()) {
            return refused("writes are switched when all reads are; " + namespace + " is in " + from.phase()
                    + (from.readPercent() > 0 ? " with " + from.readPercent() + " % of them" : ""));
        }
        CallOptions options = options(limit);
        Policy next = (from.phase() == Phase.WRITE_SWITCHED
                        ? from.to(Phase.READ_SWITCHED, 100)
                        : from.to(Phase.WRITE_SWITCHED, 0))
                .withEpoch(from.epoch() + OPENED);
        return settleMirror(namespace, from, options)
                // So that little is left to deliver while writes stand still.
                .compose(settled -> delivery(namespace, from, from.epoch()).upToNow(options))
                .compose(delivered -> within(limit, seal(namespace, from, next, options))
                        .recover(failure -> failure instanceof StepRefused
                                ? Future.failedFuture(failure)
                                : undone(namespace, from, next, failure)));
    }

    private Future<Policy> seal(String namespace, Policy from, Policy next, CallOptions options) {
        return moveGate(from.authority(), namespace, from.epoch(), from.seal(), options)
                .compose(gated -> gated.moved()
                        ? drain(namespace, from, options).compose(drained -> open(namespace, from, next, options))
                        : overtaken(namespace, gated.gate()));
    }

    /** Fails when the time is over, whatever a store that does not answer still has under way. */
    private <T> Future<T> within(Duration limit, Future<T> step) {
        Promise<T> promise = host.promise();
        long timer = host.timers()
                .set(
                        Math.max(1, limit.toMillis()),
                        () -> promise.tryFail("it took longer than " + limit.toMillis() + " ms"));
        step.onComplete((done, failure) -> {
            host.timers().cancel(timer);
            if (failure == null) {
                promise.tryComplete(done);
            } else {
                promise.tryFail(failure);
            }
        });
        return promise.future();
    }

    /** Says why it was not done; unless it was, and only the answer was lost. */
    private Future<Policy> undone(String namespace, Policy from, Policy next, Throwable why) {
        return undo(namespace, from).transform((now, stuck) -> {
            if (now != null && now.epoch() == next.epoch()) {
                return Future.succeededFuture(now);
            }
            return refused("writes were not switched (" + why.getMessage() + ")"
                    + (stuck == null
                            ? ": nothing has changed"
                            : ", and that can't be undone yet: " + stuck.getMessage()));
        });
    }

    private static <T> Future<T> overtaken(String namespace, Gate gate) {
        return refused("somebody else has moved " + namespace + " on to epoch " + gate.epoch()
                + " meanwhile: look at it again");
    }

    private Future<Policy> open(String namespace, Policy from, Policy next, CallOptions options) {
        String mirror = from.requireMirror();
        return moveGate(mirror, namespace, from.epoch(), next.gateOf(mirror), options)
                .compose(opened -> policies.complete(namespace)
                        .compose(now ->
                                opened.moved() ? Future.succeededFuture(now) : overtaken(namespace, opened.gate())));
    }

    /** All that the sealed authority has decided, with its time and its versions, so that the next one goes on behind them. */
    private Future<Outcome> drain(String namespace, Policy from, CallOptions options) {
        return delivery(namespace, from, from.epoch() + 1)
                .upToNow(options)
                .compose(delivered -> stores.get(from.requireMirror())
                        .execute(
                                TaskCommand.of(
                                                namespace,
                                                delivered.timeMillis(),
                                                new Verb.Mirror(List.of(), delivered.lastVersion()))
                                        .withEpoch(from.epoch()),
                                options));
    }

    /**
     * Ends a switch that was begun and not ended: forwards if it was decided, else back. Does nothing if there is none.
     */
    public Future<Policy> recover(String namespace) {
        return policies.complete(namespace)
                .compose(policy -> authorityGate(namespace, policy)
                        .compose(gate ->
                                isSealed(gate, policy) ? unseal(namespace, policy) : Future.succeededFuture(policy)));
    }

    /** As if it had not been begun: what is still on its way to the gates must not arrive any more. */
    private Future<Policy> undo(String namespace, Policy from) {
        return authorityGate(namespace, from).compose(gate -> {
            if (isSealed(gate, from)) {
                return unseal(namespace, from);
            } else if (gate.epoch() != from.epoch()) {
                return policies.complete(namespace);
            }
            Gate again = from.withEpoch(from.epoch() + 1).gateOf(from.authority());
            return moveGate(from.authority(), namespace, from.epoch(), again, options(UNDO_MAX))
                    .compose(gated -> gated.moved() ? policies.complete(namespace) : undo(namespace, from));
        });
    }

    private Future<Gate> authorityGate(String namespace, Policy policy) {
        return stores.get(policy.authority()).query(new TaskQuery.GetGate(namespace), options(UNDO_MAX));
    }

    private static boolean isSealed(Gate authority, Policy policy) {
        return authority.role() == Gate.Role.SEALED && authority.epoch() == policy.epoch() + 1;
    }

    /**
     * Moves the mirror's gate on first: then nobody opens it any more, and the authority can be. Only while the authority is seen to be sealed:
     * then nothing else can be decided but by this very gate.
     */
    private Future<Policy> unseal(String namespace, Policy from) {
        String mirror = from.requireMirror();
        Policy again = from.withEpoch(from.epoch() + UNDONE);
        return moveGate(mirror, namespace, from.epoch(), again.gateOf(mirror), options(UNDO_MAX))
                .compose(moved -> policies.complete(namespace));
    }

    private OutboxDelivery delivery(String namespace, Policy policy, long authorityEpoch) {
        return new OutboxDelivery(
                namespace,
                stores.get(policy.authority()),
                authorityEpoch,
                stores.get(policy.requireMirror()),
                policy.epoch());
    }

    private Future<Outcome.Gated> moveGate(
            String store, String namespace, long expectedEpoch, Gate to, CallOptions options) {
        TaskCommand move = TaskCommand.of(namespace, 0, new Verb.MoveGate(expectedEpoch, to));
        return stores.get(store).execute(move, options).map(outcome -> (Outcome.Gated) Objects.requireNonNull(outcome));
    }

    private CallOptions options(Duration limit) {
        return new CallOptions(host.nanoTime() + limit.toNanos(), Consistency.LINEARIZABLE);
    }

    private static <T> Future<T> refused(String why) {
        return Future.failedFuture(new StepRefused(why));
    }
}
