package dev.tandem.store.sqlite;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that answer queries from one queue, each on a connection of its own.
 *
 * <p>A write is acknowledged after its commit, and a query gets its view of the file after it was taken from the queue:
 * so it sees every write that was acknowledged before it was asked. Lookups that wait together share a view.
 */
final class ReadPool {
    private static final Logger LOG = LoggerFactory.getLogger(ReadPool.class);

    /** The most lookups that are answered from one view. */
    private static final int LOOKUPS_MAX = 128;

    private final Path file;
    private final Opening.Opener opener;
    private final CallQueue<TaskQuery<?>, Object> queue;
    private final LongSupplier drainUntilNanos;
    private final List<Thread> threads = new ArrayList<>();

    /** @param drainUntilNanos until when to go on with what waits, once the queue is closed */
    ReadPool(
            String name,
            int size,
            Path file,
            Opening.Opener opener,
            CallQueue<TaskQuery<?>, Object> queue,
            LongSupplier drainUntilNanos) {
        this.file = file;
        this.opener = opener;
        this.queue = queue;
        this.drainUntilNanos = drainUntilNanos;
        for (int i = 0; i < size; i++) {
            Thread thread = new Thread(() -> new Reader().serve(), "tandem-sqlite-" + name + "-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
    }

    void start() {
        threads.forEach(Thread::start);
    }

    /** Waits for the threads to end, after the queue was closed. */
    void join(long untilNanos) throws InterruptedException {
        for (Thread thread : threads) {
            long millis = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
            thread.join(Math.max(1, millis));
        }
    }

    /** One thread's part. */
    private final class Reader {
        private final Deliveries deliveries = new Deliveries();
        private @Nullable Session session;

        void serve() {
            List<Call<TaskQuery<?>, Object>> batch = new ArrayList<>();
            try {
                while (queue.take(batch, LOOKUPS_MAX, Queries::isLookup)) {
                    answer(batch);
                    batch.forEach(deliveries::add);
                    deliveries.flush();
                    batch.clear();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                letGo();
            }
        }

        private void answer(List<Call<TaskQuery<?>, Object>> batch) {
            long now = System.nanoTime();
            if (now - drainUntilNanos.getAsLong() > 0) {
                batch.forEach(call -> call.fail(SqliteTaskStore.closed()));
                return;
            }
            try {
                Session open = opened();
                open.beginRead();
                Queries queries = new Queries(open);
                for (Call<TaskQuery<?>, Object> call : batch) {
                    if (!call.isPast(now)) {
                        answer(queries, call);
                    }
                }
                open.commit();
            } catch (SqlFailure e) {
                LOG.warn("A read failed: {}", e.sentence(file));
                batch.forEach(call -> call.fail(e.notApplied(file)));
                letGo();
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("A query failed in a way that nobody thought of", e);
                batch.forEach(call ->
                        call.fail(new StoreException(FailureKind.NOT_APPLIED, "the query failed (" + e + ")", e)));
                letGo();
            }
        }

        private void answer(Queries queries, Call<TaskQuery<?>, Object> call) {
            try {
                call.answer(queries.answer(call.asked()));
            } catch (CodecException e) {
                call.fail(new StoreException(
                        FailureKind.CORRUPT,
                        "the stored record can't be read (" + e.getMessage() + "): restore it from a backup",
                        e));
            }
        }

        private Session opened() {
            Session open = session;
            if (open == null) {
                open = opener.open();
                session = open;
            }
            return open;
        }

        private void letGo() {
            Session open = session;
            session = null;
            if (open != null) {
                try {
                    open.close();
                } catch (SqlFailure e) {
                    LOG.warn("A reader's connection to {} could not be closed: {}", file, e.getMessage());
                }
            }
        }
    }
}
