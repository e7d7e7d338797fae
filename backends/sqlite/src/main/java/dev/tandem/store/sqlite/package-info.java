/** The store that keeps tasks in one SQLite file. */
@NullMarked
package dev.tandem.store.sqlite;

import org.jspecify.annotations.NullMarked;
