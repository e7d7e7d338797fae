package dev.tandem.routing;

import dev.tandem.routing.ClaimWaiters.Waiter;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Those that wait for the same queues, first come, first served.
 *
 * <p>A line is stirred when something may be claimable: by a notice, by time, or because one of it got something. While
 * it is stirred, its first ask: one at a time, and twice as many after each that got something, so that many tasks are
 * handed out quickly and a single one does not make everybody ask. An answer of nothing holds for the whole line, and
 * calms it, unless it was stirred again in the meantime.
 */
final class ClaimLine {
    /** The most that ask at a time. */
    static final int ASKS_MAX = 64;

    /** How often in a row it may be stirred in vain before it slows down. */
    static final int VAIN_FREE = 8;

    /** The longest pause between two tries in vain, in a namespace where much happens that is not for this line. */
    static final long VAIN_PAUSE_MILLIS_MAX = 25;

    private static final long NO_TIMER = -1;

    private final ClaimWaiters waiters;
    private final Timers timers;
    private final InstantSource clock;
    private final ClaimRoom room;
    private final List<String> queues;
    private final TreeMap<Long, Waiter> waiting = new TreeMap<>();
    private final Set<Waiter> asking = new HashSet<>();
    private int asksAllowed = 1;
    private boolean isStirred;
    private long stirs;
    private int vain;
    private long nextDueAtMillis = Long.MAX_VALUE;
    private long timer = NO_TIMER;
    private boolean isPausing;
    private boolean isPumping;

    ClaimLine(ClaimWaiters waiters, Timers timers, InstantSource clock, ClaimRoom room, List<String> queues) {
        this.waiters = waiters;
        this.timers = timers;
        this.clock = clock;
        this.room = room;
        this.queues = queues;
    }

    void add(Waiter waiter) {
        waiter.line = this;
        waiting.put(waiter.arrival, waiter);
        pump();
    }

    /** Takes one out that is answered. */
    void remove(Waiter waiter) {
        waiter.line = null;
        waiting.remove(waiter.arrival);
        asking.remove(waiter);
        if (waiting.isEmpty() && asking.isEmpty()) {
            cancelTimer();
            room.remove(queues);
        }
    }

    /** Something may be claimable. */
    void stir() {
        stirs++;
        isStirred = true;
        pump();
    }

    /** Nothing is claimable now; asks again when something is due. */
    void rest(long nextDueAtMillis) {
        this.nextDueAtMillis = nextDueAtMillis;
        if (isPausing || isStirred || !asking.isEmpty()) {
            return;
        }
        long untilDue = nextDueAtMillis == Long.MAX_VALUE ? Waits.POLL_MILLIS : nextDueAtMillis - clock.millis();
        long millis = Math.max(1, Math.min(Waits.POLL_MILLIS, untilDue));
        setTimer(millis, () -> {
            vain = millis == Waits.POLL_MILLIS ? 0 : vain;
            stir();
        });
    }

    /** One that asked got something, so there may be more. */
    void onGot() {
        vain = 0;
        asksAllowed = Math.min(ASKS_MAX, asksAllowed * 2);
        stir();
    }

    /** One that asked got nothing. */
    void onNothing(Waiter waiter, long stirsThen, long nextDueAtMillis) {
        back(waiter);
        asksAllowed = 1;
        vain++;
        isStirred = stirs != stirsThen;
        this.nextDueAtMillis = nextDueAtMillis;
        if (vain > VAIN_FREE) {
            pause(Math.min(VAIN_PAUSE_MILLIS_MAX, vain - VAIN_FREE));
        } else {
            rest(nextDueAtMillis);
        }
        pump();
    }

    /** The store failed one that asked; if the waiter was not answered, it asks again later. */
    void onFailure(Waiter waiter) {
        back(waiter);
        asksAllowed = 1;
        stirs++;
        isStirred = true;
        pause(Waits.RETRY_MILLIS);
    }

    private void back(Waiter waiter) {
        if (asking.remove(waiter) && waiter.line == this) {
            waiting.put(waiter.arrival, waiter);
        }
    }

    private boolean isDone() {
        return waiting.isEmpty() && asking.isEmpty();
    }

    private void pump() {
        if (isPumping) {
            return;
        }
        isPumping = true;
        try {
            while (isStirred && !isPausing && asking.size() < asksAllowed && !waiting.isEmpty()) {
                Waiter first = waiting.pollFirstEntry().getValue();
                asking.add(first);
                waiters.askAgain(first, this, stirs);
            }
        } finally {
            isPumping = false;
        }
    }

    /** Asks nothing for this long, whatever happens. */
    private void pause(long millis) {
        setTimer(millis, () -> {
            isPausing = false;
            rest(nextDueAtMillis);
            pump();
        });
        isPausing = timer != NO_TIMER;
    }

    private void setTimer(long millis, Runnable task) {
        cancelTimer();
        if (!isDone()) {
            timer = timers.set(millis, () -> {
                timer = NO_TIMER;
                task.run();
            });
        }
    }

    private void cancelTimer() {
        if (timer != NO_TIMER) {
            timers.cancel(timer);
            timer = NO_TIMER;
        }
        isPausing = false;
    }
}
