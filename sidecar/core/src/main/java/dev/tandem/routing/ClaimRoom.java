package dev.tandem.routing;

import dev.tandem.store.Subscription;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One namespace in which claims wait: its lines, and the store's notices that stir them. */
final class ClaimRoom {
    private final ClaimWaiters waiters;
    private final Timers timers;
    private final InstantSource clock;
    private final String namespace;
    private final Map<List<String>, ClaimLine> lines = new HashMap<>();
    private final Subscription subscription;
    private long notices;

    ClaimRoom(ClaimWaiters waiters, Timers timers, InstantSource clock, String namespace) {
        this.waiters = waiters;
        this.timers = timers;
        this.clock = clock;
        this.namespace = namespace;
        this.subscription = waiters.store().subscribe(namespace, this::onNotice);
    }

    String namespace() {
        return namespace;
    }

    /** How many notices have come, so that one that came while a claim was on its way is not missed. */
    long notices() {
        return notices;
    }

    boolean hasLine(List<String> queues) {
        return lines.containsKey(queues);
    }

    ClaimLine line(List<String> queues) {
        return lines.computeIfAbsent(queues, key -> new ClaimLine(waiters, timers, clock, this, key));
    }

    void remove(List<String> queues) {
        lines.remove(queues);
        if (lines.isEmpty()) {
            subscription.cancel();
            waiters.remove(this);
        }
    }

    private void onNotice() {
        notices++;
        List.copyOf(lines.values()).forEach(ClaimLine::stir);
    }
}
