package dev.tandem.store.sqlite;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.CodecException;
import dev.tandem.task.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

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

    /** Lookups are delivered, however many wait, when they have found this many bytes. */
    private static final long LOOKUP_BYTES_MAX = 4L * 1024 * 1024;

    /** The longest that a query may take that has no earlier deadline: others wait for the same connection. */
    private static final Duration QUERY_MAX = Duration.ofSeconds(30);

    private final Path file;
    private final Opening.Opener opener;
    private final LongSupplier nanoClock;
    private final CallQueue<TaskQuery<?>, Object> queue;
    private final LongSupplier drainUntilNanos;
    private final List<Thread> threads = new ArrayList<>();

    /**
     * @param nanoClock of {@link System#nanoTime}
     * @param drainUntilNanos until when to go on with what waits, once the queue is closed
     */
    ReadPool(
            String name,
            int size,
            Path file,
            Opening.Opener opener,
            CallQueue<TaskQuery<?>, Object> queue,
            LongSupplier nanoClock,
            LongSupplier drainUntilNanos) {
        this.file = file;
        this.opener = opener;
        this.queue = queue;
        this.nanoClock = nanoClock;
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
        private @Nullable Call<TaskQuery<?>, Object> underWay;
        private long begunNanos;
        /** Why the query under way is to be broken off. */
        private @Nullable StoreException overdue;

        void serve() {
            List<Call<TaskQuery<?>, Object>> batch = new ArrayList<>();
            try {
                while (queue.take(batch, LOOKUPS_MAX, Queries::isLookup)) {
                    int done = 0;
                    while (done < batch.size()) {
                        int count = answer(batch.subList(done, batch.size()));
                        deliveries.deliver(batch.subList(done, done + count));
                        done += count;
                    }
                    batch.clear();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                letGo();
            }
        }

        /** Settles calls from the front of the batch, all unless they find much, and says how many. */
        private int answer(List<Call<TaskQuery<?>, Object>> batch) {
            long now = nanoClock.getAsLong();
            if (now - drainUntilNanos.getAsLong() > 0) {
                batch.forEach(call -> call.fail(SqliteTaskStore.closed()));
                return batch.size();
            }
            int count = 0;
            long bytes = 0;
            try {
                Session open = opened();
                open.beginRead();
                Queries queries = new Queries(open);
                while (count < batch.size() && bytes < LOOKUP_BYTES_MAX) {
                    Call<TaskQuery<?>, Object> call = batch.get(count);
                    if (!call.isPast(now)) {
                        bytes += answer(queries, call);
                    }
                    count++;
                }
                open.commit();
                return count;
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
            return batch.size();
        }

        /** Settles one call, and says how many bytes of tasks it found. */
        private long answer(Queries queries, Call<TaskQuery<?>, Object> call) {
            underWay = call;
            begunNanos = nanoClock.getAsLong();
            try {
                Object answer = queries.answer(call.asked(), call.options().epoch());
                call.answer(answer);
                return answer instanceof Optional<?> found && found.orElse(null) instanceof Task task
                        ? task.spec().payload().length() + task.result().length()
                        : 0;
            } catch (StoreException e) {
                call.fail(e);
                return 0;
            } catch (CodecException e) {
                call.fail(SqliteTaskStore.unreadable(e));
                return 0;
            } catch (SqlFailure e) {
                StoreException why = overdue;
                if (why == null || !e.is(SQLiteErrorCode.SQLITE_INTERRUPT)) {
                    throw e;
                }
                call.fail(why);
                return 0;
            } finally {
                underWay = null;
                overdue = null;
            }
        }

        /** Asked by SQLite, on this thread, again and again while it works. */
        private boolean isOverdue() {
            Call<TaskQuery<?>, Object> call = underWay;
            if (call == null) {
                return false;
            }
            long now = nanoClock.getAsLong();
            if (call.options().isPast(now)) {
                overdue = tooLong("the call's deadline passed");
            } else if (now - begunNanos > QUERY_MAX.toNanos()) {
                overdue = tooLong("the query took longer than " + QUERY_MAX.toSeconds() + " s");
            } else if (now - drainUntilNanos.getAsLong() > 0) {
                overdue = SqliteTaskStore.closed();
            }
            return overdue != null;
        }

        private static StoreException tooLong(String what) {
            return new StoreException(
                    FailureKind.DEADLINE_PASSED,
                    what + " while tasks were looked through: ask for fewer, such as those of one state or label, or"
                            + " of a shorter time");
        }

        private Session opened() {
            Session open = session;
            if (open == null) {
                open = opener.open();
                open.breakOffWhen(this::isOverdue);
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
