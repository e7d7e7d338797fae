/**
 * The store that keeps tasks in one SQLite file.
 *
 * <p>One thread writes, in transactions that take in whatever waits (group commit); a few threads read beside it, each
 * from its own connection. {@link dev.tandem.store.sqlite.SqliteTaskStore#open} is the way in, called by whoever wires
 * the stores. Nothing here may know a protocol, the router or another store; what a command comes to is decided by
 * {@link dev.tandem.task.TaskMachine}, not here.
 */
@NullMarked
package dev.tandem.store.sqlite;

import org.jspecify.annotations.NullMarked;
