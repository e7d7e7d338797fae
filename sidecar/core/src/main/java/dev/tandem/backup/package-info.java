/**
 * Copies of namespaces in files: what they consist of, how a store is read into one while it serves, and how one is written
 * into a store.
 *
 * <p>Stores are reached as {@link dev.tandem.store.TaskStore}; nothing here knows which one it is, nor where the bytes go. What is in a
 * file is between the classes here: others give and take bytes.
 */
@NullMarked
package dev.tandem.backup;

import org.jspecify.annotations.NullMarked;
