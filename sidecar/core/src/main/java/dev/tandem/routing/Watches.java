package dev.tandem.routing;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskStore;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The open watches: each tells its listener of every change that matches, and misses none.
 *
 * <p>Watches that keep up share one reader of their namespace's changes. One that does not is left behind with nothing
 * but its cursor, and reads for itself until it is up again: no change is ever buffered for a slow listener. Called on
 * the context that it was made on.
 */
public final class Watches {
    /** The most watches that are open at a time; more are refused as OVERLOADED. */
    public static final int WATCHES_MAX = 10_000;

    /** How often a listener is told of a cursor that has moved without a change for it. */
    static final long BOOKMARK_MILLIS = 10_000;

    /** The most watches that read for themselves at a time; the others wait for their turn. */
    static final int READS_MAX = 16;

    private static final long NO_TIMER = -1;

    private final Owner owner = Owner.current();
    private final Timers timers;
    private final TaskStore store;
    private final ChangeFeed feed;
    private final Set<OpenWatch> open = new LinkedHashSet<>();
    private final ArrayDeque<OpenWatch> toRead = new ArrayDeque<>();
    private volatile int size;
    private int reading;
    private boolean isDispatching;
    private boolean isClosed;
    private long timer = NO_TIMER;

    /**
     * Belongs to the calling context.
     *
     * @param feed made on the same context
     */
    public Watches(Vertx vertx, TaskStore store, ChangeFeed feed) {
        this(Timers.of(vertx), store, feed);
    }

    Watches(Timers timers, TaskStore store, ChangeFeed feed) {
        this.timers = timers;
        this.store = store;
        this.feed = feed;
    }

    /**
     * Opens a watch. The listener may be called before this returns.
     *
     * @throws StoreException OVERLOADED if too many are open, NOT_APPLIED after {@link #close}
     */
    public Watch open(String namespace, WatchStart start, TaskFilter filter, WatchListener listener) {
        owner.check();
        if (isClosed) {
            throw closing();
        }
        if (open.size() >= WATCHES_MAX) {
            throw new StoreException(
                    FailureKind.OVERLOADED, WATCHES_MAX + " watches are open, as many as may; try again later");
        }
        OpenWatch watch = new OpenWatch(this, feed.tail(namespace), namespace, start, filter, listener);
        open.add(watch);
        size = open.size();
        owner.run(() -> {
            if (timer == NO_TIMER) {
                scheduleBookmarks();
            }
            watch.begin();
        });
        return watch;
    }

    /** How many watches are open. May be asked from any thread. */
    public int size() {
        return size;
    }

    /** Ends every watch; its listener is told to resume. None can be opened any more. */
    public void close() {
        owner.run(() -> {
            isClosed = true;
            for (OpenWatch watch : List.copyOf(open)) {
                watch.end(closing());
            }
        });
    }

    private static StoreException closing() {
        return new StoreException(
                FailureKind.NOT_APPLIED, "the sidecar shuts down; watch on from the newest cursor elsewhere, or later");
    }

    private void scheduleBookmarks() {
        timer = timers.set(BOOKMARK_MILLIS, () -> {
            scheduleBookmarks();
            List.copyOf(open).forEach(OpenWatch::bookmark);
        });
    }

    void remove(OpenWatch watch) {
        open.remove(watch);
        size = open.size();
        if (open.isEmpty() && timer != NO_TIMER) {
            timers.cancel(timer);
            timer = NO_TIMER;
        }
    }

    /** Lets {@code watch} read when it is its turn. */
    void toRead(OpenWatch watch) {
        toRead.add(watch);
        dispatch();
    }

    void onRead() {
        reading--;
        dispatch();
    }

    private void dispatch() {
        if (isDispatching) {
            return;
        }
        isDispatching = true;
        try {
            while (reading < READS_MAX && !toRead.isEmpty()) {
                OpenWatch next = toRead.remove();
                reading++;
                if (!next.read()) {
                    reading--;
                }
            }
        } finally {
            isDispatching = false;
        }
    }

    Owner owner() {
        return owner;
    }

    TaskStore store() {
        return store;
    }

    Timers timers() {
        return timers;
    }

    /** How many watches read for themselves now. */
    int reading() {
        return reading;
    }
}
