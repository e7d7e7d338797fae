package dev.tandem.store.sqlite;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

/** A writer's connection to the real file, which stops or fails where a test wants it to. */
final class FailingSession extends Session {
    /** What the sessions of one store are to do; shared by those that are opened one after the other. */
    static final class Plan {
        private final AtomicInteger opened = new AtomicInteger();
        private final AtomicInteger commits = new AtomicInteger();
        private final Deque<Runnable> beforeCommit = new ArrayDeque<>();
        private final Deque<Runnable> afterCommit = new ArrayDeque<>();
        private volatile @Nullable Sql broken;
        private volatile long pagesMax;
        private volatile boolean unopenable;

        SqliteTaskStore.WriterOpener opener() {
            return options -> {
                opened.incrementAndGet();
                if (unopenable) {
                    fail(SQLiteErrorCode.SQLITE_CANTOPEN);
                }
                return new FailingSession(options, this);
            };
        }

        int opened() {
            return opened.get();
        }

        int commits() {
            return commits.get();
        }

        /** Holds the next commit until the gate is opened; the first latch says that it has come. */
        Gate holdNextCommit() {
            Gate gate = new Gate();
            synchronized (this) {
                beforeCommit.add(gate::pass);
            }
            return gate;
        }

        synchronized void failBeforeNextCommit(SQLiteErrorCode code) {
            beforeCommit.add(() -> fail(code));
        }

        synchronized void failAfterNextCommit(SQLiteErrorCode code) {
            afterCommit.add(() -> fail(code));
        }

        /** Every use of this statement fails; null mends it. */
        void breakStatement(@Nullable Sql sql) {
            broken = sql;
        }

        /** The file may not grow beyond this many pages, as if the disk were full; 0 for no bound. */
        void limitPages(long pages) {
            pagesMax = pages;
        }

        /** Whether opening the file fails from now on. */
        void refuseToOpen(boolean refuse) {
            unopenable = refuse;
        }

        private synchronized @Nullable Runnable next(Deque<Runnable> queue) {
            return queue.poll();
        }

        private static void fail(SQLiteErrorCode code) {
            throw new SqlFailure(new SQLException("made to fail", "", code.code));
        }
    }

    /** Where the writer waits for the test. */
    static final class Gate {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        private void pass() {
            reached.countDown();
            await(open);
        }

        void awaitReached() {
            await(reached);
        }

        void open() {
            open.countDown();
        }

        private static void await(CountDownLatch latch) {
            try {
                if (!latch.await(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("nobody came within 30 s");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    private final Plan plan;

    private FailingSession(SqliteOptions options, Plan plan) {
        super(Session.connectWriter(options));
        this.plan = plan;
    }

    @Override
    void beginWrite() {
        run("PRAGMA max_page_count = " + (plan.pagesMax == 0 ? 0xfffffffeL : plan.pagesMax));
        super.beginWrite();
    }

    @Override
    Statement statement(Sql sql) {
        if (sql == plan.broken) {
            Plan.fail(SQLiteErrorCode.SQLITE_ERROR);
        }
        return super.statement(sql);
    }

    @Override
    void commit() {
        Runnable before = plan.next(plan.beforeCommit);
        if (before != null) {
            before.run();
        }
        super.commit();
        plan.commits.incrementAndGet();
        Runnable after = plan.next(plan.afterCommit);
        if (after != null) {
            after.run();
        }
    }
}
