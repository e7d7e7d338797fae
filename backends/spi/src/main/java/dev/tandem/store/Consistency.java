package dev.tandem.store;

/** How new a read must be. */
public enum Consistency {
    /** It sees every write that was acknowledged before it began. */
    LINEARIZABLE,
    /** It may be older, and cheaper. */
    EVENTUAL
}
