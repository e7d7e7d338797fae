package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A clock, timers and a store that move only when the test says so, on one event loop.
 *
 * <p>A whole test runs in one turn of that loop, so that nothing happens between two of its lines.
 */
final class Stage {
    static final String NAMESPACE = "default";

    private static final Vertx vertx = Vertx.vertx();

    final TestClock clock = new TestClock();
    final FakeTimers timers = new FakeTimers(clock);
    final TaskStore inner;
    final SteppedStore store;

    Stage(TaskStore inner) {
        this.inner = inner;
        this.store = new SteppedStore(inner);
    }

    interface Play {
        void play(Stage stage) throws Exception;
    }

    /** Runs the test on an event loop over the reference store, and waits for its end. */
    static void play(Play play) throws Exception {
        play(ReferenceTaskStore::new, play);
    }

    static void play(Function<Vertx, TaskStore> store, Play play) throws Exception {
        Context context = vertx.getOrCreateContext();
        CompletableFuture<Void> done = new CompletableFuture<>();
        context.runOnContext(nothing -> {
            try {
                play.play(new Stage(store.apply(vertx)));
                done.complete(null);
            } catch (Exception | AssertionError | StackOverflowError failure) {
                done.completeExceptionally(failure);
            }
        });
        try {
            done.get(60, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException failure) {
            if (failure.getCause() instanceof AssertionError wrong) {
                throw wrong;
            }
            throw failure;
        }
    }

    static Vertx vertx() {
        return vertx;
    }

    /** Moves time on, firing what becomes due, each followed by all that comes of it. */
    void advance(Duration by) {
        long until = clock.millis() + by.toMillis();
        store.settle();
        for (int fired = 0; timers.fireNext(until); fired++) {
            store.settle();
            assertThat(fired).as("timers fired in " + by).isLessThan(100_000);
        }
        clock.set(until);
    }

    /** The program around what is tested: time as it is here, and this loop. */
    Host host() {
        return new Host() {
            @Override
            public Timers timers() {
                return timers;
            }

            @Override
            public long nanoTime() {
                return TimeUnit.MILLISECONDS.toNanos(clock.millis());
            }

            @Override
            public <T> Promise<T> promise() {
                return Promise.promise();
            }

            @Override
            public Runnable onCaller(Runnable task) {
                return task;
            }
        };
    }

    TaskCommand command(Verb verb) {
        return TaskCommand.of(NAMESPACE, clock.millis(), verb);
    }

    /** Runs the verb at once, past all that waits; those who listen are told of it later. */
    Outcome run(Verb verb) {
        return run(command(verb));
    }

    Outcome run(TaskCommand command) {
        Outcome outcome = got(inner.execute(command, CallOptions.DEFAULT));
        store.notice(command.namespace());
        return outcome;
    }

    Task apply(Verb verb) {
        Outcome outcome = run(verb);
        assertThat(outcome).isInstanceOf(Outcome.Applied.class);
        return ((Outcome.Applied) outcome).task();
    }

    static <T> T got(Future<T> future) {
        assertThat(future.isComplete()).as("is answered").isTrue();
        assertThat(future.cause()).isNull();
        return future.result();
    }
}
