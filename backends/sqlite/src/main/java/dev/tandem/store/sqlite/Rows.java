package dev.tandem.store.sqlite;

import java.sql.ResultSet;
import java.sql.SQLException;

/** The rows of a query, one at a time; columns are counted from 1. Fails with {@link SqlFailure}. */
final class Rows implements AutoCloseable {
    private final ResultSet results;

    Rows(ResultSet results) {
        this.results = results;
    }

    boolean next() {
        try {
            return results.next();
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    long number(int column) {
        try {
            return results.getLong(column);
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    String text(int column) {
        try {
            return results.getString(column);
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** Never null: what is no blob, in a file that somebody else wrote to, is an empty one. */
    byte[] blob(int column) {
        try {
            byte[] bytes = results.getBytes(column);
            return bytes == null ? new byte[0] : bytes;
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    @Override
    public void close() {
        try {
            results.close();
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }
}
