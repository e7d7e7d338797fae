package dev.tandem.store.raft;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.raft.state.GroupQuery;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes short questions to one group's leader. While some are under way, others gather, and go together: before it answers, the
 * leader has to hear from most of the members, which costs as much for one question as for many. Each is answered from what the
 * leader had applied after it was asked.
 *
 * <p>Safe for use by several threads; its state is guarded by itself. Promises are completed outside of the lock.
 */
final class Asker {
    /** How many go together at most. A set that is full does not wait for the one before. */
    static final int TOGETHER_MAX = 64;

    /** How many sets are under way at once. */
    static final int SETS_MAX = 4;

    /** How long a question is tried. */
    static final long TRY_MILLIS = 30_000;

    private final TaskGroups groups;
    private final int group;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final List<List<Waiting>> sent = new ArrayList<>(SETS_MAX);

    /** A question, and who waits for its answer. */
    private record Waiting(GroupQuery query, Promise<Object> promise, CallOptions options) {}

    Asker(TaskGroups groups, int group) {
        this.groups = groups;
        this.group = group;
    }

    void ask(GroupQuery query, Promise<Object> promise, CallOptions options) {
        synchronized (this) {
            waiting.add(new Waiting(query, promise, options));
        }
        send();
    }

    private void send() {
        for (List<Waiting> next = take(); next != null; next = take()) {
            send(next);
        }
    }

    private synchronized @Nullable List<Waiting> take() {
        boolean goes = sent.isEmpty() || (waiting.size() >= TOGETHER_MAX && sent.size() < SETS_MAX);
        if (!goes || waiting.isEmpty()) {
            return null;
        }
        List<Waiting> next = new ArrayList<>(Math.min(waiting.size(), TOGETHER_MAX));
        while (next.size() < TOGETHER_MAX && !waiting.isEmpty()) {
            next.add(waiting.remove());
        }
        sent.add(next);
        return next;
    }

    private void send(List<Waiting> set) {
        boolean isOne = set.size() == 1;
        GroupQuery query = isOne
                ? set.get(0).query
                : new GroupQuery.Each(set.stream().map(Waiting::query).toList());
        groups.read(group, query, millisLeft(set), new TaskGroups.Answer<>() {
            @Override
            public void succeeded(Object value) {
                answered(set, isOne ? List.of(value) : (List<?>) value);
            }

            @Override
            public void failed(Throwable failure) {
                unanswered(set, failure);
            }
        });
    }

    private void unanswered(List<Waiting> set, Throwable failure) {
        set.forEach(each -> each.promise.tryFail(told(failure, each.options)));
        over(set, set.size());
    }

    private void answered(List<Waiting> set, List<?> answers) {
        if (answers.isEmpty() || answers.size() > set.size()) {
            unanswered(set, new IllegalStateException(answers.size() + " answers to " + set.size() + " questions"));
            return;
        }
        for (int i = 0; i < answers.size(); i++) {
            set.get(i).promise.tryComplete(answers.get(i));
        }
        over(set, answers.size());
    }

    /** A set was answered from its first question up to a number of them: where there was no room for more answers. */
    private void over(List<Waiting> set, int answered) {
        synchronized (this) {
            // One of several lists that may be equal.
            sent.removeIf(each -> each == set);
            for (int i = set.size() - 1; i >= answered; i--) {
                waiting.addFirst(set.get(i));
            }
        }
        send();
    }

    /** For as long as the most patient of them waits. */
    private static long millisLeft(List<Waiting> set) {
        long most = 1;
        for (Waiting each : set) {
            most = Math.max(most, millisLeft(each.options));
        }
        return most;
    }

    static long millisLeft(CallOptions options) {
        if (options.deadlineNanos() == CallOptions.NEVER) {
            return TRY_MILLIS;
        }
        long left = TimeUnit.NANOSECONDS.toMillis(options.deadlineNanos() - System.nanoTime());
        return Math.max(1, Math.min(TRY_MILLIS, left));
    }

    /** What the failure of a question says: nothing was applied by it, whatever became of it. */
    static StoreException told(Throwable failure, CallOptions options) {
        if (failure instanceof StoreException known && known.kind() == FailureKind.OVERLOADED) {
            return known;
        }
        FailureKind kind = options.isPast(System.nanoTime()) ? FailureKind.DEADLINE_PASSED : FailureKind.NOT_APPLIED;
        return new StoreException(kind, "no answer: " + failure.getMessage(), failure);
    }

    /**
     * Fails the questions whose deadline has passed.
     *
     * @return whether there are others with a deadline
     */
    boolean checkDeadlines(long now) {
        List<Waiting> late = new ArrayList<>(0);
        boolean others = false;
        synchronized (this) {
            for (Waiting each : waiting) {
                others |= isLate(each, now, late);
            }
            if (!late.isEmpty()) {
                waiting.removeAll(late);
            }
            for (List<Waiting> set : sent) {
                for (Waiting each : set) {
                    others |= isLate(each, now, late);
                }
            }
        }
        late.forEach(each -> each.promise.tryFail(new StoreException(
                FailureKind.DEADLINE_PASSED, "group " + group + " did not answer before the call's deadline")));
        return others;
    }

    /** Notes one that is late; of others, says whether they may come to be. */
    private static boolean isLate(Waiting each, long now, List<Waiting> late) {
        if (each.options.isPast(now)) {
            late.add(each);
            return false;
        }
        return each.options.deadlineNanos() != CallOptions.NEVER;
    }
}
