package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store whose calls stand still until the test lets them on, in two steps: to the store, and back. Notices, too.
 *
 * <p>Of what waits, either the oldest takes the next step, or any that a seed picks.
 */
class SteppedStore implements TaskStore {
    private final TaskStore inner;
    private final List<Runnable> steps = new ArrayList<>();
    private final Set<Listener> listeners = new LinkedHashSet<>();
    private final List<FailureKind> failures = new ArrayList<>();
    private final Set<String> refused = new HashSet<>();
    private boolean losesNotices;
    private boolean noticesNothing;

    final List<TaskCommand> commands = new ArrayList<>();
    final List<TaskQuery<?>> queries = new ArrayList<>();

    SteppedStore(TaskStore inner) {
        this.inner = inner;
    }

    /** The next call fails so; MAYBE_APPLIED after it was applied. */
    void failNext(FailureKind kind) {
        failures.add(kind);
    }

    /** Calls made from now on succeed. */
    void failNoMore() {
        failures.clear();
    }

    /** Commands in this namespace fail as NOT_APPLIED from now on; those in others do not. */
    void refuse(String namespace) {
        refused.add(namespace);
    }

    void loseNotices(boolean loses) {
        losesNotices = loses;
    }

    /** Gives notice of commands that change nothing, too; stores may. */
    void noticeNothing(boolean notices) {
        noticesNothing = notices;
    }

    private static boolean hasChanged(Outcome outcome) {
        return outcome instanceof Outcome.Claimed claimed
                ? !claimed.tasks().isEmpty()
                : !(outcome instanceof Outcome.Rejected) && !(outcome instanceof Outcome.Unchanged);
    }

    int subscriptions() {
        return listeners.size();
    }

    /** Steps that can be taken now. */
    int waiting() {
        return steps.size();
    }

    /** Lets the oldest, or with {@code random} any, take its next step. Returns false if nothing waits. */
    boolean step(@Nullable Random random) {
        if (steps.isEmpty()) {
            return false;
        }
        steps.remove(random == null ? 0 : random.nextInt(steps.size())).run();
        return true;
    }

    /** Lets the newest of what waits overtake all the others. */
    void stepNewest() {
        steps.remove(steps.size() - 1).run();
    }

    /** Takes all steps, and those that follow from them. */
    void settle() {
        for (int taken = 0; step(null); taken++) {
            if (taken > 1_000_000) {
                throw new AssertionError("it never comes to rest");
            }
        }
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        commands.add(command);
        return call(() -> {
            if (refused.contains(command.namespace())) {
                return Future.failedFuture(new StoreException(FailureKind.NOT_APPLIED, "made to fail"));
            }
            Future<Outcome> outcome = inner.execute(command, options);
            if (noticesNothing || hasChanged(outcome.result())) {
                notice(command.namespace());
            }
            return outcome;
        });
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        queries.add(query);
        return call(() -> inner.query(query, options));
    }

    private <R> Future<R> call(Supplier<Future<R>> call) {
        Promise<R> promise = ContextInternal.current().promise();
        FailureKind failure = failures.isEmpty() ? null : failures.remove(0);
        steps.add(() -> {
            if (failure != null && failure != FailureKind.MAYBE_APPLIED) {
                steps.add(() -> promise.fail(new StoreException(failure, "made to fail")));
                return;
            }
            Future<R> answer = call.get();
            steps.add(() -> {
                if (failure != null) {
                    promise.fail(new StoreException(failure, "made to fail"));
                } else {
                    answer.onComplete(promise);
                }
            });
        });
        return promise.future();
    }

    /** Tells those who listen, in a step of its own. */
    void notice(String namespace) {
        for (Listener listener : listeners) {
            if (listener.namespace.equals(namespace) && !listener.isDue && !losesNotices) {
                listener.isDue = true;
                steps.add(() -> {
                    listener.isDue = false;
                    listener.runnable.run();
                });
            }
        }
    }

    @Override
    public Subscription subscribe(String namespace, Runnable runnable) {
        Listener listener = new Listener(namespace, runnable);
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public Capabilities capabilities() {
        return inner.capabilities();
    }

    @Override
    public Future<Void> close() {
        return inner.close();
    }

    private static final class Listener {
        final String namespace;
        final Runnable runnable;
        boolean isDue;

        Listener(String namespace, Runnable runnable) {
            this.namespace = namespace;
            this.runnable = runnable;
        }
    }
}
