package dev.tandem.store.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TempStore;
import org.sqlite.SQLiteOpenMode;

/** A connection and the statements prepared on it. Used by the one thread that opened it. */
class Session implements AutoCloseable {
    /**
     * After how many pages in the write-ahead log its content is copied into the file, on the writer's thread: often
     * enough that no copying takes long, seldom enough that it costs little.
     */
    private static final int CHECKPOINT_PAGES = 1_000;

    /** To how much the log's file is cut back after something made it grow. */
    private static final int LOG_BYTES_KEPT = 64 * 1024 * 1024;

    /** The most statements kept for lists and counts: there are many kinds of them, and few are in use. */
    private static final int FILTER_STATEMENTS_MAX = 64;

    /** How many steps of SQLite's machine go by between two looks at whether to go on; less than a millisecond's worth. */
    static final int STEPS_BETWEEN_LOOKS = 10_000;

    private final Connection connection;
    private final Map<Sql, Statement> statements = new EnumMap<>(Sql.class);
    private final Map<String, Statement> filterStatements = new LinkedHashMap<>(16, 0.75f, true);

    Session(Connection connection) {
        this.connection = connection;
    }

    /** A connection that reads and writes, and makes the file if it is missing. Changes nothing in it yet. */
    static Session openWriter(SqliteOptions options) {
        return new Session(connectWriter(options));
    }

    static Connection connectWriter(SqliteOptions options) {
        SQLiteConfig config = common(options, options.cacheKib());
        config.setSynchronous(SynchronousMode.valueOf(options.synchronous().name()));
        return connect(options, config);
    }

    /** A connection that only reads. */
    static Session openReader(SqliteOptions options) {
        SQLiteConfig config = common(options, Math.max(1, options.cacheKib() / 4));
        config.setReadOnly(true);
        return new Session(connect(options, config));
    }

    private static SQLiteConfig common(SqliteOptions options, int cacheKib) {
        SQLiteConfig config = new SQLiteConfig();
        // Each connection stays with one thread.
        config.setOpenMode(SQLiteOpenMode.NOMUTEX);
        config.setBusyTimeout((int) options.busyTimeout().toMillis());
        config.setCacheSize(-cacheKib);
        config.setTempStore(TempStore.MEMORY);
        // Else the driver asks for the last row's key after every insert.
        config.setGetGeneratedKeys(false);
        return config;
    }

    private static Connection connect(SqliteOptions options, SQLiteConfig config) {
        NativeLibrary.load();
        try {
            Connection connection = config.createConnection("jdbc:sqlite:" + options.file());
            // Transactions are begun and ended here, by statements. With its own commits on, the driver would try to
            // begin one around every update; turning them off begins one, which is not wanted either.
            connection.setAutoCommit(false);
            try (java.sql.Statement once = connection.createStatement()) {
                once.execute(Sql.COMMIT.text());
            }
            return connection;
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** Turns the write-ahead log on; the file remembers it. */
    void useLog() {
        String mode = text("PRAGMA journal_mode = " + JournalMode.WAL.getValue());
        if (!mode.equalsIgnoreCase("wal")) {
            throw new IllegalStateException("the file system of the database has no shared memory");
        }
        run("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
        run("PRAGMA journal_size_limit = " + LOG_BYTES_KEPT);
    }

    /** The statement, prepared when it is first asked for. */
    Statement statement(Sql sql) {
        Statement statement = statements.get(sql);
        if (statement == null || statement.isSpent()) {
            statement = prepare(sql.text());
            statements.put(sql, statement);
        }
        return statement;
    }

    /** The statement with this text, kept while it is among those in use. */
    Statement filterStatement(String text) {
        Statement statement = filterStatements.get(text);
        if (statement == null || statement.isSpent()) {
            statement = prepare(text);
            filterStatements.put(text, statement);
            if (filterStatements.size() > FILTER_STATEMENTS_MAX) {
                var eldest = filterStatements.entrySet().iterator();
                eldest.next().getValue().close();
                eldest.remove();
            }
        }
        return statement;
    }

    /** Has whatever runs on this connection end with SQLITE_INTERRUPT soon after {@code isOver} says so. */
    void breakOffWhen(BooleanSupplier isOver) {
        try {
            ProgressHandler.setHandler(connection, STEPS_BETWEEN_LOOKS, new ProgressHandler() {
                @Override
                protected int progress() {
                    return isOver.getAsBoolean() ? 1 : 0;
                }
            });
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    private Statement prepare(String text) {
        try {
            return new Statement(connection.prepareStatement(text));
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    void beginWrite() {
        statement(Sql.BEGIN_WRITE).run();
    }

    void beginRead() {
        statement(Sql.BEGIN_READ).run();
    }

    void commit() {
        statement(Sql.COMMIT).run();
    }

    void rollback() {
        statement(Sql.ROLLBACK).run();
    }

    /** Runs something once. */
    void run(String text) {
        try (java.sql.Statement once = connection.createStatement()) {
            once.execute(text);
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** The first column of the only row of something asked once. */
    String text(String text) {
        try (Statement once = prepare(text);
                Rows rows = once.rows()) {
            return rows.next() ? rows.text(1) : "";
        }
    }

    long number(String text) {
        try (Statement once = prepare(text)) {
            return once.number(0);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }
}
