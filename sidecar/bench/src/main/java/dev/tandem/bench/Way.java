package dev.tandem.bench;

import java.util.List;
import java.util.Locale;

/** How a call is made. */
enum Way {
    /** Directly on a store in this process. */
    STORE,
    /** By the plain Vert.x Redis client: the cheapest command that does such a thing at all. */
    CLIENT,
    /** By the plain Vert.x Redis client: the request that the store would send. */
    SCRIPT,
    /** By gRPC through a sidecar in another process. */
    SIDECAR,
    /** As {@link #STORE}, with Redis reached by its unix socket; so are the next three. */
    STORE_UNIX,
    CLIENT_UNIX,
    SCRIPT_UNIX,
    SIDECAR_UNIX,
    /** By gRPC to a server that does nothing, in another process. */
    EMPTY,

    // ---- through a sidecar over a store of each kind, to compare them

    /** SQLite in a file, with synchronous=FULL. */
    SQLITE,
    /** A Redis that puts everything on its disk before it answers. */
    REDIS_ALWAYS,
    /** A Redis that writes nothing to its disk. */
    REDIS_NONE,
    /** Three store nodes whose disks have what is acknowledged. */
    NODES_FSYNC,
    /** Three store nodes that do not wait for their disks. */
    NODES_NONE,
    /** No store beside it: the sidecar and two others are Raft members themselves. */
    MEMBERS_FSYNC,
    MEMBERS_NONE;

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean isSidecar() {
        return this == SIDECAR || this == SIDECAR_UNIX;
    }

    boolean isNodes() {
        return this == NODES_FSYNC || this == NODES_NONE;
    }

    boolean isMembers() {
        return this == MEMBERS_FSYNC || this == MEMBERS_NONE;
    }

    /** For a sidecar's way, the direct ones over the same kind of socket; those that cost least come first. */
    List<Way> direct() {
        return switch (this) {
            case SIDECAR -> List.of(CLIENT, SCRIPT, STORE);
            case SIDECAR_UNIX -> List.of(CLIENT_UNIX, SCRIPT_UNIX, STORE_UNIX);
            default -> List.of();
        };
    }
}
