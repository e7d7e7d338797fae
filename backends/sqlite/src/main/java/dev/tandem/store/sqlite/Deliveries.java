package dev.tandem.store.sqlite;

import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries settled calls back to their contexts: one hop for all calls that share a thread, in their order. Used by one
 * thread of the store, which is held back while what it delivered before has not been taken: answers may be large, and
 * would pile up before a context that is busy.
 */
final class Deliveries {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

    /** A context that takes nothing for so long has stopped; what it is still given does no harm. */
    private static final long TAKEN_SECONDS_MAX = 10;

    private CountDownLatch untaken = new CountDownLatch(0);

    /** Delivers calls that are settled, which are the contexts' from then on. */
    void deliver(List<? extends Call<?, ?>> settled) {
        if (settled.isEmpty()) {
            return;
        }
        IdentityHashMap<ContextInternal, List<Call<?, ?>>> byContext = new IdentityHashMap<>();
        for (Call<?, ?> call : settled) {
            byContext
                    .computeIfAbsent(call.sharedContext(), context -> new ArrayList<>(settled.size()))
                    .add(call);
        }
        awaitTaken();
        CountDownLatch taken = new CountDownLatch(byContext.size());
        untaken = taken;
        byContext.forEach((context, calls) -> {
            try {
                context.runOnContext(ignored -> {
                    taken.countDown();
                    calls.forEach(Call::deliver);
                });
            } catch (RejectedExecutionException e) {
                // Vert.x was closed before the store, and with it went whoever waited.
                LOG.debug("{} answers found their event loop closed", calls.size());
                taken.countDown();
            }
        });
    }

    private void awaitTaken() {
        try {
            if (!untaken.await(TAKEN_SECONDS_MAX, TimeUnit.SECONDS)) {
                LOG.warn("An event loop has taken no answer for {} s", TAKEN_SECONDS_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The store is ending: whoever waits is told at once.
        }
    }
}
