package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What nobody waits for: records on their way to a mirror, and their acknowledgements on the way back, many in one command.
 *
 * <p>It drops what it can't send. The outbox keeps it, and whoever coordinates the move delivers it. Safe for use by several threads.
 */
final class Lagging {
    /** The most records of one namespace that wait to be sent. */
    static final int RECORDS_MAX = 1_000;

    /** How long acknowledgements wait for others to go with. */
    static final long ACKNOWLEDGE_MILLIS = 5;

    /** How long nothing is sent to a mirror that has failed. */
    static final long PAUSE_MILLIS = 200;

    private static final long SEND_MILLIS_MAX = 5_000;

    private final Stores stores;
    private final Host host;
    private final Map<String, Queue> queues = new ConcurrentHashMap<>();

    Lagging(Stores stores, Host host) {
        this.stores = stores;
        this.host = host;
    }

    /** Sends records that the authority has decided under the policy. */
    void offer(String namespace, Policy policy, long atMillis, List<Delivery> deliveries) {
        // Who does not have the mirror leaves it to others.
        if (!deliveries.isEmpty() && stores.names().contains(policy.requireMirror())) {
            queue(namespace).offer(policy, atMillis, deliveries);
        }
    }

    /** Has the mirror forget what it may: nobody else sweeps it. */
    void sweep(Policy policy, TaskCommand sweep) {
        if (stores.names().contains(policy.requireMirror())) {
            stores.get(policy.requireMirror()).execute(sweep.withEpoch(policy.epoch()), options());
        }
    }

    /** Takes out of the authority's outbox what its mirror has. */
    void acknowledge(String namespace, Policy policy, List<OutboxEntry> entries) {
        queue(namespace).acknowledge(policy, entries);
    }

    private Queue queue(String namespace) {
        return queues.computeIfAbsent(namespace, Queue::new);
    }

    private CallOptions options() {
        return new CallOptions(
                host.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SEND_MILLIS_MAX), Consistency.LINEARIZABLE);
    }

    /** One namespace's. What is in it is of one policy: that of a newer one drops what is of an older. */
    private final class Queue {
        private final String namespace;
        private @Nullable Policy policy;
        private final ArrayDeque<Delivery> deliveries = new ArrayDeque<>();
        private List<OutboxEntry> entries = new ArrayList<>();
        private long atMillis;
        private boolean isSending;
        private boolean isTimed;
        private long pausedUntilNanos;

        Queue(String namespace) {
            this.namespace = namespace;
            this.pausedUntilNanos = host.nanoTime();
        }

        /** Returns whether what comes with this policy may go on. */
        private boolean enter(Policy of) {
            Policy before = policy;
            if (before == null || before.epoch() < of.epoch()) {
                policy = of;
                deliveries.clear();
                entries.clear();
                pausedUntilNanos = host.nanoTime();
            }
            return before == null || before.epoch() <= of.epoch();
        }

        void offer(Policy of, long at, List<Delivery> more) {
            synchronized (this) {
                boolean isPaused = host.nanoTime() - pausedUntilNanos < 0;
                if (!enter(of) || isPaused || deliveries.size() + more.size() > RECORDS_MAX) {
                    return;
                }
                deliveries.addAll(more);
                atMillis = Math.max(atMillis, at);
            }
            send();
        }

        private void send() {
            Policy to;
            List<Delivery> batch;
            long at;
            synchronized (this) {
                to = policy;
                if (isSending || deliveries.isEmpty() || to == null || to.mirror() == null) {
                    return;
                }
                isSending = true;
                List<Delivery> first =
                        deliveries.stream().limit(Limits.MIRROR_MAX).toList();
                batch = first.subList(0, Delivery.batch(first));
                batch.forEach(sent -> deliveries.remove());
                at = atMillis;
            }
            Policy sentBy = to;
            TaskStore mirror = stores.get(sentBy.requireMirror());
            mirror.execute(Delivery.command(namespace, at, batch).withEpoch(sentBy.epoch()), options())
                    .onComplete((done, failure) -> {
                        sent(sentBy, failure != null);
                        if (failure == null) {
                            acknowledge(sentBy, Delivery.entries(batch));
                        }
                        send();
                    });
        }

        private synchronized void sent(Policy by, boolean hasFailed) {
            isSending = false;
            if (hasFailed && by.equals(policy)) {
                deliveries.clear();
                pausedUntilNanos = host.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);
            }
        }

        void acknowledge(Policy of, List<OutboxEntry> more) {
            boolean isFull;
            synchronized (this) {
                if (!enter(of)) {
                    return;
                }
                entries.addAll(more);
                isFull = entries.size() >= Limits.MIRROR_MAX;
                if (!isFull && !isTimed) {
                    isTimed = true;
                    host.timers().set(ACKNOWLEDGE_MILLIS, this::acknowledgeNow);
                }
            }
            if (isFull) {
                acknowledgeNow();
            }
        }

        private void acknowledgeNow() {
            List<OutboxEntry> taken;
            Policy by;
            synchronized (this) {
                isTimed = false;
                taken = entries;
                entries = new ArrayList<>();
                by = policy;
            }
            for (int from = 0; by != null && from < taken.size(); from += Limits.MIRROR_MAX) {
                List<OutboxEntry> batch =
                        List.copyOf(taken.subList(from, Math.min(taken.size(), from + Limits.MIRROR_MAX)));
                TaskCommand command = TaskCommand.of(namespace, 0, new Verb.Acknowledge(batch));
                // What is not taken out now is delivered once more, and taken out then.
                stores.get(by.authority()).execute(command.withEpoch(by.epoch()), options());
            }
        }
    }
}
