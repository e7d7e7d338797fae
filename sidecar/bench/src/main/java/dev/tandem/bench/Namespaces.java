package dev.tandem.bench;

import java.util.function.Supplier;

/** Where the tasks of a pass are made: gives the namespace that is the turn's. */
interface Namespaces extends Supplier<String> {
    /** A pass begins. */
    default void begin() {}

    /** It is over, and its tasks are needed no longer. */
    default void end() {}

    /** The same one, always; what a pass leaves stays. */
    static Namespaces fixed(String name) {
        return () -> name;
    }
}
