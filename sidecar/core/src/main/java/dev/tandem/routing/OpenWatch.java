package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.ListPosition;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Task;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch: where it is, and how it gets on from there.
 *
 * <p>It stands at a cursor: everything up to it has been sent. Beyond it only {@link #ahead} has been sent, which is
 * what the list of existing tasks showed of later changes, and on a store of several shards the beginning of a page.
 */
final class OpenWatch implements Watch, ChangeTail.Member {
    /** The most tasks that are read at a time; each comes whole. */
    static final int LIST_PAGE = 100;

    /** The most tasks of which it is remembered that they were sent before their turn. */
    static final int AHEAD_MAX = 20_000;

    private static final long NO_TIMER = -1;
    private static final Logger log = LoggerFactory.getLogger(OpenWatch.class);

    private enum Phase {
        /** Waits for the tail to stand, which says where to begin. */
        STARTING,
        /** Reads the tasks that exist. */
        LISTING,
        /** Reads the changes for itself. */
        BEHIND,
        /** Gets the changes from the tail, which stands at the cursor or before it. */
        LIVE,
        ENDED
    }

    private final Watches watches;
    private final ChangeTail tail;
    private final String namespace;
    private final WatchStart start;
    private final TaskFilter filter;
    private final WatchListener listener;
    private final boolean isSharded;

    private Phase phase = Phase.STARTING;
    private boolean isPaused;
    private boolean isReading;
    private boolean isCaughtUp;
    private int failures;
    private long timer = NO_TIMER;
    private Cursor cursor = new Cursor(List.of());

    /** The newest cursor that the listener was told. */
    private @Nullable Cursor told;

    private @Nullable ListPosition listed;

    /** Versions sent beyond the cursor, by task. */
    private final Map<String, Long> ahead = new HashMap<>();

    /** When the tail has passed this, {@link #ahead} is of no use any more. Only while LIVE. */
    private Cursor aheadUntil = cursor;

    OpenWatch(
            Watches watches,
            ChangeTail tail,
            String namespace,
            WatchStart start,
            TaskFilter filter,
            WatchListener listener) {
        this.watches = watches;
        this.tail = tail;
        this.namespace = namespace;
        this.start = start;
        this.filter = filter;
        this.listener = listener;
        this.isSharded = watches.store().capabilities().shards() > 1;
    }

    void begin() {
        tail.join(this);
        Cursor at = tail.cursor();
        if (phase == Phase.STARTING && at != null) {
            onReady(at);
        }
    }

    // What the caller does

    @Override
    public void pause() {
        watches.owner().check();
        isPaused = true;
    }

    @Override
    public void resume() {
        watches.owner().run(() -> {
            if (isPaused) {
                isPaused = false;
                step();
            }
        });
    }

    @Override
    public void cancel() {
        watches.owner().run(this::leave);
    }

    private void leave() {
        if (phase != Phase.ENDED) {
            phase = Phase.ENDED;
            ahead.clear();
            if (timer != NO_TIMER) {
                watches.timers().cancel(timer);
            }
            watches.remove(this);
            tail.leave(this);
        }
    }

    void end(StoreException failure) {
        if (phase != Phase.ENDED) {
            leave();
            listener.onEnd(failure);
        }
    }

    private void expire() {
        leave();
        listener.onExpired();
    }

    void bookmark() {
        boolean hasBegun = phase == Phase.BEHIND || phase == Phase.LIVE;
        if (hasBegun && isResumable() && !isPaused && !cursor.equals(told)) {
            told = cursor;
            guarded(() -> listener.onBookmark(cursor));
        }
    }

    // What the tail tells

    @Override
    public void onReady(Cursor at) {
        if (phase == Phase.STARTING) {
            cursor = start instanceof WatchStart.After after ? after.cursor() : at;
            if (cursor.versions().size() != at.versions().size()) {
                expire();
                return;
            }
            told = start instanceof WatchStart.After ? cursor : null;
            phase = start instanceof WatchStart.Existing ? Phase.LISTING : Phase.BEHIND;
            if (start instanceof WatchStart.Now && !isPaused) {
                goLive();
                return;
            }
        }
        step();
    }

    @Override
    public void onPage(ChangePage page) {
        if (phase != Phase.LIVE) {
            step();
        } else if (isPaused) {
            phase = Phase.BEHIND;
        } else if (send(page)) {
            cursor = Cursors.max(cursor, page.next());
            if (Cursors.isCoveredBy(aheadUntil, page.next())) {
                ahead.clear();
            }
        } else if (phase == Phase.LIVE) {
            phase = Phase.BEHIND;
            step();
        }
    }

    @Override
    public void onExpired() {
        if (phase == Phase.LIVE) {
            // What is missing for the tail is missing for this one, unless it is further: reading will tell.
            phase = Phase.BEHIND;
        }
    }

    @Override
    public void onFailure(StoreException failure) {
        end(failure);
    }

    // How it gets on by itself

    /** Goes on, if there is anything to do and nothing in the way. */
    private void step() {
        boolean isAtWork = isReading || timer != NO_TIMER;
        boolean hasWork = phase == Phase.LISTING || (phase == Phase.BEHIND && tail.cursor() != null);
        if (hasWork && !isAtWork && !isPaused) {
            isReading = true;
            watches.toRead(this);
        }
    }

    /** Called when it is its turn to read. Returns false if it does not want to any more. */
    boolean read() {
        if (isPaused) {
            isReading = false;
            return false;
        }
        if (phase == Phase.LISTING) {
            watches.store()
                    .query(new TaskQuery.ListTasks(namespace, filter, false, listed, LIST_PAGE), CallOptions.DEFAULT)
                    .onComplete((page, failure) -> onRead(failure, () -> onListed(page)));
            return true;
        } else if (phase == Phase.BEHIND) {
            Cursor tailAt = tail.cursor();
            watches.store()
                    .query(new TaskQuery.Changes(namespace, cursor, ChangeTail.PAGE_MAX), CallOptions.DEFAULT)
                    .onComplete((page, failure) -> onRead(failure, () -> onChanges(page, tailAt)));
            return true;
        }
        isReading = false;
        return false;
    }

    private void onRead(@Nullable Throwable failure, Runnable then) {
        isReading = false;
        if (phase != Phase.ENDED) {
            if (failure == null) {
                failures = 0;
                then.run();
            } else {
                onReadFailure(Router.asStoreException(failure));
            }
        }
        watches.onRead();
    }

    private void onReadFailure(StoreException failure) {
        failures++;
        if (failures > ChangeTail.FAILURES_QUIET || failure.kind() == FailureKind.CORRUPT) {
            end(failure);
            return;
        }
        timer = watches.timers().set(Waits.retryMillis(failures), () -> {
            timer = NO_TIMER;
            step();
        });
    }

    private void onListed(TaskPage page) {
        long surelyPassed = Cursors.lowest(cursor);
        for (Task task : page.tasks()) {
            if (isPaused || phase == Phase.ENDED) {
                return;
            }
            listed = new ListPosition(task.createdAtMillis(), task.id());
            if (task.version() > surelyPassed && !remember(task.id(), task.version())) {
                return;
            }
            guarded(() -> listener.onChange(Change.written(task), null));
        }
        if (phase == Phase.ENDED) {
            return;
        }
        if (page.next() == null) {
            phase = Phase.BEHIND;
        } else {
            listed = page.next();
        }
        step();
    }

    private void onChanges(ChangePage page, @Nullable Cursor tailThen) {
        if (page.isExpired()) {
            expire();
            return;
        }
        if (isPaused || !send(page)) {
            step();
            return;
        }
        cursor = page.next();
        if (!page.more() && tailThen != null) {
            // This page was read after the tail had come there, so it reaches as far, even if its cursor does not say
            // so: it may name the last change, and the tail's the end.
            cursor = Cursors.max(cursor, tailThen);
        }
        Cursor tailAt = tail.cursor();
        if (!settle(page, tailAt)) {
            return;
        }
        if (!page.more() && !isPaused && tailAt != null && Cursors.isCoveredBy(tailAt, cursor)) {
            goLive();
        } else {
            step();
        }
    }

    /** Keeps {@link #ahead} to what may come again. Returns false if that is too much, and the watch has ended. */
    private boolean settle(ChangePage page, @Nullable Cursor tailAt) {
        boolean mayComeAgain = isSharded && (tailAt == null || !Cursors.isCoveredBy(cursor, tailAt));
        if (mayComeAgain) {
            return rememberAll(page.changes());
        }
        if (!ahead.isEmpty()) {
            for (Change change : page.changes()) {
                ahead.computeIfPresent(change.taskId(), (id, sent) -> sent <= change.version() ? null : sent);
            }
        }
        return true;
    }

    private void goLive() {
        phase = Phase.LIVE;
        aheadUntil = cursor;
        if (cursor.equals(tail.cursor())) {
            ahead.clear();
        }
        if (!isCaughtUp) {
            isCaughtUp = true;
            told = cursor;
            guarded(() -> listener.onCaughtUp(cursor));
        }
    }

    // Sending

    /** Sends what of the page is new and matches. Returns false if it was stopped before the end. */
    private boolean send(ChangePage page) {
        List<Change> changes = page.changes();
        Cursor end = Cursors.max(cursor, page.next());
        for (int i = 0; i < changes.size(); i++) {
            if (phase == Phase.ENDED) {
                return false;
            }
            if (isPaused) {
                if (isSharded) {
                    rememberAll(changes.subList(0, i));
                }
                return false;
            }
            Change change = changes.get(i);
            if (isSent(change)) {
                continue;
            }
            if (!isSharded) {
                cursor = new Cursor(List.of(change.version()));
            }
            Task task = change.task();
            if (task == null || filter.matches(task)) {
                Cursor after = isResumable() ? (i == changes.size() - 1 ? end : cursor) : null;
                told = after == null ? told : after;
                guarded(() -> listener.onChange(change, after));
            }
        }
        return phase != Phase.ENDED;
    }

    /**
     * Whether a watch that begins at the cursor sees only what is newer than all that this one has sent. The list of
     * existing tasks runs ahead of the cursor; once this watch is caught up, it is behind it.
     */
    private boolean isResumable() {
        return isCaughtUp || !(start instanceof WatchStart.Existing);
    }

    private boolean isSent(Change change) {
        if (!isSharded && change.version() <= cursor.versions().get(0)) {
            return true;
        }
        Long sent = ahead.get(change.taskId());
        return sent != null && change.version() <= sent;
    }

    /** Remembers what is sent beyond the cursor. Returns false, and ends the watch, if that is too much. */
    private boolean remember(String taskId, long version) {
        if (ahead.size() >= AHEAD_MAX && !ahead.containsKey(taskId)) {
            end(new StoreException(
                    FailureKind.OVERLOADED,
                    "more than " + AHEAD_MAX + " tasks changed while others were read; watch again later"));
            return false;
        }
        ahead.merge(taskId, version, Math::max);
        return true;
    }

    private boolean rememberAll(List<Change> changes) {
        for (Change change : changes) {
            if (!remember(change.taskId(), change.version())) {
                return false;
            }
        }
        return true;
    }

    /** A listener that throws loses its own watch, not those of others. */
    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException failure) {
            log.error("a watch of namespace {} is ended, because its listener failed", namespace, failure);
            leave();
        }
    }
}
