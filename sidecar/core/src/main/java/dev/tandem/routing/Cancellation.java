package dev.tandem.routing;

import org.jspecify.annotations.Nullable;

/**
 * The way in which a caller that goes away takes back what it is waiting for.
 *
 * <p>Made by the caller for one call, and cancelled on the context of that call, whose future then completes with
 * whatever there is: nobody looks at it.
 */
public final class Cancellation {
    private boolean isCancelled;
    private @Nullable Runnable action;

    /** Takes the call back. Does nothing if the call is answered already, or the second time. */
    public void cancel() {
        if (isCancelled) {
            return;
        }
        isCancelled = true;
        Runnable run = action;
        action = null;
        if (run != null) {
            run.run();
        }
    }

    public boolean isCancelled() {
        return isCancelled;
    }

    /** What is to be done on {@link #cancel}; null once the call is answered. */
    void onCancel(@Nullable Runnable action) {
        this.action = action;
    }
}
