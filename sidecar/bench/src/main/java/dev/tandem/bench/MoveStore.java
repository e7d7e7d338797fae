package dev.tandem.bench;

import java.util.Locale;

/** A store that namespaces are moved from or to. */
enum MoveStore {
    SQLITE,
    REDIS,
    NODES;

    /** As policies call it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
