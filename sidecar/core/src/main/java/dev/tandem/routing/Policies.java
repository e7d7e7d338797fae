package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this sidecar knows of each namespace's policy, and how it learns more.
 *
 * <p>The gates of a namespace's stores are the only place where its policy is published. A policy is decided when the gate of one store, the
 * authority or the one that becomes it, has moved on to it; whoever finds the gate of the other store behind moves that on, too. So
 * a step that its coordinator did not end is ended by the first call that needs it. A sealed gate decides nothing: calls wait until it is opened,
 * or another one is.
 *
 * <p>Safe for use by several threads; futures complete on the caller's context.
 */
public final class Policies {
    /** The most calls that wait for a policy at a time; more are refused as OVERLOADED. */
    public static final int WAITING_MAX = 10_000;

    /** How long after one look at gates that keep calls waiting the next one is made. */
    static final long LOOK_MILLIS = 5;

    /** How long a look waits for a gate. */
    private static final long GATE_MILLIS = 1_000;

    private static final Logger log = LoggerFactory.getLogger(Policies.class);

    private final Stores stores;
    private final Host host;
    private final Map<String, Known> all = new ConcurrentHashMap<>();
    private final @Nullable Policy only;
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder fenced = new LongAdder();
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();

    private final PolicyPolling polling;

    Policies(Stores stores, Host host) {
        this.stores = stores;
        this.host = host;
        this.polling = new PolicyPolling(
                host.timers(), all.keySet(), namespace -> known(namespace).poll());
        this.only = stores.names().size() == 1 ? Policy.first(stores.first()) : null;
    }

    /**
     * The policy as it is known here; null if nobody has asked for it yet. Who has one store begins with that: it fences what is wrong.
     */
    @Nullable
    Policy current(String namespace) {
        Known known = all.get(namespace);
        Policy policy = known == null ? null : known.policy;
        return policy == null && only != null ? only : policy;
    }

    /** The policy as it is known here, or found out by a look at the gates, if nobody has asked for it yet. */
    public Future<Policy> find(String namespace, CallOptions options) {
        Policy policy = current(namespace);
        return policy == null ? await(namespace, null, options) : done(policy);
    }

    /** The policies that this sidecar has found, by namespace, at this moment. */
    public Map<String, Policy> known() {
        Map<String, Policy> found = new TreeMap<>();
        all.forEach((namespace, known) -> {
            Policy policy = known.policy;
            if (policy != null) {
                found.put(namespace, policy);
            }
        });
        return found;
    }

    /** How many calls stores have fenced up to now, and were routed again. */
    public long fencedCalls() {
        return fenced.sum();
    }

    /** How many calls wait for a policy. */
    public int waitingCalls() {
        return waiting.get();
    }

    /** How many of the namespaces that are known here are on their way from one store to another. */
    public long movingNamespaces() {
        return all.values().stream().filter(Known::isMoving).count();
    }

    /**
     * Begins to look at the gates of all that is known here, twice a second unless it is very much, so that those who make no call, and only wait
     * for changes, hear of a new policy, too. Belongs to the context that it is called on; once, and only where there are several stores.
     */
    public void startPolling() {
        polling.start();
    }

    public void stopPolling() {
        polling.stop();
    }

    /** Has {@code task} run, from anywhere, each time that the policy of any namespace has changed here. */
    public Runnable onChange(Runnable task) {
        listeners.add(task);
        return () -> listeners.remove(task);
    }

    /** Has {@code task} run, from anywhere, each time that the namespace's policy has changed here. */
    Runnable onChange(String namespace, Runnable task) {
        Set<Runnable> listeners = known(namespace).listeners;
        listeners.add(task);
        return () -> listeners.remove(task);
    }

    Runnable onCaller(Runnable task) {
        return host.onCaller(task);
    }

    private Known known(String namespace) {
        return all.computeIfAbsent(namespace, Known::new);
    }

    /**
     * A policy by which to try a call again that was fenced, or that begins: a newer one than {@code fenced}, or the same when the gates are
     * as it says.
     *
     * @param fenced null for a call that begins
     * @param options its deadline is when not to wait any longer: it fails as DEADLINE_PASSED then
     */
    Future<Policy> await(String namespace, @Nullable Policy fenced, CallOptions options) {
        Known known = known(namespace);
        Policy policy = known.policy;
        if (fenced != null) {
            this.fenced.increment();
        }
        if (policy != null && (fenced == null || policy.epoch() > fenced.epoch())) {
            return done(policy);
        }
        Promise<Policy> promise = host.promise();
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            promise.fail(new StoreException(
                    FailureKind.OVERLOADED,
                    "as many calls wait for the namespace's move to another store as may: try again later"));
            return promise.future();
        }
        known.add(new Waiter(promise, fenced, options));
        return promise.future();
    }

    /** The newest policy, after a look at the gates, and with those moved on that were behind it. Fails if none could be read. */
    public Future<Policy> refresh(String namespace) {
        return known(namespace).look(false);
    }

    /** As {@link #refresh}, with the gates of all shards moved on, of which a look sees the first one alone. */
    public Future<Policy> complete(String namespace) {
        return known(namespace).look(true);
    }

    private <T> Future<T> done(T value) {
        Promise<T> promise = host.promise();
        promise.complete(value);
        return promise.future();
    }

    private CallOptions options() {
        return new CallOptions(host.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GATE_MILLIS), Consistency.LINEARIZABLE);
    }

    private record Waiter(Promise<Policy> promise, @Nullable Policy fenced, CallOptions options) {}

    /** What one look at the gates has shown. */
    private static final class Look {
        final Map<String, Gate> gates = new TreeMap<>();

        @Nullable
        StoreException failure;

        @Nullable
        Policy newest;

        /** Why a gate's policy could not be read. */
        @Nullable
        StoreException unreadable;
    }

    private final class Known {
        final String namespace;
        final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
        volatile @Nullable Policy policy;
        private List<Waiter> waiters = new ArrayList<>();
        private boolean isLooking;
        private volatile boolean isPolled;

        Known(String namespace) {
            this.namespace = namespace;
        }

        boolean isMoving() {
            Policy now = policy;
            return now != null && now.mirror() != null;
        }

        /** Looks at the authority's gate, which every step moves; if it is at another epoch, or can't be read, at all of them. */
        void poll() {
            Policy now = policy;
            if (now == null || isPolled) {
                return;
            }
            isPolled = true;
            authorityGate(now)
                    .transform((gate, failure) ->
                            gate != null && gate.epoch() == now.epoch() ? Future.succeededFuture(now) : look(false))
                    .onComplete(looked -> isPolled = false);
        }

        private Future<Gate> authorityGate(Policy now) {
            try {
                return stores.get(now.authority()).query(new TaskQuery.GetGate(namespace), options());
            } catch (StoreException e) {
                return Future.failedFuture(e);
            }
        }

        synchronized void add(Waiter waiter) {
            waiters.add(waiter);
            if (!isLooking) {
                isLooking = true;
                lookForWaiters();
            }
        }

        private void lookForWaiters() {
            gates().compose(look -> helped(look, wasFenced(look))).onComplete((look, failure) -> {
                if (failure != null) {
                    settle(null, Router.asStoreException(failure));
                } else if (look.unreadable != null && wasFenced(look)) {
                    settle(null, look.unreadable);
                } else if (isSealed(look)) {
                    dropLate();
                    host.timers().set(LOOK_MILLIS, this::lookForWaiters);
                } else if (wasFenced(look)) {
                    // What was moved on just now may still be on its way.
                    host.timers().set(LOOK_MILLIS, () -> settle(policy, look.failure));
                } else {
                    settle(policy, look.failure);
                }
            });
        }

        /** Whether somebody was fenced by the very policy that the gates show: then it was by another shard. */
        private synchronized boolean wasFenced(Look look) {
            Policy newest = look.newest != null ? look.newest : policy;
            long epoch = newest == null ? 0 : newest.epoch();
            return waiters.stream().anyMatch(waiter -> waiter.fenced != null && waiter.fenced.epoch() >= epoch);
        }

        Future<Policy> look(boolean isThorough) {
            return gates().compose(look -> helped(look, isThorough)).compose(look -> {
                Policy found = policy;
                return found != null ? Future.succeededFuture(found) : Future.failedFuture(look.failure);
            });
        }

        /** Reads the gates of all stores that may have a word in it. */
        private Future<Look> gates() {
            Policy from = policy;
            Look look = new Look();
            List<Future<Gate>> asked = new ArrayList<>();
            for (String store : stores.names()) {
                if (from == null || from.isOf(store)) {
                    asked.add(stores.get(store)
                            .query(new TaskQuery.GetGate(namespace), options())
                            .onComplete((gate, failure) -> saw(look, store, gate, failure)));
                }
            }
            return Future.join(asked).transform(all -> Future.succeededFuture(look));
        }

        private void saw(Look look, String store, @Nullable Gate gate, @Nullable Throwable failure) {
            synchronized (look) {
                if (failure != null) {
                    look.failure = Router.asStoreException(failure);
                }
                if (gate == null) {
                    return;
                }
                look.gates.put(store, gate);
                try {
                    Policy found = Policy.of(gate);
                    if (found != null && (look.newest == null || found.epoch() > look.newest.epoch())) {
                        look.newest = found;
                    }
                } catch (CodecException e) {
                    look.unreadable =
                            new StoreException(FailureKind.NOT_APPLIED, "the store " + store + ": " + e.getMessage());
                }
            }
        }

        /** Takes the newest policy over, and moves on the gates that are behind it. */
        private Future<Look> helped(Look look, boolean isThorough) {
            Policy newest = look.newest;
            if (newest == null && !look.gates.containsKey(stores.first()) && policy == null) {
                return Future.failedFuture(look.failure);
            }
            Policy now = adopt(newest != null ? newest : Policy.first(stores.first()));
            List<Future<Outcome>> moves = new ArrayList<>();
            look.gates.forEach((store, gate) -> {
                boolean isBehind = gate.epoch() < now.epoch() || (isThorough && gate.epoch() == now.epoch());
                if (isBehind && now.isOf(store) && now.epoch() > 0) {
                    moves.add(stores.get(store).execute(move(now.gateOf(store)), options()));
                }
            });
            return Future.join(moves).transform(ended -> Future.succeededFuture(look));
        }

        private TaskCommand move(Gate to) {
            return TaskCommand.of(namespace, 0, new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, to));
        }

        private Policy adopt(Policy found) {
            synchronized (this) {
                Policy before = policy;
                if (before != null && before.epoch() >= found.epoch()) {
                    return before;
                }
                policy = found;
                if (found.epoch() > 0) {
                    polling.moved(namespace);
                }
                if (before != null || found.epoch() > 0) {
                    log.info("{} is routed by {}", namespace, found);
                }
            }
            listeners.forEach(Runnable::run);
            Policies.this.listeners.forEach(Runnable::run);
            return found;
        }

        private boolean isSealed(Look look) {
            Policy now = policy;
            Gate gate = now == null ? null : look.gates.get(now.authority());
            return now != null && gate != null && gate.role() == Gate.Role.SEALED && gate.epoch() > now.epoch();
        }

        private void settle(@Nullable Policy found, @Nullable StoreException failure) {
            List<Waiter> settled;
            synchronized (this) {
                settled = waiters;
                waiters = new ArrayList<>();
                isLooking = false;
            }
            waiting.addAndGet(-settled.size());
            for (Waiter waiter : settled) {
                if (found != null) {
                    waiter.promise.complete(found);
                } else {
                    waiter.promise.fail(failure);
                }
            }
        }

        /** Those whose time is over before the gate is opened: nothing of theirs was applied. */
        private void dropLate() {
            long now = host.nanoTime();
            List<Waiter> late;
            synchronized (this) {
                late = waiters.stream()
                        .filter(waiter -> waiter.options.isPast(now))
                        .toList();
                waiters.removeAll(late);
            }
            waiting.addAndGet(-late.size());
            late.forEach(waiter -> waiter.promise.fail(new StoreException(
                    FailureKind.DEADLINE_PASSED,
                    "the namespace was moved to another store for as long as the call had time: nothing was changed")));
        }
    }
}
