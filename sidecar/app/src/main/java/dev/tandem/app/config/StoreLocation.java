package dev.tandem.app.config;

import java.nio.file.Path;

/**
 * The store that keeps the tasks: a SQLite file.
 *
 * @param sqliteFile the database
 */
public record StoreLocation(Path sqliteFile) {
    @Override
    public String toString() {
        return "sqlite:" + sqliteFile;
    }
}
