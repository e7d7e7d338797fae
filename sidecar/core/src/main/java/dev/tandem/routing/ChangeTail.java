package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The newest changes of one namespace, read once for all its members. Lives while it has any. */
final class ChangeTail {
    /** The most changes that are read at a time; each comes with its record, so this bounds memory, too. */
    static final int PAGE_MAX = 100;

    /** After how many failures in a row the members are told. */
    static final int FAILURES_QUIET = 5;

    private static final long NO_TIMER = -1;

    /** Who is told. May leave while it is told; a member that has left may be told once more, and ignores it. */
    interface Member {
        /** The tail stands at {@code at}: what changes from here on will be told. */
        void onReady(Cursor at);

        /** Changes from where the tail stood up to {@code page.next()}. */
        void onPage(ChangePage page);

        /** Changes were missed; {@link #onReady} says where it goes on. */
        void onExpired();

        /** The store can't be read for now; the tail goes on trying. */
        void onFailure(StoreException failure);
    }

    private final TaskStore store;
    private final Timers timers;
    private final String namespace;
    private final Runnable onEmpty;
    private final Set<Member> members = new LinkedHashSet<>();
    private @Nullable Subscription subscription;
    private @Nullable Cursor cursor;
    private boolean isClosed;
    private boolean isWanted;
    private boolean isReading;
    private boolean isLooping;
    private int failures;
    private long timer = NO_TIMER;

    ChangeTail(TaskStore store, Timers timers, String namespace, Runnable onEmpty) {
        this.store = store;
        this.timers = timers;
        this.namespace = namespace;
        this.onEmpty = onEmpty;
    }

    private void begin() {
        subscription = store.subscribe(namespace, () -> {
            if (failures == 0) {
                want();
            }
        });
        want();
    }

    /** Everything up to here has been told to the members; null while that is not known. */
    @Nullable
    Cursor cursor() {
        return cursor;
    }

    /** Tells {@code member} what changes from where the tail stands; it may be told before this returns. */
    void join(Member member) {
        members.add(member);
        if (subscription == null) {
            begin();
        }
    }

    void leave(Member member) {
        if (members.remove(member) && members.isEmpty()) {
            isClosed = true;
            stopTimer();
            if (subscription != null) {
                subscription.cancel();
            }
            onEmpty.run();
        }
    }

    private void want() {
        isWanted = true;
        if (isLooping) {
            return;
        }
        isLooping = true;
        try {
            while (isWanted && !isReading && !isClosed) {
                isWanted = false;
                read();
            }
        } finally {
            isLooping = false;
        }
    }

    private void read() {
        isReading = true;
        stopTimer();
        Cursor from = cursor;
        store.query(new TaskQuery.Changes(namespace, from, PAGE_MAX), CallOptions.DEFAULT)
                .onComplete((page, failure) -> {
                    isReading = false;
                    if (isClosed) {
                        return;
                    }
                    if (failure == null) {
                        failures = 0;
                        onAnswer(from, page);
                    } else {
                        onFailure(Router.asStoreException(failure));
                    }
                });
    }

    private void onAnswer(@Nullable Cursor from, ChangePage page) {
        boolean more = page.more();
        if (page.isExpired()) {
            cursor = null;
            tell(Member::onExpired);
            more = true;
        } else {
            cursor = page.next();
            if (from == null) {
                tell(member -> member.onReady(page.next()));
                more = false;
            } else if (!page.changes().isEmpty() || !page.next().equals(from)) {
                tell(member -> member.onPage(page));
            }
        }
        if (isClosed) {
            return;
        }
        if (more || isWanted) {
            want();
        } else {
            setTimer(Waits.POLL_MILLIS);
        }
    }

    private void onFailure(StoreException failure) {
        failures++;
        if (failures > FAILURES_QUIET || failure.kind() == FailureKind.CORRUPT) {
            tell(member -> member.onFailure(failure));
        }
        isWanted = false;
        if (!isClosed) {
            setTimer(Waits.retryMillis(failures));
        }
    }

    private void tell(Consumer<Member> what) {
        for (Member member : members.toArray(new Member[0])) {
            what.accept(member);
        }
    }

    private void setTimer(long millis) {
        stopTimer();
        timer = timers.set(millis, () -> {
            timer = NO_TIMER;
            want();
        });
    }

    private void stopTimer() {
        if (timer != NO_TIMER) {
            timers.cancel(timer);
            timer = NO_TIMER;
        }
    }
}
