package dev.tandem.store.raft.node;

import dev.tandem.store.raft.ChangeListener;
import io.vertx.core.internal.ContextInternal;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Joins the changes that the groups' threads tell of, and hands them on on an event loop: the first one at once, those that
 * come soon after it together.
 */
final class ChangeFeed implements ChangeListener {
    /** How often changes are handed on at most. */
    private static final long PERIOD_MILLIS = 5;

    /** How many are remembered; when there are more, any may have changed. */
    private static final int CHANGED_MAX = 1_000;

    private final ContextInternal context;
    private final Consumer<@Nullable Set<Changed>> to;
    private final Set<Changed> pending = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean all = new AtomicBoolean();
    private final AtomicBoolean due = new AtomicBoolean();

    /** When changes were handed on last; used on the event loop. */
    private long handedOnNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);

    /** Tasks of this namespace have changed in this group. */
    record Changed(int group, String namespace) {}

    /** @param to takes what has changed, on {@code context}; null if anything may have */
    ChangeFeed(ContextInternal context, Consumer<@Nullable Set<Changed>> to) {
        this.context = context;
        this.to = to;
    }

    @Override
    public void changed(int group, String namespace) {
        if (pending.size() >= CHANGED_MAX) {
            allChanged();
        } else if (pending.add(new Changed(group, namespace))) {
            handOnSoon();
        }
    }

    @Override
    public void allChanged() {
        all.set(true);
        handOnSoon();
    }

    private void handOnSoon() {
        if (!due.get() && due.compareAndSet(false, true)) {
            context.nettyEventLoop().execute(this::handOnAfterPause);
        }
    }

    private void handOnAfterPause() {
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - handedOnNanos);
        if (millis >= PERIOD_MILLIS) {
            handOn();
        } else {
            context.setTimer(PERIOD_MILLIS - millis, timer -> handOn());
        }
    }

    private void handOn() {
        handedOnNanos = System.nanoTime();
        // Before the look, so that what comes during it is handed on next.
        due.set(false);
        Set<Changed> taken = new HashSet<>();
        for (Iterator<Changed> each = pending.iterator(); each.hasNext(); ) {
            taken.add(each.next());
            each.remove();
        }
        boolean any = all.getAndSet(false);
        if (any || !taken.isEmpty()) {
            to.accept(any ? null : taken);
        }
    }
}
