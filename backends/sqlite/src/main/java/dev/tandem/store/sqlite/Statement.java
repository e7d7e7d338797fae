package dev.tandem.store.sqlite;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A prepared statement whose parameters are bound in their order: {@code bind} each, then {@link #run} or {@link #rows}.
 * Used by one thread. Fails with {@link SqlFailure}.
 */
final class Statement implements AutoCloseable {
    private final PreparedStatement prepared;
    private int bound;
    private boolean spent;

    Statement(PreparedStatement prepared) {
        this.prepared = prepared;
    }

    Statement bind(long value) {
        try {
            prepared.setLong(++bound, value);
            return this;
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** Binds null in place of {@code none}. */
    Statement bindUnless(long none, long value) {
        if (value != none) {
            return bind(value);
        }
        try {
            prepared.setNull(++bound, 0);
            return this;
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    Statement bind(String value) {
        try {
            prepared.setString(++bound, value);
            return this;
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    Statement bind(byte[] value) {
        try {
            prepared.setBytes(++bound, value);
            return this;
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** Runs a statement without rows, and says how many it changed. */
    int run() {
        bound = 0;
        try {
            return prepared.executeUpdate();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** Runs a query; its rows are closed before the statement is run again. */
    Rows rows() {
        bound = 0;
        try {
            return new Rows(prepared.executeQuery());
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** The first column of the only row, or {@code otherwise} if there is none. */
    long number(long otherwise) {
        try (Rows rows = rows()) {
            return rows.next() ? rows.number(1) : otherwise;
        }
    }

    /** The first column of the only row, or null if there is none. */
    byte @Nullable [] blob() {
        try (Rows rows = rows()) {
            return rows.next() ? rows.blob(1) : null;
        }
    }

    @Override
    public void close() {
        try {
            prepared.close();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** Whether it has failed: the driver lets go of such a statement, so it must be prepared again. */
    boolean isSpent() {
        return spent;
    }

    private SqlFailure failure(SQLException e) {
        spent = true;
        return new SqlFailure(e);
    }
}
