/**
 * Tasks, leases, the commands that change them and the one rule set that decides what a command comes to.
 *
 * <p>Everything here is pure: no clock, no randomness, no threads, no input or output. Every store runs these rules in
 * its own atomic step, so that the same command on the same record has the same outcome in each of them. Nothing here
 * may know a store, a protocol or a framework.
 */
@NullMarked
package dev.tandem.task;

import org.jspecify.annotations.NullMarked;
