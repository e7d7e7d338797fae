package dev.tandem.routing;

import dev.tandem.store.Change;
import dev.tandem.store.Cursor;
import dev.tandem.store.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * Is told what a watch sees. Called on the watch's context, never after {@link #onExpired} or
 * {@link #onEnd}, nor after {@link Watch#cancel}, and while it is paused only with one of those two. A call may come
 * before the watch is returned.
 *
 * <p>The changes of a task come in the order of their versions, each version once; several changes may show as the last
 * of them. The filter is judged on the record as it is after the change, and deletions are always sent, of tasks that
 * never matched as well. So a listener that has to know when a task no longer fits must not filter by what may change,
 * such as the state: it watches without that condition, and looks at the records.
 */
public interface WatchListener {
    /**
     * A task was changed, or existed at the beginning.
     *
     * @param after resuming from it misses nothing that comes later than this call; on a store of several shards it
     *     may repeat some of the newest changes. Null in a watch that began with the tasks that exist, until it is
     *     caught up: one that is cut before begins anew
     */
    void onChange(Change change, @Nullable Cursor after);

    /** All that had happened when the watch was opened has been sent. Comes once. */
    void onCaughtUp(Cursor at);

    /** Nothing to tell, but this newer cursor: keep it, so that it does not grow too old while the filter is quiet. */
    void onBookmark(Cursor at);

    /** The cursor is too old, or of another store: deletions may have been missed, so begin anew. The last call. */
    void onExpired();

    /**
     * The watch has ended, and can be resumed from the newest cursor. The last call.
     *
     * @param failure why; it may be resumed at once unless this says otherwise
     */
    void onEnd(StoreException failure);
}
