package dev.tandem.app.config;

import java.nio.file.Path;
import java.util.List;

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

    /**
     * Raft groups that store nodes have, reached over the network.
     *
     * @param addresses {@code host:port} of nodes; a host may stand for many of them
     */
    record Nodes(List<String> addresses) implements StoreLocation {
        @Override
        public String name() {
            return "nodes";
        }

        @Override
        public String toString() {
            return "tandem://" + String.join(",", addresses);
        }
    }
}
