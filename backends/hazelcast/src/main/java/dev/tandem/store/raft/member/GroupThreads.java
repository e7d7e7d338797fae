package dev.tandem.store.raft.member;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether the groups' threads get on with their work, or are held up, by a disk that stands still or is slow: a leader's is silent
 * then, and loses the group. Safe for use by several threads.
 */
final class GroupThreads {
    /** How often they have to be held up to be taken for slow; once may be a pause of the whole process. */
    private static final int OFTEN = 3;

    /** Within which time. It is also how long it takes until a disk that was slow is tried again, if it has little to do. */
    private static final long LATELY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final long heldUpNanos;
    private final LongSupplier nanoTime;

    /** Since when the thread of a group has had something to do that is looked at here. */
    private final Map<Object, Long> begun = new ConcurrentHashMap<>();

    /** When the threads were free again after the last few times that they were held up, the newest last; guarded by itself. */
    private final Deque<Long> freed = new ArrayDeque<>();

    /** @param heldUpMillis how long what is to be done has to wait for a thread to be held up */
    GroupThreads(long heldUpMillis, LongSupplier nanoTime) {
        this.heldUpNanos = TimeUnit.MILLISECONDS.toNanos(heldUpMillis);
        this.nanoTime = nanoTime;
    }

    /** Says that the group's thread is given something to do now. Returns false if it has not done the same of before yet. */
    boolean begin(Object group) {
        return begun.putIfAbsent(group, nanoTime.getAsLong()) == null;
    }

    /** Says that it is done; on the group's thread. */
    void end(Object group) {
        Long since = begun.remove(group);
        long now = nanoTime.getAsLong();
        if (since != null && now - since > heldUpNanos) {
            synchronized (freed) {
                // What holds several threads up at once counts as one.
                if (freed.isEmpty() || since - freed.getLast() >= 0) {
                    freed.addLast(now);
                }
                if (freed.size() > OFTEN) {
                    freed.removeFirst();
                }
            }
        }
    }

    /** Forgets all other groups, which this member has no more. */
    void retain(Set<?> groups) {
        begun.keySet().retainAll(groups);
    }

    /** Whether any is held up now. What this member knows of its group may be old then. */
    boolean areHeldUp() {
        long now = nanoTime.getAsLong();
        return begun.values().stream().anyMatch(since -> now - since > heldUpNanos);
    }

    /** Whether they are held up now, or have been so often, lately, that this member would lose what it leads again and again. */
    boolean areSlow() {
        long now = nanoTime.getAsLong();
        synchronized (freed) {
            if (freed.size() == OFTEN && now - freed.getFirst() < LATELY_NANOS) {
                return true;
            }
        }
        return areHeldUp();
    }
}
