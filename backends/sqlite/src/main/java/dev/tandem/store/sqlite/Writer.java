package dev.tandem.store.sqlite;

import dev.tandem.store.FailureKind;
import dev.tandem.store.Listeners;
import dev.tandem.store.StoreException;
import dev.tandem.task.CodecException;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

/**
 * Runs the commands of a batch in one transaction and settles each once the transaction is in the file.
 *
 * <p>A command that fails by itself does not spoil its neighbours: if it failed before it changed anything, only it
 * fails; else the transaction is undone and each command tried in one of its own. Owned by the writing thread.
 */
final class Writer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);

    /** A transaction is committed, whatever waits, when it has handled this many bytes of records. */
    private static final long TRANSACTION_BYTES_MAX = 4L * 1024 * 1024;

    /** What SQLite says to a rollback after a failure, such as a full disk, upon which it has undone everything. */
    private static final String UNDONE_BY_ITSELF = "no transaction is active";

    private final Path file;
    private final Opening.Opener opener;
    private final long tombstoneKeepMillis;
    private final Listeners listeners;
    private final SqliteObserver observer;
    private final Namespaces namespaces = new Namespaces();

    private @Nullable Session session;
    private @Nullable SqliteTable table;

    Writer(
            Path file,
            Session session,
            Opening.Opener opener,
            long tombstoneKeepMillis,
            Listeners listeners,
            SqliteObserver observer) {
        this.file = file;
        this.opener = opener;
        this.tombstoneKeepMillis = tombstoneKeepMillis;
        this.listeners = listeners;
        this.observer = observer;
        use(session);
    }

    private void use(Session opened) {
        session = opened;
        table = new SqliteTable(opened, namespaces, tombstoneKeepMillis);
    }

    /** Settles every call of the batch, and delivers those of each transaction when it is in the file. */
    void run(List<Call<TaskCommand, Outcome>> batch, Deliveries deliveries) {
        long now = System.nanoTime();
        List<Call<TaskCommand, Outcome>> due = new ArrayList<>(batch.size());
        List<Call<TaskCommand, Outcome>> past = new ArrayList<>();
        for (Call<TaskCommand, Outcome> call : batch) {
            (call.isPast(now) ? past : due).add(call);
        }
        deliveries.deliver(past);
        int done = 0;
        while (done < due.size()) {
            int count = transaction(due.subList(done, due.size()));
            deliveries.deliver(due.subList(done, done + count));
            done += count;
        }
    }

    /** Runs as many of the calls as one transaction takes, and says how many these were; all of them are settled. */
    private int transaction(List<Call<TaskCommand, Outcome>> calls) {
        Session open;
        try {
            open = opened();
            open.beginWrite();
        } catch (SqlFailure e) {
            failAll(calls, e.notApplied(file));
            return calls.size();
        } catch (StoreException e) {
            // The file was to be opened anew, and can't be yet; the next batch tries again.
            failAll(calls, e);
            return calls.size();
        }
        SqliteTable records = table(open);
        long writes = records.writes();
        int count = 0;
        try {
            while (count < calls.size() && records.bytesLoaded() < TRANSACTION_BYTES_MAX) {
                execute(records, calls.get(count));
                count++;
            }
            records.flush();
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return undo(open, records, calls, Math.min(count + 1, calls.size()), e);
        }
        commit(open, records, calls.subList(0, count), records.writes() != writes);
        return count;
    }

    private static void execute(SqliteTable records, Call<TaskCommand, Outcome> call) {
        long writes = records.writes();
        try {
            call.answer(StoreException.unlessFenced(TaskMachine.execute(records, call.asked())));
        } catch (StoreException e) {
            call.fail(e);
        } catch (CodecException e) {
            if (records.writes() != writes) {
                throw e;
            }
            call.fail(SqliteTaskStore.unreadable(e));
        }
    }

    private void commit(Session open, SqliteTable records, List<Call<TaskCommand, Outcome>> calls, boolean isWritten) {
        long begun = System.nanoTime();
        try {
            open.commit();
        } catch (SqlFailure e) {
            commitFailed(open, records, calls, e);
            return;
        }
        if (isWritten) {
            observer.committed(calls.size(), System.nanoTime() - begun);
        }
        Set<String> changed = Set.copyOf(records.changed());
        records.committed();
        changed.forEach(listeners::changed);
    }

    private void commitFailed(
            Session open, SqliteTable records, List<Call<TaskCommand, Outcome>> calls, SqlFailure why) {
        rollback(open, records);
        if (why.is(SQLiteErrorCode.SQLITE_FULL) || why.is(SQLiteErrorCode.SQLITE_BUSY)) {
            // The frame that makes a transaction count is the last one written, and there was no room for it.
            failAll(calls, why.notApplied(file));
            return;
        }
        LOG.error("A commit failed: {}. The file is opened anew.", why.sentence(file));
        letGo();
        failAll(
                calls,
                new StoreException(
                        FailureKind.MAYBE_APPLIED,
                        why.sentence(file) + "; whether the command was applied is not known",
                        why));
    }

    /** Settles the first {@code count} calls of a transaction that failed before its commit. */
    private int undo(
            Session open, SqliteTable records, List<Call<TaskCommand, Outcome>> calls, int count, Throwable why) {
        rollback(open, records);
        boolean concernsAll = why instanceof SqlFailure failure && failure.concernsAll();
        if (concernsAll) {
            failAll(calls, notApplied(why));
            return calls.size();
        }
        if (count > 1) {
            for (Call<TaskCommand, Outcome> call : calls.subList(0, count)) {
                transaction(List.of(call));
            }
            return count;
        }
        calls.get(0).fail(notApplied(why));
        return 1;
    }

    private StoreException notApplied(Throwable why) {
        if (why instanceof SqlFailure failure) {
            return failure.notApplied(file);
        } else if (why instanceof CodecException corrupt) {
            return SqliteTaskStore.unreadable(corrupt);
        }
        LOG.error("A command failed in a way that nobody thought of; it was undone", why);
        return new StoreException(
                FailureKind.NOT_APPLIED, "the command failed (" + why + "): nothing was changed", why);
    }

    private static void failAll(List<Call<TaskCommand, Outcome>> calls, StoreException why) {
        calls.forEach(call -> call.fail(why));
    }

    private void rollback(Session open, SqliteTable records) {
        records.rolledBack();
        try {
            open.rollback();
        } catch (SqlFailure e) {
            if (e.getMessage() != null && e.getMessage().contains(UNDONE_BY_ITSELF)) {
                return;
            }
            LOG.warn("A transaction could not be undone by hand ({}). The file is opened anew.", e.getMessage());
            letGo();
        }
    }

    private Session opened() {
        Session open = session;
        if (open == null) {
            open = opener.open();
            use(open);
            LOG.info("{} is open again", file);
        }
        return open;
    }

    private SqliteTable table(Session open) {
        SqliteTable records = table;
        if (records == null) {
            throw new IllegalStateException("no table on " + open);
        }
        return records;
    }

    private void letGo() {
        Session open = session;
        session = null;
        table = null;
        namespaces.reopened();
        if (open != null) {
            try {
                open.close();
            } catch (SqlFailure e) {
                LOG.warn("A connection to {} could not be closed: {}", file, e.getMessage());
            }
        }
    }

    /** Leaves a file that needs no log. */
    @Override
    public void close() {
        Session open = session;
        if (open == null) {
            return;
        }
        try {
            open.beginWrite();
            namespaces.flushTimes(open);
            open.commit();
            open.run("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (SqlFailure e) {
            LOG.warn("The log of {} stays until it is opened again: {}", file, e.getMessage());
        }
        letGo();
    }
}
