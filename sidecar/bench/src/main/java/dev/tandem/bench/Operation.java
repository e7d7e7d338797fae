package dev.tandem.bench;

import java.util.Locale;

/** What is measured. */
enum Operation {
    /** A new task, under an id of the caller's. */
    CREATE,
    /** A read of a task that is there. */
    GET_HIT,
    /** A read of a task that is not. */
    GET_MISS,
    /** A claim of one task. */
    CLAIM,
    /** The end of a claimed task. */
    COMPLETE,
    /** A task created, claimed and completed, one after the other: three calls. */
    LIFE,
    /** A gRPC call that does nothing, to a server of its own. */
    EMPTY;

    /** As it is written on the command line and in results. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
