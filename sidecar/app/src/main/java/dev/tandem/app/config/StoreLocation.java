package dev.tandem.app.config;

import java.nio.file.Path;

/** The store that keeps the tasks. */
public sealed interface StoreLocation {
    /** The store's name in metrics and routes. */
    String name();

    /**
     * A SQLite file.
     *
     * @param file the database
     */
    record Sqlite(Path file) implements StoreLocation {
        @Override
        public String name() {
            return "sqlite";
        }

        @Override
        public String toString() {
            return "sqlite:" + file;
        }
    }

    /**
     * A Redis.
     *
     * @param address as {@code dev.tandem.store.redis.link.RedisAddress} reads it; kept as text, so that no class of
     *     Redis is loaded where there is none
     */
    record Redis(String address) implements StoreLocation {
        @Override
        public String name() {
            return "redis";
        }

        @Override
        public String toString() {
            return address;
        }
    }

    /**
     * Raft groups of which this process is a member.
     *
     * @param folder the member's data folder
     */
    record Raft(Path folder) implements StoreLocation {
        @Override
        public String name() {
            return "raft";
        }

        @Override
        public String toString() {
            return "raft:" + folder;
        }
    }
}
