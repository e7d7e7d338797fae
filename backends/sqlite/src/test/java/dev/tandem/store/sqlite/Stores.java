package dev.tandem.store.sqlite;

import dev.tandem.store.CallOptions;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Applied;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Opens stores, asks them and waits for the answers, each for a bounded time; closes what it opened. */
final class Stores implements AutoCloseable {
    static final String NS = "default";
    static final String QUEUE = "mail";

    /** The longest that any answer may take; far more than any takes. */
    private static final long WAIT_SECONDS = 30;

    final Vertx vertx = Vertx.vertx();
    private final List<TaskStore> opened = new ArrayList<>();

    SqliteTaskStore open(Path file) {
        return open(SqliteOptions.of(file));
    }

    SqliteTaskStore open(SqliteOptions options) {
        return open(options, Session::openWriter);
    }

    SqliteTaskStore open(SqliteOptions options, SqliteTaskStore.WriterOpener opener) {
        SqliteTaskStore store = await(SqliteTaskStore.open(vertx, options, Schema.STEPS, opener));
        opened.add(store);
        return store;
    }

    /** Commands that test nothing about disks need not wait for one. */
    static SqliteOptions quick(Path file) {
        return SqliteOptions.of(file).withSynchronous(SqliteOptions.Synchronous.OFF);
    }

    @Override
    public void close() {
        opened.forEach(store -> await(store.close()));
        await(vertx.close());
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                throw failure;
            }
            throw new CompletionException(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within " + WAIT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The failure that the future comes to. */
    static StoreException failure(Future<?> future) {
        try {
            Object answer = await(future);
            throw new AssertionError("no failure, but " + answer);
        } catch (StoreException e) {
            return e;
        }
    }

    static Outcome run(TaskStore store, long atMillis, Verb verb) {
        return await(execute(store, atMillis, verb));
    }

    static Future<Outcome> execute(TaskStore store, long atMillis, Verb verb) {
        return store.execute(TaskCommand.of(NS, atMillis, verb), CallOptions.DEFAULT);
    }

    static <R> R ask(TaskStore store, TaskQuery<R> query) {
        return await(store.query(query, CallOptions.DEFAULT));
    }

    static Optional<Task> get(TaskStore store, String id) {
        return ask(store, new TaskQuery.Get(NS, id));
    }

    static Verb.Create create(String id) {
        return create(id, TaskSpec.of(QUEUE, Bytes.EMPTY));
    }

    static Verb.Create create(String id, TaskSpec spec) {
        return new Verb.Create(id, spec, 0, 0, Map.of());
    }

    static Verb.Claim claim(int limit) {
        return new Verb.Claim(List.of(QUEUE), "w1", 30_000, limit);
    }

    static List<Task> claimed(Outcome outcome) {
        return ((Claimed) outcome).tasks();
    }

    static Task applied(Outcome outcome) {
        return ((Applied) outcome).task();
    }
}
