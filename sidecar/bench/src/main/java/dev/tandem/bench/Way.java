package dev.tandem.bench;

import java.util.Locale;

/** How a call is made. */
enum Way {
    /** Directly on a store in this process. */
    STORE,
    /** By gRPC through a sidecar in another process. */
    SIDECAR,
    /** By gRPC to a server that does nothing, in another process. */
    EMPTY;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
