package dev.tandem.routing;

import dev.tandem.store.Cursor;

/** Where a watch begins. */
public sealed interface WatchStart {
    /** With the changes from now on. */
    WatchStart NOW = new Now();

    /** With every task that exists and matches, by creation time, and then with the changes. */
    WatchStart EXISTING = new Existing();

    /** With the changes after {@code cursor}: the one that an earlier watch of the same filter came to. */
    record After(Cursor cursor) implements WatchStart {}

    /** See {@link #NOW}. */
    record Now() implements WatchStart {}

    /** See {@link #EXISTING}. */
    record Existing() implements WatchStart {}
}
