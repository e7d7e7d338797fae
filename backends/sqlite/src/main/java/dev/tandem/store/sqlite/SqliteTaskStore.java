package dev.tandem.store.sqlite;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.FailureKind;
import dev.tandem.store.Listeners;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.CodecException;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store that keeps tasks in one SQLite file, for one process at a time.
 *
 * <p>A command is acknowledged when the transaction that it was part of is in the file: with
 * {@link SqliteOptions.Synchronous#FULL}, on the disk. Commands are run one after the other in the order in which they
 * were given; those that wait together are committed together. Reads are linearizable and do not wait for writes.
 *
 * <p>Failures: OVERLOADED when as many calls wait as may; NOT_APPLIED when the disk is full or another program locks the
 * file, and the next call may find it mended; MAYBE_APPLIED when the disk fails at the commit; CORRUPT for a record or a
 * file that can't be read. Safe for use by several threads.
 */
public final class SqliteTaskStore implements TaskStore {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteTaskStore.class);

    private final VertxInternal vertx;
    private final SqliteOptions options;
    private final Path file;
    private final CallQueue<TaskCommand, Outcome> writes;
    private final CallQueue<TaskQuery<?>, Object> lookups;
    private final CallQueue<TaskQuery<?>, Object> scans;
    private final CallQueue<TaskQuery<?>, Object> feeds;
    private final LongSupplier nanoClock;
    private final SqliteObserver observer;
    private final Listeners listeners = new Listeners();
    private final Promise<Void> closed = Promise.promise();
    private volatile boolean closing;
    /** Of {@link System#nanoTime}, once closing has begun. */
    private volatile long drainUntilNanos;

    private SqliteTaskStore(
            VertxInternal vertx, SqliteOptions options, LongSupplier nanoClock, SqliteObserver observer) {
        this.vertx = vertx;
        this.options = options;
        this.file = options.file();
        this.writes = new CallQueue<>(options.writeQueueMax(), options.writeQueueBytesMax());
        this.lookups = new CallQueue<>(options.readQueueMax(), Long.MAX_VALUE);
        this.scans = new CallQueue<>(options.readQueueMax(), Long.MAX_VALUE);
        this.feeds = new CallQueue<>(options.readQueueMax(), Long.MAX_VALUE);
        this.nanoClock = nanoClock;
        this.observer = observer;
    }

    /**
     * Opens the file, and makes it if it is missing, without blocking the caller.
     *
     * @return the store on the caller's context; or a {@link StoreException} whose message says what stands in the way
     *     and what to do about it
     */
    public static Future<SqliteTaskStore> open(Vertx vertx, SqliteOptions options) {
        return open(vertx, options, SqliteObserver.NONE);
    }

    /** As {@link #open(Vertx, SqliteOptions)}, with one that hears what the writer does. */
    public static Future<SqliteTaskStore> open(Vertx vertx, SqliteOptions options, SqliteObserver observer) {
        return open(vertx, options, Schema.STEPS, Session::openWriter, System::nanoTime, observer);
    }

    /** How a writing connection is made; tests make one that fails. */
    interface WriterOpener {
        Session open(SqliteOptions options);
    }

    static Future<SqliteTaskStore> open(
            Vertx vertx, SqliteOptions options, List<List<String>> steps, WriterOpener opener) {
        return open(vertx, options, steps, opener, System::nanoTime, SqliteObserver.NONE);
    }

    static Future<SqliteTaskStore> open(
            Vertx vertx,
            SqliteOptions options,
            List<List<String>> steps,
            WriterOpener opener,
            LongSupplier nanoClock,
            SqliteObserver observer) {
        VertxInternal internal = (VertxInternal) vertx;
        Promise<SqliteTaskStore> opened = internal.getOrCreateContext().promise();
        Thread thread = new Thread(
                () -> {
                    try {
                        SqliteOptions resolved = options.withFile(Opening.resolve(options.file()));
                        new SqliteTaskStore(internal, resolved, nanoClock, observer)
                                .openAndServe(steps, opener, opened);
                    } catch (StoreException e) {
                        opened.tryFail(e);
                    }
                },
                "tandem-sqlite-writer");
        thread.setDaemon(true);
        thread.start();
        return opened.future();
    }

    /** All that the writing thread does. */
    private void openAndServe(List<List<String>> steps, WriterOpener opener, Promise<SqliteTaskStore> opened) {
        try {
            FileLock lock = FileLock.take(file);
            try {
                Opening opening = new Opening(file, steps);
                Opening.Opener writerOpener = () -> opening.open(() -> opener.open(options));
                try (Writer writer = new Writer(
                        file,
                        writerOpener.open(),
                        writerOpener,
                        options.tombstoneKeep().toMillis(),
                        listeners,
                        observer)) {
                    serve(writer, opened);
                }
            } finally {
                lock.close();
            }
        } catch (StoreException e) {
            opened.tryFail(e);
        } catch (InterruptedException e) {
            LOG.warn("The writer of {} was interrupted, and the store is closed", file);
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.error("The store on {} ended in a way that nobody thought of", file, e);
            opened.tryFail(
                    new StoreException(FailureKind.NOT_APPLIED, "can't keep tasks in " + file + " (" + e + ")", e));
        } finally {
            writes.close();
            refuseWaiting();
            closed.tryComplete();
        }
    }

    private void serve(Writer writer, Promise<SqliteTaskStore> opened) throws InterruptedException {
        List<ReadPool> readers = List.of(
                readPool("get", 1, lookups),
                readPool("scan", options.scanReaders(), scans),
                readPool("feed", 1, feeds));
        readers.forEach(ReadPool::start);
        opened.complete(this);
        Deliveries deliveries = new Deliveries();
        List<Call<TaskCommand, Outcome>> batch = new ArrayList<>();
        try {
            while (writes.take(batch, options.batchMax(), command -> true)) {
                if (System.nanoTime() - drainUntilNanos() > 0) {
                    batch.forEach(call -> call.fail(closed()));
                    deliveries.deliver(batch);
                } else {
                    writer.run(batch, deliveries);
                }
                batch.clear();
            }
        } finally {
            closeReads();
            for (ReadPool pool : readers) {
                pool.join(drainUntilNanos());
            }
        }
    }

    private ReadPool readPool(String name, int size, CallQueue<TaskQuery<?>, Object> queue) {
        return new ReadPool(
                name, size, file, () -> Session.openReader(options), queue, nanoClock, this::drainUntilNanos);
    }

    private void closeReads() {
        lookups.close();
        scans.close();
        feeds.close();
    }

    /** Nobody is left to take these. */
    private void refuseWaiting() {
        List<Call<TaskCommand, Outcome>> left = new ArrayList<>();
        writes.drain(left);
        left.forEach(call -> call.fail(closed()));
        new Deliveries().deliver(left);
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        return ask(writes, command, options, CommandSize.of(command));
    }

    @Override
    @SuppressWarnings("unchecked") // Each query is answered with what its type says.
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        return (Future<R>) ask(queueOf(query), query, options, 0);
    }

    /** A list may take long, and neither a get nor a watch is to wait for it. */
    private CallQueue<TaskQuery<?>, Object> queueOf(TaskQuery<?> query) {
        if (Queries.isLookup(query)) {
            return lookups;
        }
        return query instanceof TaskQuery.ListTasks
                        || query instanceof TaskQuery.Count
                        || query instanceof TaskQuery.Scan
                ? scans
                : feeds;
    }

    private <Q, R> Future<R> ask(CallQueue<Q, R> queue, Q asked, CallOptions options, long bytes) {
        ContextInternal context = vertx.getOrCreateContext();
        Call<Q, R> call = new Call<>(asked, options, context, bytes);
        if (call.isPast(nanoClock.getAsLong())) {
            call.deliver();
            return call.future();
        }
        return switch (queue.offer(call)) {
            case TAKEN -> call.future();
            case FULL ->
                context.failedFuture(new StoreException(
                        FailureKind.OVERLOADED, "as many calls wait for the database as may: try again later"));
            case CLOSED -> context.failedFuture(closed());
        };
    }

    /** For a call that names a record which is damaged. */
    static StoreException unreadable(CodecException why) {
        return new StoreException(
                FailureKind.CORRUPT,
                "the stored record can't be read (" + why.getMessage()
                        + "): restore the file from a backup, or delete the task without an etag",
                why);
    }

    static StoreException closed() {
        return new StoreException(FailureKind.NOT_APPLIED, "the store is closed: nothing was changed");
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        return listeners.add(namespace, vertx.getOrCreateContext(), listener);
    }

    /** How many commands wait for the writer. */
    public int queuedCommands() {
        return writes.size();
    }

    /** How many bytes the commands that wait for the writer hold, roughly. */
    public long queuedBytes() {
        return writes.bytes();
    }

    @Override
    public Capabilities capabilities() {
        Durability durability =
                options.synchronous() == SqliteOptions.Synchronous.FULL ? Durability.DISK : Durability.PROCESS;
        return new Capabilities(durability, true, 1);
    }

    @Override
    public Future<Void> close() {
        synchronized (closed) {
            if (!closing) {
                drainUntilNanos = System.nanoTime() + options.closeTimeout().toNanos();
                closing = true;
            }
        }
        writes.close();
        closeReads();
        Promise<Void> here = vertx.getOrCreateContext().promise();
        closed.future().onComplete(here);
        return here.future();
    }

    /** Until when to go on with what waits: for ever, as long as nobody closes the store. */
    private long drainUntilNanos() {
        return closing ? drainUntilNanos : System.nanoTime() + Long.MAX_VALUE / 2;
    }
}
