package dev.tandem.store.sqlite;

import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries settled calls back to their contexts: one hop for all calls of a batch that share a thread, in their order.
 * Used by one thread of the store.
 */
final class Deliveries {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

    private final IdentityHashMap<ContextInternal, List<Call<?, ?>>> byContext = new IdentityHashMap<>();

    void add(Call<?, ?> call) {
        byContext
                .computeIfAbsent(call.sharedContext(), context -> new ArrayList<>())
                .add(call);
    }

    void flush() {
        byContext.forEach((context, calls) -> {
            try {
                context.runOnContext(ignored -> calls.forEach(Call::deliver));
            } catch (RejectedExecutionException e) {
                // Vert.x was closed before the store, and with it went whoever waited.
                LOG.debug("{} answers found their event loop closed", calls.size());
            }
        });
        byContext.clear();
    }
}
