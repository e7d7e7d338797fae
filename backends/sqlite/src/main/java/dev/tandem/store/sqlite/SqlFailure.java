package dev.tandem.store.sqlite;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import java.io.Serial;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;

/** What SQLite refused to do, on its way from a statement to whoever answers the call. */
final class SqlFailure extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int code;

    SqlFailure(SQLException cause) {
        super(cause.getMessage(), cause);
        this.code = cause.getErrorCode() & 0xff;
    }

    boolean is(SQLiteErrorCode primary) {
        return code == primary.code;
    }

    /** Whether the file, not a command, is to blame, so that trying each command alone would not help. */
    boolean concernsAll() {
        return is(SQLiteErrorCode.SQLITE_FULL)
                || is(SQLiteErrorCode.SQLITE_IOERR)
                || is(SQLiteErrorCode.SQLITE_BUSY)
                || is(SQLiteErrorCode.SQLITE_READONLY)
                || is(SQLiteErrorCode.SQLITE_CANTOPEN)
                || is(SQLiteErrorCode.SQLITE_NOTADB);
    }

    /** The same for the caller of a call that was not applied. */
    StoreException notApplied(Object file) {
        boolean damaged = is(SQLiteErrorCode.SQLITE_CORRUPT) || is(SQLiteErrorCode.SQLITE_NOTADB);
        return new StoreException(
                damaged ? FailureKind.CORRUPT : FailureKind.NOT_APPLIED,
                sentence(file) + ": nothing was changed",
                this);
    }

    /** What is wrong with the file, and what to do about it, without a full stop. */
    String sentence(Object file) {
        if (is(SQLiteErrorCode.SQLITE_FULL)) {
            return "the disk of " + file + " is full; make room on it";
        } else if (is(SQLiteErrorCode.SQLITE_BUSY) || is(SQLiteErrorCode.SQLITE_LOCKED)) {
            return file + " is locked by another program; end its transaction";
        } else if (is(SQLiteErrorCode.SQLITE_READONLY)) {
            return file + " can't be written to; give this process write access to the file and its folder";
        } else if (is(SQLiteErrorCode.SQLITE_CANTOPEN)) {
            return file + " can't be opened; give this process access to the file and its folder";
        } else if (is(SQLiteErrorCode.SQLITE_NOTADB)) {
            return file + " is not a SQLite database; name another file, or move this one away";
        } else if (is(SQLiteErrorCode.SQLITE_CORRUPT)) {
            return file + " is damaged; restore it from a backup, or salvage it with sqlite3's .recover";
        } else if (is(SQLiteErrorCode.SQLITE_IOERR)) {
            return "reading or writing " + file + " failed (" + getMessage() + "); check the disk";
        }
        return "SQLite failed on " + file + " (" + getMessage() + ")";
    }
}
